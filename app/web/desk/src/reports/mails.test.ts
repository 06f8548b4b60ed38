// Addresses are found in a list however it is typed.
import { expect, it } from "vitest";
import { addressesIn } from "./mails";

it("parts addresses at Chinese and Western commas, semicolons, spaces and new lines", () => {
  expect(addressesIn(" a@b.cn，c@d.cn; e@f.cn\ng@h.cn、i@j.cn ")).toEqual(["a@b.cn", "c@d.cn", "e@f.cn", "g@h.cn", "i@j.cn"]);
});

it("takes an address once, and nothing from nothing", () => {
  expect(addressesIn("a@b.cn a@b.cn")).toEqual(["a@b.cn"]);
  expect(addressesIn(" ， ")).toEqual([]);
});
