// The state that screens show is the snapshot and what was said after it.
import { describe, expect, it } from "vitest";
import { EMPTY, fold, follows, type Change, type LiveState, type Snapshot } from "./reducer";

const snapshot = (state: Partial<LiveState>, seq = 5): Snapshot => ({ type: "snapshot", seq, state });
const change = (topic: Change["topic"], id: string, value: unknown, seq = 6): Change => ({ type: "change", seq, topic, id, value });

describe("the live state", () => {
  it("is replaced by a snapshot, so that nothing of a time before a restart stays", () => {
    const before = fold(EMPTY, change("calls", "a", { id: "a" }));
    expect(fold(before, snapshot({ calls: { b: { id: "b" } } })).calls).toEqual({ b: { id: "b" } });
  });

  it("takes a change of one thing and leaves the others the same objects", () => {
    const before = fold(EMPTY, snapshot({ calls: { a: { id: "a" }, b: { id: "b" } } }));
    const after = fold(before, change("calls", "a", { id: "a", phase: "talk" }));
    expect(after.calls.a).toEqual({ id: "a", phase: "talk" });
    expect(after.calls.b).toBe(before.calls.b);
    expect(before.calls.a).toEqual({ id: "a" });
  });

  it("removes with null, and with a call what was said on it", () => {
    const heard = fold(fold(EMPTY, change("calls", "a", { id: "a" })), change("transcript", "a", { party: "p", role: "citizen", text: "停水", final: true }));
    const after = fold(heard, change("calls", "a", null));
    expect(after.calls).toEqual({});
    expect(after.transcript).toEqual({});
  });

  it("replaces a text that is not final by the same speaker's next, and lets speakers interrupt each other", () => {
    const said = [
      { party: "c", role: "citizen", text: "我们", final: false },
      { party: "o", role: "operator", text: "您好", final: true },
      { party: "c", role: "citizen", text: "我们小区停水", final: true },
      { party: "c", role: "citizen", text: "三天了", final: false },
    ];
    const after = said.reduce((state, turn) => fold(state, change("transcript", "a", turn)), EMPTY);
    expect(after.transcript.a?.map((turn) => turn.text)).toEqual(["我们小区停水", "您好", "三天了"]);
  });

  it("is not touched by what is only told", () => {
    expect(fold(EMPTY, change("tickets", "20260930-000001", { status: "closed" }))).toBe(EMPTY);
    expect(fold(EMPTY, change("notices", "1", { text: "late" }))).toBe(EMPTY);
  });

  it("does not take a message twice, as two tabs may hand it on", () => {
    expect(follows(6, change("calls", "a", null, 6))).toBe(false);
    expect(follows(6, change("calls", "a", null, 7))).toBe(true);
    expect(follows(6, snapshot({}, 1))).toBe(true);
  });
});
