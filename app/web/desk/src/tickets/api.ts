// Tickets as the desk asks for them.
import { ApiError, ask, get, withQuery } from "@/api/client";
import type { Outcome, Ticket, TicketPage } from "@/api/types";

export interface Question {
  list: string;
  q?: string;
  sort?: string;
  after?: string | null;
  limit?: number;
  category?: string;
  unit?: string;
  received_from?: string;
  received_to?: string;
}

/** The address of a page of tickets. */
export const listed = (question: Question): string => withQuery("/api/tickets", { ...question });
export const list = (question: Question): Promise<TicketPage> => get<TicketPage>(listed(question));

export const address = (number: string): string => `/api/tickets/${number}`;
export const one = (number: string): Promise<Ticket> => get<Ticket>(address(number));
/** The version that was before the person's eyes: an action on another one is refused, with both side by side. */
export interface Seen {
  version?: number;
  role?: string | null;
}

export const act = (number: string, action: string, body: object, { version, role }: Seen = {}): Promise<Outcome> =>
  ask<Outcome>(
    action === "correct" ? "PATCH" : "POST",
    action === "correct" ? `/api/tickets/${number}` : withQuery(`/api/tickets/${number}/${action}`, { role }),
    body,
    version === undefined ? {} : { "If-Match": `"${version}"` },
  );

/** The ticket as it stands, where somebody else changed it meanwhile; null for any other error. */
export function changedMeanwhile(error: unknown): Ticket | null {
  return error instanceof ApiError && error.problem.code === "changed-meanwhile" ? ((error.problem.current as Ticket | null) ?? null) : null;
}
