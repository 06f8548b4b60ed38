// A unit's tickets in the order in which they want doing. Pure.
import type { TicketLine } from "@/api/types";

export interface Group {
  title: string;
  colour: string;
  tickets: TicketLine[];
}

const GROUPS: ReadonlyArray<{ title: string; colour: string; has: (ticket: TicketLine) => boolean }> = [
  { title: "已逾期", colour: "late", has: (one) => one.late.length > 0 },
  { title: "待签收", colour: "soon", has: (one) => one.status === "dispatched" },
  { title: "办理中", colour: "info", has: (one) => one.status === "accepted" },
  { title: "等待他人", colour: "", has: () => true },
];

/** Each ticket once, in the first group that has it; groups without tickets are left out. */
export function grouped(tickets: readonly TicketLine[]): Group[] {
  const of = (ticket: TicketLine): string => GROUPS.find((group) => group.has(ticket))?.title ?? "";
  return GROUPS.map(({ title, colour }) => ({ title, colour, tickets: tickets.filter((one) => of(one) === title) })).filter((group) => group.tickets.length);
}
