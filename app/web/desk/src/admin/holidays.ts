// The city's own days of a year, with one more or one less; all others stay as they are.
import type { Year } from "@/api/types";

type Days = Pick<Year, "complete" | "days">;

export const withoutDay = ({ complete, days }: Days, day: string): Days => ({ complete, days: days.filter((one) => one.day !== day) });

export const withDay = (year: Days, day: string, working: boolean): Days => {
  const { complete, days } = withoutDay(year, day);
  return { complete, days: [...days, { day, working, source: "desk" as const }].sort((one, other) => one.day.localeCompare(other.day)) };
};
