// What is proposed while somebody still talks: asked for ever more rarely as more has been said. Pure but for the asking.
import { ref, watch, type Ref } from "vue";
import { post } from "@/api/client";
import type { Proposal } from "@/api/types";

/** After so many characters it is asked again: a call that goes on for long makes no more requests. */
const AT = [20, 60, 150, 400] as const;

/** How often it should have been asked after so many characters. */
export const wantedAfter = (length: number): number => AT.filter((one) => length >= one).length;

/** The latest proposal for what is being said; what cannot be asked for now is no fault of the call's. */
export function useProposals(said: () => string): Ref<Proposal | null> {
  const proposal = ref<Proposal | null>(null);
  let asked = 0;
  watch(said, async (text) => {
    const wanted = wantedAfter(text.length);
    if (wanted <= asked) return;
    asked = wanted;
    proposal.value = (await post<Proposal>("/api/proposals", { text: text.slice(-10_000) }).catch(() => null)) ?? proposal.value;
  }, { immediate: true });
  return proposal;
}
