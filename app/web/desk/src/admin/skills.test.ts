// Skills are written the way people write lists.
import { describe, expect, it } from "vitest";
import { read, written } from "./skills";

describe("skills", () => {
  it("are read with or without a level, whatever stands between them", () => {
    expect(read("english:9，wuyu  care：3")).toEqual({ english: 9, wuyu: 5, care: 3 });
    expect(read("")).toEqual({});
  });
  it("name what is none", () => {
    expect(read("english 方言")).toBe("方言");
    expect(read("english:12")).toBe("english:12");
  });
  it("are shown with the best first", () => expect(written({ wuyu: 5, care: 5, english: 9 })).toBe("english:9 care:5 wuyu:5"));
  it("come back as they were", () => {
    expect(read(written({ english: 9, wuyu: 5 }))).toEqual({ english: 9, wuyu: 5 });
  });
});
