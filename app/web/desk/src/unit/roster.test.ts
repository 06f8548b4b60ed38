// A day's roster goes to the server and comes back as it was written.
import { expect, it } from "vitest";
import { bodyOf, linesOf, newLine } from "./roster";

const NIGHT = { shift: "夜班", post: "A" as const, starts: "20:00", ends: "08:00", name: "周九", phone: "0571-8765 0009" };

it("a night ends on the next day, and comes back as it was written", () => {
  const [sent] = bodyOf("2026-09-30", [NIGHT]);
  expect(sent).toEqual({ day: "2026-09-30", shift: "夜班", post: "A", name: "周九", phone: "057187650009", starts_at: "2026-09-30T12:00:00.000Z", ends_at: "2026-10-01T00:00:00.000Z" });
  expect(sent && linesOf([{ ...sent, unit_id: "water" }])).toEqual([{ ...NIGHT, phone: "057187650009" }]);
});

it("a shift round the clock ends at the same time a day later", () => {
  expect(bodyOf("2026-12-31", [{ ...NIGHT, starts: "08:00" }])[0]?.ends_at).toBe("2027-01-01T00:00:00.000Z");
});

it("a new line is the next post of the shift, then the other shift", () => {
  const lines = [newLine([])];
  for (let n = 0; n < 3; n++) lines.push(newLine(lines));
  expect(lines.map((line) => `${line.shift} ${line.post} ${line.starts}`)).toEqual(["白班 A 08:00", "白班 B 08:00", "白班 leader 08:00", "夜班 A 20:00"]);
});
