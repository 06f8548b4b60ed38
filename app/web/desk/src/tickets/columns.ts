// Which columns of a list somebody wants to see: kept in the browser, as a screen is wide or narrow.
import { ref } from "vue";

export const COLUMNS = { category: "类别", status: "状态", units: "承办单位", received: "受理", due: "时限" } as const;
export type Column = keyof typeof COLUMNS;

const KEY = "ticket-columns";

/** Those that are hidden, of what was kept; anything else that stands there is nothing. */
export function hiddenIn(kept: string | null): Column[] {
  return (kept ?? "").split(",").filter((one): one is Column => Object.hasOwn(COLUMNS, one));
}

const hidden = ref<ReadonlySet<Column>>(new Set(hiddenIn(localStorage.getItem(KEY))));

export const shows = (column: Column): boolean => !hidden.value.has(column);

export function turn(column: Column): void {
  const after = new Set(hidden.value);
  if (!after.delete(column)) after.add(column);
  hidden.value = after;
  localStorage.setItem(KEY, [...after].join(","));
}
