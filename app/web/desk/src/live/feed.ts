// The one live connection of a browser: the leading tab holds it, every tab shows the same state.
import { onScopeDispose, reactive, shallowRef } from "vue";
import { get, type ProblemDocument } from "@/api/client";
import { unique } from "@/shared/unique";
import { EMPTY, fold, follows, type Change, type LiveState, type Message } from "./reducer";
import { join, type Tabs } from "./tabs";
import { EMPTY_WATCH, watched, type Heard, type Watched } from "./watched";

type Said =
  | { kind: "message"; message: Message | Page }
  | { kind: "ask" }
  | { kind: "state"; seq: number; epoch: string; state: LiveState; up: boolean }
  | { kind: "up"; up: boolean }
  | { kind: "pages"; tab: string; pages: Readonly<Record<string, number>> }
  | { kind: "which pages" };

/** A page that is shown, as it is now; with `problem` it may not be seen any more. */
export interface Page {
  type: "page";
  id: string;
  value: unknown;
  problem?: ProblemDocument;
}

interface Listener {
  told: (change: Change) => void;
  anew: () => void;
}

const SHORTEST_MS = 500;
const LONGEST_MS = 15_000;
const NORMAL_CLOSE = 1000;

export const live = shallowRef<LiveState>(EMPTY);
/** `up`: the connection stands; `known`: there has been a state to show. */
export const connection = reactive({ up: false, known: false });

const listeners = new Set<Listener>();
const readers = new Map<string, Set<(page: Page) => void>>();
const ME = unique();
let pages: Watched = EMPTY_WATCH;
let tabs: Tabs<Said> | null = null;
let socket: WebSocket | null = null;
let seq = 0;
let epoch = "";
let wait = SHORTEST_MS;

/** Hear of what is told and not held (tickets, records, notices) as long as the component stands. `anew`: something
 *  may have been missed, so what is shown must be asked for again. */
export function useTold(told: (change: Change) => void, anew: () => void): void {
  const listener = { told, anew };
  listeners.add(listener);
  onScopeDispose(() => listeners.delete(listener));
}

/** Hear of a page whenever it has changed, until the returned function is called: it need not be asked for again. */
export function watchPage(address: string, hear: (page: Page) => void): () => void {
  const known = readers.get(address);
  if (known) known.add(hear);
  else readers.set(address, new Set([hear]));
  sayPages(address);
  return () => {
    const left = readers.get(address);
    left?.delete(hear);
    if (left?.size === 0) readers.delete(address);
    sayPages();
  };
}

let shown: Readonly<Record<string, number>> = {};
// The number of what had been heard when a page was asked for stays with it.
function sayPages(asked?: string): void {
  shown = Object.fromEntries([...readers.keys()].map((address) => [address, address === asked ? seq : (shown[address] ?? seq)]));
  const said = { kind: "pages", tab: ME, pages: shown } as const;
  watch(said);
  tabs?.tell(said);
}

function watch(said: Heard): void {
  const before = pages.all;
  pages = watched(pages, said);
  if (pages.all !== before && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ watch: pages.all }));
}

export function follow(): void {
  if (!tabs) {
    addEventListener("pagehide", () => tabs?.tell({ kind: "pages", tab: ME, pages: {} }));
    addEventListener("pageshow", () => tabs?.tell({ kind: "pages", tab: ME, pages: shown }));
  }
  tabs ??= join<Said>("hotline-live", connect, hear);
  tabs.tell({ kind: "ask" });
}

/** Another person logs in, or nobody is: what was heard is not for them. */
export function forget(): void {
  [seq, epoch, live.value] = [0, "", EMPTY];
  connection.known = false;
  socket?.close(NORMAL_CLOSE);
}

function hear(said: Said): void {
  if (said.kind === "message") take(said.message);
  else if (said.kind === "pages") watch(said);
  else if (said.kind === "which pages") tabs?.tell({ kind: "pages", tab: ME, pages: shown });
  else if (said.kind === "up") connection.up = said.up;
  else if (said.kind === "ask") answer();
  else if (said.seq >= seq || said.epoch !== epoch) {
    [seq, epoch, live.value] = [said.seq, said.epoch, said.state];
    [connection.up, connection.known] = [said.up, true];
  }
}

function answer(): void {
  if (tabs?.leading() && connection.known) tabs.tell({ kind: "state", seq, epoch, state: live.value, up: connection.up });
}

function take(message: Message | Page): void {
  if (message.type === "page") {
    for (const read of readers.get(message.id) ?? []) read(message);
    return;
  }
  if (!follows(seq, message)) return;
  seq = message.seq;
  live.value = fold(live.value, message);
  const again = connection.known;
  connection.known = true;
  if (message.type === "change") for (const listener of listeners) listener.told(message);
  else {
    epoch = message.epoch ?? epoch;
    if (again) for (const listener of listeners) listener.anew();
  }
}

function connect(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const since = epoch && seq ? `?epoch=${encodeURIComponent(epoch)}&since=${seq}` : "";
  socket = new WebSocket(`${scheme}://${location.host}/api/live${since}`);
  socket.onopen = () => {
    say(true);
    tabs?.tell({ kind: "which pages" });
    if (socket && Object.keys(pages.all).length) socket.send(JSON.stringify({ watch: unsure(pages.all) }));
  };
  socket.onmessage = (event: MessageEvent<string>) => {
    wait = SHORTEST_MS;
    const message = JSON.parse(event.data) as Message | Page;
    take(message);
    tabs?.tell({ kind: "message", message });
  };
  socket.onclose = () => void anew();
}

// A page may have changed just before the connection was cut, and not have been sent any more: all are sent once.
const unsure = (all: Readonly<Record<string, number>>): Record<string, number> => Object.fromEntries(Object.keys(all).map((address) => [address, 0]));

// A session that has expired is renewed by the question; a connection that was cut is tried again, ever more slowly.
async function anew(): Promise<void> {
  say(false);
  await get("/api/me").catch(() => null);
  setTimeout(connect, wait + Math.random() * wait);
  wait = Math.min(wait * 2, LONGEST_MS);
}

function say(up: boolean): void {
  connection.up = up;
  tabs?.tell({ kind: "up", up });
}
