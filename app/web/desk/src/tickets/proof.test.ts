import { describe, expect, it } from "vitest";
import type { CallAbout } from "@/api/types";
import { proofOf, talked } from "./proof";

const call = (id: string, more: Partial<CallAbout> = {}): CallAbout => ({
  id, started_at: "2026-11-29T10:00:00+08:00", answered_at: "2026-11-29T10:00:10+08:00", ended_at: "2026-11-29T10:01:30+08:00",
  reason: "inform", reached: "person", sip_code: null, asked_by: "water", asked_unit: "water", said: "", ...more,
});

describe("the proof that a caller was told", () => {
  it("is the latest call in which they were reached", () => {
    const calls = [call("1"), call("2"), call("3", { reached: "busy" }), call("4", { ended_at: null })];
    expect(proofOf(calls, null)?.id).toBe("2");
    expect(talked(calls[0] as CallAbout)).toBe(80);
  });
  it("is the unit's own where a unit puts it down", () => {
    expect(proofOf([call("1"), call("2", { asked_unit: null })], "water")?.id).toBe("1");
    expect(proofOf([call("2", { asked_unit: null })], "water")).toBeNull();
  });
});
