// A week of days off is told as one.
import { expect, it } from "vitest";
import { runs } from "./counting";

it("puts days together that follow each other, also over the end of a month", () => {
  expect(runs(["2026-09-26", "2026-09-30", "2026-10-01", "2026-10-02", "2026-10-10"])).toEqual([
    ["2026-09-26", "2026-09-26"], ["2026-09-30", "2026-10-02"], ["2026-10-10", "2026-10-10"],
  ]);
  expect(runs([])).toEqual([]);
});
