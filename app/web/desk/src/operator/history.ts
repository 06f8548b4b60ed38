// What the hotline knows of a caller: earlier tickets, the open ones first, and calls.
import { get } from "@/api/client";
import type { CallLine, TicketLine } from "@/api/types";
import { DONE } from "@/tickets/lists";

export interface History {
  tickets: TicketLine[];
  calls: CallLine[];
}

interface Lines<T> {
  items?: T[];
  tickets?: T[];
  calls?: T[];
}

export async function historyOf(phone: string): Promise<History> {
  const query = { caller: phone, limit: 100 };
  const [tickets, calls] = await Promise.all([
    get<Lines<TicketLine>>("/api/tickets", { ...query, list: "all" }),
    get<CallLine[] | Lines<CallLine>>("/api/calls", query),
  ]);
  const lines = Array.isArray(calls) ? calls : (calls.items ?? calls.calls ?? []);
  return { tickets: openFirst(tickets.items ?? tickets.tickets ?? []), calls: lines.filter((call) => call.caller === phone) };
}

/** Open tickets before those that are done, each part in the order it came in. */
export function openFirst(tickets: readonly TicketLine[]): TicketLine[] {
  const open = (ticket: TicketLine): number => (DONE.has(ticket.status) ? 1 : 0);
  return [...tickets].sort((one, other) => open(one) - open(other));
}
