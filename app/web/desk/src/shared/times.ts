// How times are written everywhere: the hotline's own zone, with the date and weekday where it is not today.
import { t } from "@/i18n";

const DAY_MS = 86_400_000;
const WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"] as const;

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: string;
  minute: string;
  second: string;
  weekday: number;
}

const clockOf = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("en-CA", { timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
let format = clockOf("Asia/Shanghai");

/** From now on times are told, and days meant, in the hotline's zone, an IANA name. */
export function useZone(name: string): void {
  format = clockOf(name);
}

function parts(at: Date): Parts {
  const found = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  const [year, month, day] = [Number(found.year), Number(found.month), Number(found.day)];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { year, month, day, hour: found.hour ?? "", minute: found.minute ?? "", second: found.second ?? "", weekday };
}

/** Days of the calendar from `now` to `at` in the hotline's zone; negative when it lies before. */
export function daysBetween(now: Date, at: Date): number {
  const [from, to] = [parts(now), parts(at)];
  return Math.round((Date.UTC(to.year, to.month - 1, to.day) - Date.UTC(from.year, from.month - 1, from.day)) / DAY_MS);
}

/** `14:05`, `昨天 14:05`, `9月30日 周三 14:05`, and with the year when it is another one. */
export function when(iso: string | null | undefined, now: Date, seconds = false): string {
  if (!iso) return "";
  const at = new Date(iso);
  const told = parts(at);
  const clock = `${told.hour}:${told.minute}${seconds ? `:${told.second}` : ""}`;
  const days = daysBetween(now, at);
  if (days === 0) return clock;
  if (days === -1) return `${t("昨天")} ${clock}`;
  if (days === 1) return `${t("明天")} ${clock}`;
  const date = t("{month}月{day}日", { month: told.month, day: told.day });
  const year = told.year === parts(now).year ? "" : t("{year}年", { year: told.year });
  return `${year}${date} ${t(WEEKDAYS[told.weekday] ?? "")} ${clock}`;
}

/** The weekday of a day as `2026-09-30`. */
export const weekdayOf = (day: string): string => t(WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "");

/** The day alone, `2026-09-30`, as the server takes it. */
export function dayOf(at: Date): string {
  const { year, month, day } = parts(at);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The clock alone, `08:00`. */
export function clockTime(iso: string): string {
  const { hour, minute } = parts(new Date(iso));
  return `${hour}:${minute}`;
}

/** The instant at which a clock in the hotline's zone shows `08:00` on a day. */
export function instant(day: string, time: string): string {
  const there = new Date(`${day}T${time}:00Z`);
  const told = parts(there);
  const offset = Date.UTC(told.year, told.month - 1, told.day, Number(told.hour), Number(told.minute)) - there.getTime();
  return new Date(there.getTime() - offset).toISOString();
}

/** Days as instants, from the first one's beginning to the last one's end; what is not given stays empty. */
export const between = (from: string, to: string): { from: string; to: string } => ({
  from: from && instant(from, "00:00"), to: to && instant(dayAfter(to), "00:00"),
});

export const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** A length of time as a clock shows it: `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const tail = String(s).padStart(2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

export const secondsSince = (iso: string | null | undefined, now: Date): number =>
  iso ? Math.max(0, (now.getTime() - new Date(iso).getTime()) / 1000) : 0;
