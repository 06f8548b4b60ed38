// How a limit is told: how much is left or how long it is over, in working days, hours or minutes.
import { t } from "@/i18n";
import { dayOf, daysBetween } from "./times";

export type Grade = "none" | "easy" | "soon" | "late";

export interface Told {
  text: string;
  grade: Grade;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SOON_DAYS = 1;

/**
 * Working days after the day of `now` up to and with the day of `at`: what is left when a limit falls on that day.
 * `off` and `on` are days (`2026-10-01`) that are free though weekdays, and worked though weekends.
 */
export function workingDays(now: Date, at: Date, off: ReadonlySet<string> = NONE, on: ReadonlySet<string> = NONE): number {
  const days = daysBetween(now, at);
  let count = 0;
  for (let n = 1; n <= days; n++) {
    const day = dayOf(new Date(now.getTime() + n * 24 * HOUR_MS));
    const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
    const weekend = weekday === 0 || weekday === 6;
    if (on.has(day) || (!weekend && !off.has(day))) count++;
  }
  return count;
}

const NONE: ReadonlySet<string> = new Set();

/** `还剩2个工作日`, `今天 16:00 前`, `还剩45分钟`, `逾期3天`; a limit that is met or does not apply says nothing. */
export function told(at: string | null | undefined, now: Date): Told {
  if (!at) return { text: "", grade: "none" };
  const limit = new Date(at);
  const left = limit.getTime() - now.getTime();
  if (left < 0) return { text: over(-left), grade: "late" };
  if (left < HOUR_MS) return { text: t("还剩{n}分钟", { n: Math.max(1, Math.floor(left / MINUTE_MS)) }), grade: "soon" };
  if (daysBetween(now, limit) === 0) return { text: t("还剩{n}小时", { n: Math.floor(left / HOUR_MS) }), grade: "soon" };
  const days = workingDays(now, limit);
  return { text: t("还剩{n}个工作日", { n: days }), grade: days <= SOON_DAYS ? "soon" : "easy" };
}

function over(ms: number): string {
  if (ms < HOUR_MS) return t("逾期{n}分钟", { n: Math.max(1, Math.floor(ms / MINUTE_MS)) });
  if (ms < 24 * HOUR_MS) return t("逾期{n}小时", { n: Math.floor(ms / HOUR_MS) });
  return t("逾期{n}天", { n: Math.floor(ms / (24 * HOUR_MS)) });
}
