// Tickets as the desk asks for them.
import { get, patch, post } from "@/api/client";
import type { Outcome, Ticket, TicketLine, TicketPage } from "@/api/types";

export interface Question {
  list: string;
  q?: string;
  sort?: string;
  after?: string | null;
  limit?: number;
  category?: string;
  unit?: string;
}

interface Answer {
  items?: TicketLine[];
  tickets?: TicketLine[];
  next: string | null;
}

// What each list means to a server that has no lists of its own yet.
const STATUS: Readonly<Record<string, string>> = {
  "to-dispatch": "received", returned: "returned", "to-follow-up": "reported", "to-close": "satisfied",
};

export async function list(question: Question): Promise<TicketPage> {
  const { q, list: name, ...rest } = question;
  const old = { status: STATUS[name], late: name === "late" || undefined, text: q };
  const answer = await get<Answer>("/api/tickets", { ...rest, ...old });
  return { items: answer.items ?? answer.tickets ?? [], next: answer.next };
}

export const one = (number: string): Promise<Ticket> => get<Ticket>(`/api/tickets/${number}`);
export const act = (number: string, action: string, body: object): Promise<Outcome> =>
  action === "correct" ? patch<Outcome>(`/api/tickets/${number}`, body) : post<Outcome>(`/api/tickets/${number}/${pathOf(action)}`, body);

const pathOf = (action: string): string => (action === "request-extension" ? "extend" : action);
