// What is told of tickets keeps the list as a fresh read would have it.
import { expect, it } from "vitest";
import type { TicketLine } from "@/api/types";
import { folded } from "./waiting";

const line = (number: string, status = "received"): TicketLine => ({
  number, status, category: "consult", confidential: false, unit_ids: [], received_at: `2026-09-30T0${number}:00:00+08:00`,
  due_at: null, closed_at: null, late: [], version: 1, urgency: null, source: null, call_id: null, anonymous: null, content: null,
  discipline_unit: null, caller_phone: null, caller_name: null, satisfaction: null,
});
const KNOWN = [line("5"), line("3")];
const numbers = (lines: TicketLine[]): string[] => lines.map((one) => one.number);

it("puts a new ticket in its place, the latest first", () => {
  expect(numbers(folded(KNOWN, "7", line("7"), 50))).toEqual(["7", "5", "3"]);
  expect(numbers(folded(KNOWN, "4", line("4"), 50))).toEqual(["5", "4", "3"]);
});

it("takes one away that was dispatched, or is not to be seen any more", () => {
  expect(numbers(folded(KNOWN, "5", line("5", "dispatched"), 50))).toEqual(["3"]);
  expect(numbers(folded(KNOWN, "3", null, 50))).toEqual(["5"]);
});

it("changes one in its place, and has one again that a unit has returned", () => {
  expect(folded(KNOWN, "5", { ...line("5"), content: "停水" }, 50)[0]?.content).toBe("停水");
  expect(numbers(folded(KNOWN, "4", line("4", "returned"), 50))).toEqual(["5", "4", "3"]);
});

it("leaves what is nothing to the list, and what comes behind a full page", () => {
  expect(numbers(folded(KNOWN, "9", line("9", "accepted"), 50))).toEqual(["5", "3"]);
  expect(numbers(folded(KNOWN, "1", line("1"), 2))).toEqual(["5", "3"]);
});
