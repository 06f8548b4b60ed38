// What is taken down of a matter and its caller, as the forms for it hold it. Pure.
import type { Ticket } from "@/api/types";

export interface Matter {
  content: string;
  category: string;
  urgency: string;
  source: string;
  place: string;
  happened_at: string;
  persons: string;
  request: string;
  name: string;
  phone: string;
  address: string;
  anonymous: boolean;
}

export const BLANK: Matter = {
  content: "", category: "consult", urgency: "ordinary", source: "citizen", place: "", happened_at: "", persons: "", request: "",
  name: "", phone: "", address: "", anonymous: false,
};

/** A ticket's matter as it stands. */
export function matterOf(ticket: Ticket): Matter {
  return {
    content: ticket.content ?? "", category: ticket.category, urgency: ticket.urgency ?? "ordinary", source: ticket.source ?? "citizen",
    place: ticket.place ?? "", happened_at: ticket.happened_at ?? "", persons: ticket.persons ?? "", request: ticket.request ?? "",
    name: ticket.caller_name ?? "", phone: ticket.caller_phone ?? "", address: ticket.caller_address ?? "", anonymous: ticket.anonymous ?? false,
  };
}

/** What differs between what stood there and what stands there now: only that is sent. */
export function changes(before: Matter, after: Matter): Partial<Matter> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name as keyof Matter] !== value));
}

/** The body that makes a new ticket. */
export function receiveBody(matter: Matter, channel: string): object {
  const { name, phone, address, anonymous, ...rest } = matter;
  return { channel, ...rest, caller: { name, phone, address, anonymous } };
}
