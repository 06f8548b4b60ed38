// The attempts to bring units into a call, from the first ring to their end; what the feed no longer tells stays shown.
import { computed, shallowRef, watch, type ComputedRef } from "vue";
import type { CallState } from "@/live/reducer";
import { present } from "@/shared/clock";
import type { Rung } from "@/supervisor/AttemptList.vue";

/** The list with the newest known of each attempt. Pure: one that has gone from the feed has joined or ended. */
export function merged(before: readonly Rung[], call: CallState, now: string): Rung[] {
  const ringing = call.summons ?? [];
  const joined = new Set((call.parties ?? []).filter((party) => party.role === "unit").map((party) => party.party_id));
  const known = before.map((one): Rung => {
    const told = ringing.find((other) => other.party_id === one.party_id);
    if (told) return { ...one, ...told };
    if (one.outcome) return one;
    return joined.has(one.party_id ?? "") ? { ...one, answered_at: one.answered_at ?? now, outcome: "joined" } : { ...one, ended_at: now, outcome: "no-answer" };
  });
  const fresh = ringing.filter((one) => !before.some((other) => other.party_id === one.party_id));
  return [...known, ...fresh.map((one): Rung => ({ ...one, started_at: one.started_at ?? now }))];
}

export function attemptsOf(call: () => CallState): ComputedRef<Rung[]> {
  const list = shallowRef<Rung[]>([]);
  let of = "";
  watch(call, (now) => {
    if (now.id !== of) list.value = [];
    of = now.id;
    list.value = merged(list.value, now, present().toISOString());
  }, { immediate: true });
  return computed(() => list.value);
}
