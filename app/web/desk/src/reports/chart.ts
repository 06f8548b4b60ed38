// What is drawn of a report: the kind of chart for the kind of question. Pure.
import type { Report } from "@/api/types";

export interface Plan {
  kind: "line" | "bar" | "none";
  /** The column that names each row. */
  key: string;
  /** The columns that are drawn. */
  series: Array<{ name: string; title: string; rate: boolean }>;
}

const KEYS = ["unit_name", "category_name", "day", "month", "term", "hour", "queue_title", "operator_name"];
const TIMES = new Set(["day", "month", "hour"]);
const MOST_SERIES = 4;

export const isRate = (name: string): boolean => name.endsWith("_rate") || name.endsWith("_required");

/** Rates are drawn where there are some, counts where there are none; over time as lines, else as ranked bars. */
export function planOf(report: Report): Plan {
  const key = KEYS.find((name) => report.columns.some((column) => column.name === name)) ?? "";
  const drawn = report.columns.filter((column) => column.name !== key && typeof sample(report, column.name) === "number");
  const rates = drawn.filter((column) => isRate(column.name));
  const series = (rates.length ? rates : drawn).slice(0, MOST_SERIES).map(({ name, title }) => ({ name, title, rate: isRate(name) }));
  const kind = !key || report.rows.length < 2 || !series.length ? "none" : TIMES.has(key) ? "line" : "bar";
  return { kind, key, series };
}

const sample = (report: Report, name: string): unknown => report.rows.find((row) => row[name] !== null)?.[name];

/** A cell as it is read: rates in per cent, yes and no in words. */
export function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return "—";
  if (typeof value === "boolean") return value ? "是" : "否";
  if (typeof value === "number") return isRate(name) ? `${(value * 100).toFixed(1)}%` : value.toLocaleString("zh-CN");
  return String(value);
}

/** Rows by a column, the highest first; rows without a figure stay last. */
export function ranked(rows: Report["rows"], by: string): Report["rows"] {
  const of = (row: Report["rows"][number]): number => (typeof row[by] === "number" ? (row[by] as number) : -1);
  return [...rows].sort((one, other) => of(other) - of(one));
}
