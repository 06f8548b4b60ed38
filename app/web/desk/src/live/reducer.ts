// What the live feed says, folded into the state that screens show. Pure: a message and a state give the next state.

export interface LiveParty {
  party_id: string;
  role: string;
  name: string;
  place?: string;
  joined_at?: string | null;
  in_conference?: boolean;
  muted?: boolean;
}

/** A ring of a duty phone in a call, from its beginning to its outcome. */
export interface Attempt {
  attempt_id: string;
  unit_id: string;
  unit_name: string;
  post: string;
  started_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  outcome: string | null;
}

export interface Summons {
  party_id: string;
  kind?: string;
  unit_id: string;
  unit_name: string;
  post: string;
}

/** A call in progress as the feed tells it; what this person may not see is left out. */
export interface CallState {
  id: string;
  caller?: string;
  caller_name?: string;
  category?: string;
  keys?: string[];
  phase?: string;
  state?: string;
  operator_id?: string | null;
  /** The operators whose telephones ring for it now. */
  ringing?: string[];
  started_at?: string;
  answered_at?: string | null;
  queued_at?: string | null;
  language?: string;
  confidential?: boolean;
  ticket_number?: string | null;
  parties?: LiveParty[];
  summons?: Summons[];
  attempts?: Attempt[];
  /** Why the caller waits again after having been with somebody. */
  came_back?: string;
  /** `out`: the hotline calls, for this reason, and about this ticket or earlier call. */
  direction?: "in" | "out";
  reason?: string | null;
  about_ticket?: string | null;
  about_call?: string | null;
  /** The supervisors who listen, where the settings let it be known. */
  listeners?: string[];
}

export interface OperatorState {
  id: string;
  name: string;
  state: string;
  reason?: string;
  since?: string | null;
  node?: string;
  call_id?: string | null;
}

export interface Waiting {
  call_id: string;
  position?: number;
  category?: string;
  since: string;
  node?: string;
}

export interface QueueState {
  id: string;
  name?: string;
  waiting: Waiting[];
}

export interface Turn {
  party: string;
  role: string;
  text: string;
  final: boolean;
}

export interface LiveState {
  calls: Readonly<Record<string, CallState>>;
  queues: Readonly<Record<string, QueueState>>;
  operators: Readonly<Record<string, OperatorState>>;
  counts: Readonly<Record<string, number>>;
  transcript: Readonly<Record<string, readonly Turn[]>>;
}

export type Held = "calls" | "queues" | "operators" | "counts";
export type Topic = Held | "tickets" | "records" | "transcript" | "notices";

export interface Snapshot {
  type: "snapshot";
  seq: number;
  epoch?: string;
  state: Partial<LiveState>;
}

export interface Change {
  type: "change";
  seq: number;
  topic: Topic;
  id: string;
  value: unknown;
}

export type Message = Snapshot | Change;

export const EMPTY: LiveState = { calls: {}, queues: {}, operators: {}, counts: {}, transcript: {} };
const HELD: ReadonlySet<string> = new Set<Held>(["calls", "queues", "operators", "counts"]);

/** The state after a message. Topics that are only told (tickets, records, notices) leave it as it is. */
export function fold(state: LiveState, message: Message): LiveState {
  if (message.type === "snapshot") return { ...EMPTY, transcript: state.transcript, ...message.state };
  if (message.topic === "transcript") return withTurn(state, message.id, message.value as Turn | null);
  if (!HELD.has(message.topic)) return state;
  const topic = message.topic as Held;
  const next = { ...state, [topic]: replaced<unknown>(state[topic], message.id, message.value) };
  return topic === "calls" && message.value === null ? { ...next, transcript: without(state.transcript, message.id) } : next;
}

/** Whether a message continues what was heard up to `seq`; otherwise something was missed. */
export const follows = (seq: number, message: Message): boolean => message.type === "snapshot" || message.seq > seq;

function replaced<T>(held: Readonly<Record<string, T>>, id: string, value: unknown): Readonly<Record<string, T>> {
  return value === null ? without(held, id) : { ...held, [id]: value as T };
}

function without<T>(held: Readonly<Record<string, T>>, id: string): Readonly<Record<string, T>> {
  const { [id]: _gone, ...rest } = held;
  return rest;
}

// A text that is not final yet is replaced by the same party's next one.
function withTurn(state: LiveState, call: string, turn: Turn | null): LiveState {
  if (turn === null) return { ...state, transcript: without(state.transcript, call) };
  const turns = state.transcript[call] ?? [];
  const open = turns.findLastIndex((one) => one.party === turn.party && !one.final);
  const next = open < 0 ? [...turns, turn] : turns.with(open, turn);
  return { ...state, transcript: { ...state.transcript, [call]: next } };
}
