// A day is set once, whatever it was, and taken back alone.
import { expect, it } from "vitest";
import { withDay, withoutDay } from "./holidays";

const YEAR = { complete: true, days: [{ day: "2027-01-01", working: false, source: "published" as const }, { day: "2027-02-05", working: false, source: "desk" as const }] };

it("puts a day in its place, and in place of what was said of it", () => {
  expect(withDay(YEAR, "2027-01-31", true).days.map((one) => one.day)).toEqual(["2027-01-01", "2027-01-31", "2027-02-05"]);
  expect(withDay(YEAR, "2027-02-05", true).days).toContainEqual({ day: "2027-02-05", working: true, source: "desk" });
  expect(withDay(YEAR, "2027-02-05", true).days).toHaveLength(2);
});

it("takes one day back and leaves the rest", () => {
  expect(withoutDay(YEAR, "2027-02-05")).toEqual({ complete: true, days: [YEAR.days[0]] });
});
