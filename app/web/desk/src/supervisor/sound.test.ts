// Silence is skipped and speech is not.
import { expect, it } from "vitest";
import { gaps, past, peaks } from "./sound";

const RATE = 8000;
const sound = (...parts: Array<[seconds: number, level: number]>): Float32Array =>
  Float32Array.from(parts.flatMap(([seconds, level]) => Array.from({ length: seconds * RATE }, (_, at) => (at % 2 ? level : -level))));

it("peaks show who speaks when", () => expect(peaks(sound([1, 0], [1, 0.5]), 4)).toEqual([0, 0, 0.5, 0.5]));

it("a long silence is skipped, a pause between words is not", () => {
  const found = gaps(sound([1, 0.5], [1, 0], [1, 0.5], [5, 0], [1, 0.5]), RATE);
  expect(found).toEqual([{ start: 3, end: 8 }]);
  expect(past(found, 4)).toBe(8);
  expect(past(found, 1.5)).toBe(1.5);
});
