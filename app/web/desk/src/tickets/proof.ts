// The call that shows that a caller was told: what is proposed when the telling is put down. Pure.
import type { CallAbout } from "@/api/types";

/** Seconds that they talked. */
export const talked = (call: CallAbout): number => (call.answered_at && call.ended_at ? Math.round((Date.parse(call.ended_at) - Date.parse(call.answered_at)) / 1000) : 0);

/** The latest call in which the caller was reached; a unit's own where it is a unit that asks. */
export function proofOf(calls: readonly CallAbout[], unit: string | null): CallAbout | null {
  const reached = calls.filter((call) => call.reached === "person" && call.ended_at && (!unit || call.asked_unit === unit));
  return reached.at(-1) ?? null;
}
