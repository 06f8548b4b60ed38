// A long call asks for proposals no more often than a short one does.
import { expect, it } from "vitest";
import { wantedAfter } from "./proposals";

it("asks first when something has been said, and four times at most", () => {
  expect([0, 19, 20, 59, 60, 150, 400, 100_000].map(wantedAfter)).toEqual([0, 0, 1, 1, 2, 3, 4, 4]);
});
