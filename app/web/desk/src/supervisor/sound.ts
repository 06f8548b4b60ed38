// What is drawn and skipped of a recording, from how loud it is tenth by tenth of a second. Pure.

export interface Gap {
  start: number;
  end: number;
}

const QUIET = 2;
const SHORTEST_S = 1.5;

/** The loudest of several tracks at each moment. */
export const loudest = (tracks: ReadonlyArray<readonly number[]>): number[] =>
  Array.from({ length: Math.max(0, ...tracks.map((track) => track.length)) }, (_, at) => Math.max(...tracks.map((track) => track[at] ?? 0)));

/** Stretches in which nobody speaks, in seconds; `peaks` in hundredths of full scale. */
export function gaps(peaks: readonly number[], perSecond: number): Gap[] {
  const found: Gap[] = [];
  let since = 0;
  const close = (end: number): void => {
    if ((end - since) / perSecond >= SHORTEST_S) found.push({ start: since / perSecond, end: end / perSecond });
  };
  peaks.forEach((peak, at) => {
    if (peak < QUIET) return;
    close(at);
    since = at + 1;
  });
  close(peaks.length);
  return found;
}

/** Where to go on from a moment: the end of the gap it lies in, or the moment itself. */
export const past = (found: readonly Gap[], at: number): number => found.find((gap) => at > gap.start + 0.3 && at < gap.end - 0.2)?.end ?? at;

/** The outline of a track for an SVG that is 40 high and as wide as there are peaks. */
export const outline = (peaks: readonly number[]): string =>
  peaks.map((peak, x) => `M${x} ${20 - Math.max(0.5, peak / 5)}V${20 + Math.max(0.5, peak / 5)}`).join("");
