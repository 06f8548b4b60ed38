// A word is heard where it stands in its turn.
import { expect, it } from "vitest";
import { pieces } from "./pieces";

it("loses nothing of the text and goes from the beginning towards the end", () => {
  const found = pieces({ text: "门口的路灯坏了三天", start: 10, end: 19 });
  expect(found.map((one) => one.text).join("")).toBe("门口的路灯坏了三天");
  expect(found[0]?.at).toBe(10);
  expect(found.find((one) => one.text.startsWith("路"))?.at).toBe(13);
  expect(found.every((one, place) => place === 0 || one.at > (found[place - 1]?.at ?? 0))).toBe(true);
});

it("has nothing for nothing", () => {
  expect(pieces({ text: "", start: 0, end: 1 })).toEqual([]);
});
