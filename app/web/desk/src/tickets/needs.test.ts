// What a form asks for becomes the body that the server takes, in the order in which it was said.
import { describe, expect, it } from "vitest";
import type { Allowed, Need, Ticket } from "@/api/types";
import { bodyOf, dispatchBody, formOf, missing, offered, startOf } from "./needs";

const need = (name: string, kind: Need["kind"], required = false, more: Partial<Need> = {}): Need => ({ name, kind, required, choices: [], value: null, ...more });
const allowed = (action: string, ...needs: Need[]): Allowed => ({ action, needs, role: null });

describe("the form of an action", () => {
  it("lets the unit that was named first lead, not the one that comes first in the directory", () => {
    expect(dispatchBody(["water", "urban"])).toEqual({
      how: "joint",
      units: [{ unit: "water", role: "lead" }, { unit: "urban", role: "assisting" }],
    });
  });

  it("does not ask whoever acts for a unit which unit", () => {
    const accept = allowed("accept", need("unit", "unit", true, { value: "water" }));
    expect(formOf(accept)).toEqual([]);
    expect(bodyOf(accept, {})).toEqual({ unit: "water" });
  });

  it("puts a reply's parts together, and knows who replies and when", () => {
    const report = allowed("report", need("unit", "unit", true, { value: "water" }), need("reply.text", "text", true), need("reply.unit", "line", true));
    expect(formOf(report).map((one) => one.name)).toEqual(["reply.text"]);
    expect(bodyOf(report, { "reply.text": "已修复", satisfaction: "" }, "水务局", new Date("2026-09-30T07:00:00Z"))).toEqual({
      unit: "water",
      reply: { text: "已修复", unit: "水务局", replied_at: "2026-09-30T07:00:00.000Z" },
    });
  });

  it("asks first for what must be said, with the first choice taken where one must be", () => {
    const urge = formOf(allowed("urge", need("reason", "text"), need("how", "choice", true, { choices: ["phone", "system"] })));
    expect(urge.map((one) => one.name)).toEqual(["how", "reason"]);
    expect(startOf(urge)).toEqual({ how: "phone" });
    expect(missing(formOf(allowed("close", need("reason", "text", true))), {})).toEqual(["reason"]);
  });

  it("is offered for what the server allows only", () => {
    const ticket = { allowed: [allowed("close"), allowed("correct"), allowed("answer")] } as unknown as Ticket;
    expect(offered(ticket)).toEqual(["answer", "close"]);
  });
});
