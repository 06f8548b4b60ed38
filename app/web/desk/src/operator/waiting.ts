// The front desk's tickets that wait to be dispatched, kept up by what the live feed tells. Pure.
import type { TicketLine } from "@/api/types";

/** As the server's list `to-dispatch` has it. */
const WAITING: ReadonlySet<string> = new Set(["received", "returned"]);

const later = (one: TicketLine, other: TicketLine): number =>
  Date.parse(other.received_at) - Date.parse(one.received_at) || (other.number < one.number ? -1 : 1);

/** The tickets after one has changed (null: it is not for this person any more), the latest first. Only so many as
 *  `held` are known: one that would come behind the last of a full page is left to the next page. */
export function folded(known: readonly TicketLine[], number: string, line: TicketLine | null, held: number): TicketLine[] {
  const rest = known.filter((one) => one.number !== number);
  if (!line || !WAITING.has(line.status)) return rest;
  return [...rest, line].sort(later).slice(0, held);
}
