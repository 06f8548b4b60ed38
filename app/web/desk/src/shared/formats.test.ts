// Times, limits and names are told the same way everywhere, and untruths are not told.
import { describe, expect, it } from "vitest";
import { told, workingDays } from "./limits";
import { fits, initials } from "./pinyin";
import { clock, when } from "./times";

const NOW = new Date("2026-09-30T09:00:00+08:00");

describe("a time", () => {
  it.each([
    ["2026-09-30T14:05:09+08:00", "14:05"],
    ["2026-09-29T14:05:00+08:00", "昨天 14:05"],
    ["2026-10-01T00:00:00+08:00", "明天 00:00"],
    ["2026-09-25T16:30:00+08:00", "9月25日 周五 16:30"],
    ["2025-12-31T23:59:00+08:00", "2025年12月31日 周三 23:59"],
    ["2026-09-29T17:00:00Z", "01:00"],
  ])("%s is told as %s", (iso, text) => expect(when(iso, NOW)).toBe(text));

  it("that is not known is not told", () => expect(when(null, NOW)).toBe(""));
  it("as a length has hours only when there are some", () => expect([clock(7), clock(754), clock(3723)]).toEqual(["0:07", "12:34", "1:02:03"]));
});

describe("a limit", () => {
  it.each([
    ["2026-10-09T17:00:00+08:00", "还剩7个工作日", "easy"],
    ["2026-10-02T17:00:00+08:00", "还剩2个工作日", "easy"],
    ["2026-10-01T17:00:00+08:00", "还剩1个工作日", "soon"],
    ["2026-09-30T12:30:00+08:00", "还剩3小时", "soon"],
    ["2026-09-30T09:20:00+08:00", "还剩20分钟", "soon"],
    ["2026-09-30T08:59:40+08:00", "逾期1分钟", "late"],
    ["2026-09-30T06:00:00+08:00", "逾期3小时", "late"],
    ["2026-09-27T08:00:00+08:00", "逾期3天", "late"],
  ])("of %s says %s", (iso, text, grade) => expect(told(iso, NOW)).toEqual({ text, grade }));

  it("that does not apply says nothing", () => expect(told(null, NOW).text).toBe(""));

  it("counts holidays as free and make-up days as worked", () => {
    const [off, on] = [new Set(["2026-10-01", "2026-10-02"]), new Set(["2026-10-10"])];
    expect(workingDays(NOW, new Date("2026-10-10T17:00:00+08:00"), off, on)).toBe(6);
  });
});

describe("a unit", () => {
  it.each([
    ["市水务局", "sswj"],
    ["城市管理局", "csglj"],
    ["人力资源和社会保障局", "rlzyhshbzj"],
    ["建设银行", "jsyh"],
  ])("%s has the initials %s", (name, letters) => expect(initials(name)).toBe(letters));

  it("is found by initials, by a part of its name, and by its other words", () => {
    expect(fits("swj", "市水务局")).toBe(true);
    expect(fits("水务", "市水务局")).toBe(true);
    expect(fits("停水", "市水务局", "停水 自来水")).toBe(true);
    expect(fits("sswj 8765", "市水务局", "87650001")).toBe(true);
    expect(fits("jy", "市水务局")).toBe(false);
  });
});
