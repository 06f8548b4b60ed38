// A list of rings that grows at its beginning, and at its end as far back as somebody asks. Pure.
import type { Ring } from "@/api/types";

/** What tells one ring from another. */
export const ringKey = (one: Ring): string => `${one.started_at} ${one.post}`;

/** The newest, then the older ones that are not among them. */
export function joined(newest: readonly Ring[], older: readonly Ring[]): Ring[] {
  const known = new Set(newest.map(ringKey));
  return [...newest, ...older.filter((one) => !known.has(ringKey(one)))];
}
