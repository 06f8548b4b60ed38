// Which pages the tabs of a browser show together, as the server is told. Pure.

export interface Heard {
  tab: string;
  pages: Readonly<Record<string, number>>;
}

export interface Watched {
  readonly tabs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Every page that any tab shows, with the number of what had been heard when it was first asked for. */
  readonly all: Readonly<Record<string, number>>;
}

export const EMPTY_WATCH: Watched = { tabs: {}, all: {} };
/** As many as the server watches for one browser; the oldest beyond that are not followed. */
const MOST = 50;

/** What is shown once a tab has told what it shows; `all` is the same object where that changes nothing. */
export function watched(before: Watched, said: Heard): Watched {
  const { [said.tab]: _replaced, ...others } = before.tabs;
  const tabs = Object.keys(said.pages).length ? { ...others, [said.tab]: said.pages } : others;
  const all: Record<string, number> = {};
  for (const pages of Object.values(tabs)) {
    for (const [address, seq] of Object.entries(pages)) all[address] = before.all[address] ?? Math.min(all[address] ?? seq, seq);
  }
  const kept = Object.fromEntries(Object.entries(all).slice(-MOST));
  return same(kept, before.all) ? { tabs, all: before.all } : { tabs, all: kept };
}

function same(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other);
}
