// Which call is mine, and whether it still rings.
import { expect, it } from "vitest";
import { EMPTY, type CallState, type LiveState } from "@/live/reducer";
import { ownOf } from "./own";

const state = (...calls: CallState[]): LiveState => ({ ...EMPTY, calls: Object.fromEntries(calls.map((call) => [call.id, call])) });
const talking: CallState = { id: "t", operator_id: "op1001", parties: [{ party_id: "p", role: "operator", name: "op1001", joined_at: "2026-09-30T09:00:00Z" }] };
const ringing: CallState = { id: "r", operator_id: null, ringing: ["op1001"], parties: [{ party_id: "p", role: "operator", name: "op1001", joined_at: null }] };

it("a call that rings is mine before I answer", () => expect(ownOf(state(ringing), "op1001")).toMatchObject({ call: ringing, ringing: true }));
it("the call that I talk on stays when another one rings", () => expect(ownOf(state(ringing, talking), "op1001")).toMatchObject({ call: talking, ringing: false }));
it("a colleague's call is not mine", () => expect(ownOf(state(talking), "op1002").call).toBeNull());
