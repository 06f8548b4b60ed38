// The one telephone of a browser: JsSIP in the tab that leads, shown and used by every tab.
import { reactive, readonly } from "vue";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { UA } from "jssip";
import { ApiError, get, put } from "@/api/client";
import { t } from "@/i18n";
import { join, type Tabs } from "@/live/tabs";
import { explain } from "@/shared/problems";
import { ring } from "./tone";

export type Line = "offline" | "connecting" | "idle" | "ringing" | "answering" | "talking";

export interface PhoneState {
  line: Line;
  caller: string;
  muted: boolean;
  since: string | null;
  fault: string;
  /** Whether the connection to the telephone server stands. */
  reached: boolean;
}

export type Command = "online" | "offline" | "answer" | "hangup" | "mute" | "unmute";
type Said = { kind: "state"; state: PhoneState } | { kind: "ask" } | { kind: "do"; command: Command };

interface Account {
  websocket: string;
  uri: string;
  realm: string;
  ha1: string;
  ice: RTCConfiguration;
}

const REGISTER_S = 120;
const RETRY_MS = 5000;
const ICE_MS = 6 * 3600 * 1000;
const GATHER_MS = 500;
const RELAY_MS = 3000;
const READY_TRIES = 10;
const READY_AGAIN_MS = 500;
const BY_ITSELF = /;\s*answer-after=0\b/;
const WISH = "desk-phone-online";
const FAULTS: Readonly<Record<string, string>> = {
  "User Denied Media Access": "麦克风不可用，未能接听",
  "WebRTC Error": "浏览器未能建立语音",
  "RTP Timeout": "语音连接中断",
};

const state = reactive<PhoneState>({ line: "offline", caller: "", muted: false, since: null, fault: "", reached: false });
export const phone = readonly(state);

let tabs: Tabs<Said> | null = null;
let operator = "";
let agent: UA | null = null;
// The way through NAT; its passwords are good for a while.
let ice: RTCConfiguration = {};
let iceAt = 0;
let session: RTCSession | null = null;
let stopRinging: () => void = () => {};
let audio: HTMLAudioElement | null = null;

/** Takes part in the browser's one telephone. `speaker` plays what the other side says. */
export function openPhone(operatorId: string, speaker: HTMLAudioElement): void {
  operator = operatorId;
  audio = speaker;
  if (tabs) return;
  tabs = join<Said>("hotline-phone", lead, hear);
  tabs.tell({ kind: "ask" });
  addEventListener("beforeunload", (event) => {
    if (session && tabs?.leading()) event.preventDefault();
  });
  addEventListener("pagehide", leave);
}

/** Do something with the telephone, in whichever tab it is. */
export function command(wanted: Command): void {
  if (tabs?.leading()) void act(wanted);
  else tabs?.tell({ kind: "do", command: wanted });
}

// A tab that takes over goes on as the last one stood: online, if that one was; so does a page that was reloaded.
function lead(): void {
  const online = state.line !== "offline" || sessionStorage.getItem(WISH) === "yes";
  change({ line: "offline", caller: "", muted: false, since: null, reached: false });
  if (online) void act("online");
}

function hear(said: Said): void {
  if (said.kind === "do") {
    if (tabs?.leading()) void act(said.command);
  } else if (said.kind === "ask") {
    if (tabs?.leading()) change({});
  } else Object.assign(state, said.state);
}

function change(part: Partial<PhoneState>): void {
  Object.assign(state, part);
  if (tabs?.leading()) tabs.tell({ kind: "state", state: { ...state } });
}

async function act(wanted: Command): Promise<void> {
  change({ fault: "" });
  try {
    await DO[wanted]();
  } catch (error) {
    change({ fault: explain(error) });
    if (!session) stop();
  }
}

const DO: Readonly<Record<Command, () => Promise<void> | void>> = {
  online: goOnline,
  offline: goOffline,
  answer,
  hangup: () => session?.terminate(),
  mute: () => session?.mute({ audio: true }),
  unmute: () => session?.unmute({ audio: true }),
};

async function goOnline(): Promise<void> {
  if (agent) return;
  if (!navigator.mediaDevices) throw new DOMException("no secure page", "NotAllowedError");
  change({ line: "connecting" });
  // Asked for now, so that no question of the browser's stands between a caller and the answer.
  const trial = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of trial.getTracks()) track.stop();
  const account = await ask();
  // Loaded by those who have a telephone only.
  const jssip = await import("jssip");
  const { websocket, ice: _ways, ...rest } = account;
  const sockets = [new jssip.WebSocketInterface(websocket)];
  agent = new jssip.UA({ sockets, ...rest, register_expires: REGISTER_S, session_timers: false });
  listen(agent);
  agent.start();
  sessionStorage.setItem(WISH, "yes");
}

