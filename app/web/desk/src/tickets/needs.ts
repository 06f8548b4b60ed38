// How the form of an action comes of what the server says it needs, and how its answers become the request. Pure.
import type { Allowed, Need, Ticket } from "@/api/types";

export type Values = Record<string, unknown>;

// In this order actions are offered, the usual next step first; what stands nowhere comes last.
const ORDER = [
  "dispatch", "answer", "accept", "inform", "head-read", "report", "approve-return", "reject-return", "approve-extension",
  "reject-extension", "follow-up", "close", "return", "extend", "explain", "urge", "supervise", "redo", "escalate", "refer", "merge",
  "publish", "archive",
];
// What the desk knows by itself is not asked for: who replies, and when.
const KNOWN = new Set(["reply.unit", "reply.replied_at"]);

/** What is asked for: not what has only one answer, and first what must be said. */
export function formOf(allowed: Allowed | undefined): Need[] {
  const asked = (allowed?.needs ?? []).filter((one) => !KNOWN.has(one.name) && !(one.name === "unit" && one.value));
  return [...asked].sort((one, other) => Number(other.required) - Number(one.required));
}

/** What stands in the form at first: the only choice of what must be chosen, no units yet. */
export function startOf(form: readonly Need[]): Values {
  const first = (one: Need): unknown => (one.kind === "units" ? [] : one.value ?? (one.kind === "choice" && one.required ? one.choices[0] : undefined));
  return Object.fromEntries(form.map((one): [string, unknown] => [one.name, first(one)]).filter(([, value]) => value !== undefined));
}

/** The names of what is missing from a form. */
export function missing(form: readonly Need[], values: Values): string[] {
  return form.filter((one) => one.required && empty(values[one.name])).map((one) => one.name);
}

const empty = (value: unknown): boolean => value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

/** The request's body: what was filled in, `a.b` within `a`, units in their order with the first one leading. */
export function bodyOf(allowed: Allowed | undefined, values: Values, unitName = "", now = new Date()): object {
  const own = (allowed?.needs ?? []).find((one) => one.name === "unit" && one.value);
  const body: Record<string, unknown> = own ? { unit: own.value } : {};
  for (const [name, value] of Object.entries(values)) {
    if (empty(value)) continue;
    const [outer = "", inner] = name.split(".");
    if (inner) body[outer] = { ...(body[outer] as object | undefined), [inner]: value };
    else body[name] = name === "units" ? ordered(value as string[]) : value;
  }
  if (body.reply) body.reply = { unit: unitName, replied_at: now.toISOString(), ...(body.reply as object) };
  return body;
}

export const ordered = (ids: readonly string[]): object[] => ids.map((unit, index) => ({ unit, role: index ? "assisting" : "lead" }));

/** The body that dispatches to units: to several jointly. */
export const dispatchBody = (units: readonly string[]): object => ({ how: units.length > 1 ? "joint" : "direct", units: ordered(units) });

/** The actions that this person may do now, the usual next step first. */
export function offered(ticket: Ticket): string[] {
  const known = ticket.allowed.map((one) => one.action).filter((one) => one !== "correct");
  return known.sort((one, other) => place(one) - place(other));
}

const place = (action: string): number => (ORDER.includes(action) ? ORDER.indexOf(action) : ORDER.length);
