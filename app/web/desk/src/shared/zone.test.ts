// Days and clocks are those of the hotline's zone, whichever it is, and a day is whole.
import { afterEach, expect, it } from "vitest";
import { between, clockTime, dayOf, instant, useZone } from "./times";

afterEach(() => useZone("Asia/Shanghai"));

it("a day begins and ends at the zone's own midnights", () => {
  expect(between("2026-09-30", "2026-09-30")).toEqual({ from: "2026-09-29T16:00:00.000Z", to: "2026-09-30T16:00:00.000Z" });
  expect(between("", "2026-12-31")).toEqual({ from: "", to: "2026-12-31T16:00:00.000Z" });
});

it("another zone has other midnights and other clocks", () => {
  useZone("Asia/Urumqi");
  expect(between("2026-09-30", "")).toEqual({ from: "2026-09-29T18:00:00.000Z", to: "" });
  expect([clockTime("2026-09-30T17:30:00Z"), dayOf(new Date("2026-09-30T17:30:00Z"))]).toEqual(["23:30", "2026-09-30"]);
  expect(instant("2026-09-30", "23:30")).toBe("2026-09-30T17:30:00.000Z");
});
