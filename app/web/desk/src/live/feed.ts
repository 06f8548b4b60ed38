// The one live connection of a browser: the leading tab holds it, every tab shows the same state.
import { onScopeDispose, reactive, shallowRef } from "vue";
import { get } from "@/api/client";
import { EMPTY, fold, follows, type Change, type LiveState, type Message } from "./reducer";
import { join, type Tabs } from "./tabs";

type Said =
  | { kind: "message"; message: Message }
  | { kind: "ask" }
  | { kind: "state"; seq: number; epoch: string; state: LiveState; up: boolean }
  | { kind: "up"; up: boolean };

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

export function follow(): void {
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

function take(message: Message): void {
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
  socket.onopen = () => say(true);
  socket.onmessage = (event: MessageEvent<string>) => {
    wait = SHORTEST_MS;
    const message = JSON.parse(event.data) as Message;
    take(message);
    tabs?.tell({ kind: "message", message });
  };
  socket.onclose = () => void again();
}

// A session that has expired is renewed by the question; a connection that was cut is tried again, ever more slowly.
async function again(): Promise<void> {
  say(false);
  await get("/api/me").catch(() => null);
  setTimeout(connect, wait + Math.random() * wait);
  wait = Math.min(wait * 2, LONGEST_MS);
}

function say(up: boolean): void {
  connection.up = up;
  tabs?.tell({ kind: "up", up });
}
