// The operator's own call and state, out of the live state. Pure.
import type { CallState, LiveState, OperatorState } from "@/live/reducer";

export interface Own {
  operator: OperatorState | null;
  call: CallState | null;
  /** The call rings at this operator and was not answered yet. */
  ringing: boolean;
}

/** What concerns one operator: a call that is talked on comes before one that rings. */
export function ownOf(state: LiveState, operatorId: string | null): Own {
  const operator = operatorId ? (state.operators[operatorId] ?? null) : null;
  const mine = operatorId ? Object.values(state.calls).filter((call) => belongs(call, operatorId)) : [];
  const talked = mine.find((call) => talks(call, operatorId));
  const call = talked ?? mine[0] ?? null;
  return { operator, call, ringing: call !== null && talked === undefined };
}

const talks = (call: CallState, operator: string | null): boolean =>
  call.operator_id === operator || (call.parties ?? []).some((party) => party.role === "operator" && party.name === operator && Boolean(party.joined_at));

const belongs = (call: CallState, operator: string): boolean => (call.ringing ?? []).includes(operator) || talks(call, operator);

/** Whether what is said on the call becomes a ticket of its own: what we call about a ticket does not. */
export const opensTicket = (call: CallState): boolean => call.direction !== "out" || (call.reason === "call-back" && !call.about_ticket);

export const onHold = (call: CallState): boolean => call.phase === "consult" || call.phase === "hold";
