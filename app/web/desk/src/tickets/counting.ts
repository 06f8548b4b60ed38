// Days that follow each other, told as one. Pure.

const DAY_MS = 86_400_000;

/** The first and the last day of each run, of days as `2026-10-01` in their order. */
export function runs(days: readonly string[]): Array<[string, string]> {
  const found: Array<[string, string]> = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last && Date.parse(day) - Date.parse(last[1]) === DAY_MS) last[1] = day;
    else found.push([day, day]);
  }
  return found;
}
