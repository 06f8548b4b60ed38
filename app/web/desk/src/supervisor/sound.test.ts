// Silence is skipped and speech is not.
import { expect, it } from "vitest";
import { gaps, loudest, past } from "./sound";

const loud = (...parts: Array<[seconds: number, level: number]>): number[] => parts.flatMap(([seconds, level]) => Array.from({ length: seconds * 10 }, () => level));

it("a long silence of everybody is skipped, a pause between words is not", () => {
  const citizen = loud([1, 50], [1, 0], [1, 50], [5, 0], [1, 0]);
  const operator = loud([8, 0], [1, 60]);
  const found = gaps(loudest([citizen, operator]), 10);
  expect(found).toEqual([{ start: 3, end: 8 }]);
  expect(past(found, 4)).toBe(8);
  expect(past(found, 1.5)).toBe(1.5);
});
