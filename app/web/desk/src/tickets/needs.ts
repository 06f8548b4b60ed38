// What the form of each action asks for, and how its answers become the body of the request. Pure.
import type { Need, Ticket } from "@/api/types";

export type Values = Record<string, unknown>;

const need = (name: string, kind: string, required = false, options?: string[]): Need => ({ name, kind, required, options });
const REASON = need("reason", "long_text");
const SATISFACTION = need("satisfaction", "choice", false, ["satisfied", "basically_satisfied", "dissatisfied"]);

/** The form of each action; the server's own word on what it needs adds to `required`. */
export const NEEDS: Readonly<Record<string, Need[]>> = {
  answer: [
    need("text", "long_text", true),
    need("how", "choice", true, ["direct", "three_way", "transfer"]),
    SATISFACTION,
    need("consent", "boolean"),
  ],
  refer: [need("reason", "long_text", true), need("to", "text", true), need("phone", "text"), need("passed_to", "text")],
  dispatch: [need("units", "units", true), need("how", "choice", false, ["direct", "joint", "assigned"]), need("limit", "date"), REASON],
  accept: [],
  inform: [],
  "head-read": [need("signed_by", "text", true), need("note", "long_text")],
  report: [
    need("reply.text", "long_text", true),
    need("reply.signer", "text", true),
    need("reply.handler", "text", true),
    need("reply.citizen_answered", "boolean"),
    SATISFACTION,
  ],
  return: [need("reason", "long_text", true), need("suggested_unit", "unit")],
  "approve-return": [REASON],
  "reject-return": [need("reason", "long_text", true)],
  extend: [
    need("working_days", "integer", true),
    need("reason", "long_text", true),
    need("measures", "long_text"),
    need("signed_by", "text", true),
    need("legal_basis", "text"),
  ],
  "approve-extension": [REASON],
  "reject-extension": [need("reason", "long_text", true)],
  urge: [need("how", "choice", true, ["phone", "system"]), need("unit", "unit_of_ticket"), REASON],
  supervise: [
    need("how", "choice", true, ["phone", "written", "on_site"]),
    need("unit", "unit_of_ticket"),
    need("limit", "date"),
    need("reason", "long_text", true),
  ],
  explain: [need("reason", "long_text", true), need("measures", "long_text")],
  escalate: [need("to", "text", true), need("reason", "long_text", true), need("measures", "long_text")],
  "follow-up": [
    need("result", "choice", true, ["satisfied", "dissatisfied", "unreachable"]),
    need("solvable", "choice", false, ["now", "later", "never"]),
    need("note", "long_text"),
  ],
  redo: [need("unit", "unit_of_ticket"), need("limit", "date"), need("reason", "long_text", true)],
  close: [REASON],
  archive: [REASON],
  merge: [need("into", "ticket", true), REASON],
  publish: [REASON],
};

// In this order the actions are offered, the usual next step first.
const ORDER = Object.keys(NEEDS);

/** Actions of a unit on its own part name the unit. */
const OF_UNIT = new Set(["accept", "inform", "head-read", "report", "return", "extend", "explain"]);

export function formOf(action: string, told: readonly Need[] = []): Need[] {
  const demanded = new Set(told.filter((one) => one.required).map((one) => one.name));
  const form = NEEDS[action] ?? told;
  return form.map((one) => (demanded.has(one.name) ? { ...one, required: true } : one));
}

/** The names of what is missing from a form. */
export function missing(form: readonly Need[], values: Values): string[] {
  return form.filter((one) => one.required && empty(values[one.name])).map((one) => one.name);
}

const empty = (value: unknown): boolean => value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

/** The request's body: what was filled in, `a.b` within `a`, units in their order with the first one leading. */
export function bodyOf(action: string, values: Values, unit: string | null, unitName: string): object {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (empty(value)) continue;
    const [outer = "", inner] = name.split(".");
    if (inner) body[outer] = { ...(body[outer] as object | undefined), [inner]: value };
    else body[name] = name === "units" ? ordered(value as string[]) : value;
  }
  if (unit && OF_UNIT.has(action)) body.unit = unit;
  if (action === "report") body.reply = { unit: unitName, replied_at: new Date().toISOString(), ...(body.reply as object) };
  if (action === "dispatch") body.how ??= (values.units as string[]).length > 1 ? "joint" : "direct";
  return body;
}

const ordered = (ids: readonly string[]): object[] => ids.map((unit, index) => ({ unit, role: index ? "assisting" : "lead" }));

/** The actions that the server lets this person do now; of a server that does not say, those of the role. */
export function offered(ticket: Ticket, may: (right: string) => boolean): string[] {
  if (ticket.allowed) {
    const known = ticket.allowed.map((one) => (one.action === "request-extension" ? "extend" : one.action));
    return known.filter((one) => one !== "correct").sort((one, other) => place(one) - place(other));
  }
  return ORDER.filter((one) => may(`ticket.${one.replaceAll("-", "_")}`));
}

const place = (action: string): number => (ORDER.indexOf(action) + ORDER.length) % ORDER.length;
