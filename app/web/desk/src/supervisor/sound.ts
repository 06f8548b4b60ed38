// What is drawn and skipped of a recording. Pure: samples in, peaks and gaps out.

export interface Gap {
  start: number;
  end: number;
}

/** The loudest sample of each of `count` equal parts, 0 to 1. */
export function peaks(samples: Float32Array, count: number): number[] {
  const step = Math.max(1, Math.floor(samples.length / count));
  return Array.from({ length: count }, (_, part) => {
    let most = 0;
    for (let at = part * step; at < Math.min((part + 1) * step, samples.length); at++) most = Math.max(most, Math.abs(samples[at] ?? 0));
    return most;
  });
}

/** Stretches quieter than `level` for at least `shortest` seconds, in seconds. */
export function gaps(samples: Float32Array, rate: number, level = 0.01, shortest = 1.5): Gap[] {
  const step = Math.floor(rate / 20);
  const found: Gap[] = [];
  let since = 0;
  const close = (end: number): void => {
    if ((end - since) / rate >= shortest) found.push({ start: since / rate, end: end / rate });
  };
  for (let at = 0; at < samples.length; at += step) {
    if (loud(samples, at, step, level)) {
      close(at);
      since = at + step;
    }
  }
  close(samples.length);
  return found;
}

function loud(samples: Float32Array, from: number, count: number, level: number): boolean {
  for (let at = from; at < Math.min(from + count, samples.length); at++) if (Math.abs(samples[at] ?? 0) > level) return true;
  return false;
}

/** Where to go on from a moment: the end of the gap it lies in, or the moment itself. */
export const past = (found: readonly Gap[], at: number): number => found.find((gap) => at > gap.start + 0.3 && at < gap.end - 0.2)?.end ?? at;