async function ask(): Promise<Account> {
  const account = await get<Account>(`/api/operators/${operator}/phone`);
  [ice, iceAt] = [account.ice, Date.now()];
  return account;
}

function listen(started: UA): void {
  let first = true;
  started.on("registered", () => {
    change({ reached: true, line: session ? state.line : "idle" });
    if (first) void setState("ready");
    first = false;
  });
  started.on("registrationFailed", ({ response, cause }) => {
    // A refusal is final; whatever else went wrong must not end a conversation.
    if (response && !session) {
      stop();
      change({ fault: `${t("电话服务器拒绝注册")}：${cause ?? ""}` });
    } else setTimeout(() => agent?.register(), RETRY_MS);
  });
  started.on("disconnected", () => agent && change({ reached: false }));
  started.on("newRTCSession", (event: { session: RTCSession; originator: string; request: { getHeader: (name: string) => string | undefined } }) => {
    if (event.originator !== "remote") return;
    incoming(event.session);
    // Who asked for a call that goes out has said so by asking: the telephone is not lifted a second time.
    if (session === event.session && BY_ITSELF.test(event.request.getHeader("Call-Info") ?? "")) answer();
  });
}

// The hotline hears of the registration from Asterisk, a moment after the browser: until then it is asked again.
async function setState(wanted: "ready" | "away", tries = READY_TRIES): Promise<void> {
  try {
    await put(`/api/operators/${operator}/state`, { state: wanted });
  } catch (error) {
    const early = error instanceof ApiError && error.problem.code === "no-telephone";
    if (early && tries > 1 && agent) setTimeout(() => void setState(wanted, tries - 1), READY_AGAIN_MS);
    else change({ fault: explain(error) });
  }
}

async function goOffline(): Promise<void> {
  stop();
  await setState("away");
}

// Hangs up, unregisters, closes the connection.
function stop(): void {
  const stopping = agent;
  agent = null;
  sessionStorage.removeItem(WISH);
  stopping?.stop();
  change({ line: "offline", reached: false });
}

function incoming(call: RTCSession): void {
  if (session) {
    call.terminate({ status_code: 486 });
    return;
  }
  session = call;
  stopRinging = ring();
  if (Date.now() - iceAt > ICE_MS) void ask().catch(() => null);
  const who = call.remote_identity.uri.user ?? "";
  call.on("peerconnection", ({ peerconnection }: { peerconnection: RTCPeerConnection }) =>
    peerconnection.addEventListener("track", ({ streams }) => {
      if (audio) audio.srcObject = streams[0] ?? null;
    }),
  );
  call.on("icecandidate", gathered());
  call.on("confirmed", () => change({ line: "talking", since: new Date().toISOString() }));
  call.on("muted", () => change({ muted: true }));
  call.on("unmuted", () => change({ muted: false }));
  call.on("ended", ({ cause }: { cause: string }) => over(cause));
  call.on("failed", ({ cause }: { cause: string }) => over(cause));
  change({ line: "ringing", caller: who, fault: "", since: new Date().toISOString() });
  announce(who);
}

// The answer goes out with the ways that were found by then: an unreachable server is not waited for (RFC 8445, section 5.1.1).
function gathered(): (found: { candidate: RTCIceCandidate; ready: () => void }) => void {
  const relays = ice.iceServers?.some(({ urls }) => String(urls).startsWith("turn"));
  let waiting = false;
  return ({ candidate, ready }) => {
    if (candidate.type === "relay") ready();
    else if (!waiting) setTimeout(ready, relays ? RELAY_MS : GATHER_MS);
    waiting = true;
  };
}

function announce(caller: string): void {
  if (!document.hidden || !("Notification" in globalThis) || Notification.permission !== "granted") return;
  const shown = new Notification(t("12345 来电"), { body: caller || t("号码未显示"), tag: "hotline-call", requireInteraction: true });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
  session?.on("confirmed", () => shown.close());
  session?.on("failed", () => shown.close());
}

function answer(): void {
  if (!session || session.isEstablished() || state.line === "answering") return;
  stopRinging();
  change({ line: "answering" });
  session.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: ice });
}

function over(cause: string): void {
  stopRinging();
  session = null;
  if (audio) audio.srcObject = null;
  change({ line: agent ? "idle" : "offline", caller: "", muted: false, since: null, fault: t(FAULTS[cause] ?? "") });
}

// The page goes: its telephone takes no more calls. Another tab that was listening takes over by the lock.
function leave(): void {
  if (!agent || !tabs?.leading()) return;
  const wish = sessionStorage.getItem(WISH);
  const body = JSON.stringify({ state: "away" });
  void fetch(`/api/operators/${operator}/state`, { method: "PUT", headers: { "Content-Type": "application/json" }, body, keepalive: true });
  const stopping = agent;
  agent = null;
  stopping.stop();
  if (wish) sessionStorage.setItem(WISH, wish);
}
