// A day of the duty roster as people write it, clock times and posts, and as the server takes it, in instants.
import type { Shift } from "@/api/types";
import { clockTime, dayAfter, instant } from "@/shared/times";

export interface ShiftLine {
  shift: string;
  post: Shift["post"];
  starts: string;
  ends: string;
  name: string;
  phone: string;
}

type ShiftBody = Omit<Shift, "unit_id">;

export const linesOf = (shifts: readonly Shift[]): ShiftLine[] =>
  shifts.map(({ shift, post, starts_at, ends_at, name, phone }) => ({ shift, post, starts: clockTime(starts_at), ends: clockTime(ends_at), name, phone }));

/** The next post of the shift that was written last, or the first shift of a day. */
export function newLine(lines: readonly ShiftLine[]): ShiftLine {
  const last = lines.at(-1);
  if (!last) return { shift: "白班", post: "A", starts: "08:00", ends: "20:00", name: "", phone: "" };
  const taken = new Set(lines.filter((line) => line.shift === last.shift).map((line) => line.post));
  const free = (["A", "B", "leader"] as const).find((post) => !taken.has(post));
  return free ? { ...last, post: free, name: "", phone: "" } : { shift: "夜班", post: "A", starts: last.ends, ends: last.starts, name: "", phone: "" };
}

/** What the server takes; an end that is not after the start is on the next day. */
export const bodyOf = (day: string, lines: readonly ShiftLine[]): ShiftBody[] =>
  lines.map(({ starts, ends, ...line }) => ({
    ...line, day, phone: line.phone.replaceAll(/[\s()-]/g, ""), starts_at: instant(day, starts), ends_at: instant(ends > starts ? day : dayAfter(day), ends),
  }));
