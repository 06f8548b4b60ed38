// What leaves as a table runs nothing where it is opened.
import { expect, it } from "vitest";
import { csvOf, subjectLink, subjectOf } from "./lines";

it("a formula in a line stays text", () => {
  const line = { id: 1, at: "2026-09-30T09:00:00Z", user_name: '=HYPERLINK("x")', role: "auditor", address: null, action: "login", subject: "user:a", detail: {} };
  expect(csvOf([line])).toContain(`"'=HYPERLINK(""x"")"`);
});

it("a ticket that was looked at can be opened from the line", () => {
  expect(subjectLink("ticket:20260930-000001")).toBe("/ticket/20260930-000001");
  expect(subjectOf("ticket:20260930-000001")).toBe("工单 20260930-000001");
  expect(subjectLink("recording:7")).toBe("");
});
