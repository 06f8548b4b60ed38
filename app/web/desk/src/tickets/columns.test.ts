// What was kept of columns is taken as far as it is known.
import { expect, it, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });

it("hides what was hidden, and nothing that is no column", async () => {
  const { hiddenIn } = await import("./columns");
  expect(hiddenIn("units,due")).toEqual(["units", "due"]);
  expect(hiddenIn("number,,units,__proto__")).toEqual(["units"]);
  expect(hiddenIn(null)).toEqual([]);
});
