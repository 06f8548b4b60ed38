// Tickets as the desk asks for them.
import { get, patch, post } from "@/api/client";
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

export const list = (question: Question): Promise<TicketPage> => get<TicketPage>("/api/tickets", { ...question });

export const one = (number: string): Promise<Ticket> => get<Ticket>(`/api/tickets/${number}`);
export const act = (number: string, action: string, body: object): Promise<Outcome> =>
  action === "correct" ? patch<Outcome>(`/api/tickets/${number}`, body) : post<Outcome>(`/api/tickets/${number}/${pathOf(action)}`, body);

const pathOf = (action: string): string => (action === "request-extension" ? "extend" : action);
