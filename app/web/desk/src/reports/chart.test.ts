// A report is drawn as its question wants.
import { expect, it } from "vitest";
import type { Report } from "@/api/types";
import { cell, planOf, ranked } from "./chart";

const report = (names: string[], rows: Report["rows"]): Report => ({ columns: names.map((name) => ({ name, title: name })), rows }) as unknown as Report;

it("rates over days are lines", () => {
  const plan = planOf(report(["day", "calls", "in_time_rate"], [{ day: "2026-09-01", calls: 3, in_time_rate: 0.9 }, { day: "2026-09-02", calls: 5, in_time_rate: null }]));
  expect([plan.kind, plan.key, plan.series.map((one) => one.name)]).toEqual(["line", "day", ["in_time_rate"]]);
});

it("counts by category are bars, and one row is no chart", () => {
  const rows = [{ category_name: "咨询", received: 3 }, { category_name: "求助", received: 9 }];
  expect(planOf(report(["category_name", "received"], rows)).kind).toBe("bar");
  expect(planOf(report(["category_name", "received"], rows.slice(1))).kind).toBe("none");
  expect(ranked(rows, "received")[0]).toBe(rows[1]);
});

it("a rate with nothing to take it of is a dash, not 0 %", () => expect([cell("on_time_rate", null), cell("on_time_rate", 0.956), cell("received", 1234)]).toEqual(["—", "95.6%", "1,234"]));
