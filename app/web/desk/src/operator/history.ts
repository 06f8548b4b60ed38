// What the hotline knows of a caller: earlier tickets, the open ones first, and calls.
import { get } from "@/api/client";
import type { CallLine, TicketLine } from "@/api/types";
import { DONE } from "@/tickets/lists";

export interface History {
  /** Where the number is registered. */
  place: string;
  /** The city's lists of callers that it stands on. */
  lists: string[];
  tickets: TicketLine[];
  calls: CallLine[];
}

export async function historyOf(phone: string): Promise<History> {
  const found = await get<History>(`/api/callers/${encodeURIComponent(phone)}`);
  return { ...found, tickets: openFirst(found.tickets) };
}

/** Open tickets before those that are done, each part in the order it came in. */
export function openFirst(tickets: readonly TicketLine[]): TicketLine[] {
  const open = (ticket: TicketLine): number => (DONE.has(ticket.status) ? 1 : 0);
  return [...tickets].sort((one, other) => open(one) - open(other));
}
