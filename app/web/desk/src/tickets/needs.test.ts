// What a form asks for becomes the body that the server takes, in the order in which it was said.
import { describe, expect, it } from "vitest";
import type { Ticket } from "@/api/types";
import { bodyOf, formOf, missing, offered } from "./needs";

describe("the form of an action", () => {
  it("lets the unit that was named first lead, not the one that comes first in the directory", () => {
    expect(bodyOf("dispatch", { units: ["water", "urban"] }, null, "")).toEqual({
      how: "joint",
      units: [{ unit: "water", role: "lead" }, { unit: "urban", role: "assisting" }],
    });
  });

  it("names the unit of whoever acts for one", () => {
    expect(bodyOf("accept", {}, "water", "水务局")).toEqual({ unit: "water" });
    expect(bodyOf("urge", { how: "phone" }, null, "")).toEqual({ how: "phone" });
  });

  it("puts a reply's parts together", () => {
    const body = bodyOf("report", { "reply.text": "已修复", "reply.signer": "王局", satisfaction: "" }, "water", "水务局");
    expect(body).toMatchObject({ unit: "water", reply: { text: "已修复", signer: "王局", unit: "水务局" } });
    expect(body).not.toHaveProperty("satisfaction");
  });

  it("demands what the server demands of this ticket", () => {
    const form = formOf("close", [{ name: "reason", kind: "text", required: true }]);
    expect(missing(form, {})).toEqual(["reason"]);
    expect(missing(form, { reason: "重复来电" })).toEqual([]);
  });

  it("is offered for what the server allows only", () => {
    const ticket = { allowed: [{ action: "close", needs: [] }, { action: "answer", needs: [] }] } as unknown as Ticket;
    expect(offered(ticket, () => true)).toEqual(["answer", "close"]);
  });
});
