// Articles are cited as the original counts them.
import { describe, expect, it } from "vitest";
import { cited } from "./articles";

describe("articles", () => {
  it.each([
    ["art. 7", "第七条"],
    ["art. 10(8)", "第十条（八）"],
    ["art. 21(12)", "第二十一条（十二）"],
    ["art. 3(1)2(4)", "第三条（一）2（4）"],
    ["art. 20, art. 4(2)10", "第二十条, 第四条（二）10"],
    ["国办函〔2025〕66号", "国办函〔2025〕66号"],
  ])("%s is %s", (written, shown) => expect(cited(written, "zh-CN")).toBe(shown));
  it("stay as they are in English", () => expect(cited("art. 7(3)", "en")).toBe("art. 7(3)"));
});
