// The feed as the server tells it before snapshots: numbered events, of which the state is asked for.
import { get } from "@/api/client";
import type { Call, Queue } from "@/api/types";
import type { CallState, Message, OperatorState } from "./reducer";

interface Told {
  epoch?: string;
  n: number;
  topic: string;
  data: Record<string, unknown>;
}

const QUEUE = "12345";

/** The messages that one message of the server stands for. */
export async function read(raw: Message | Told): Promise<Message[]> {
  if ("type" in raw) return [raw];
  const { n: seq, topic, data } = raw;
  if (topic === "hello") return [{ type: "snapshot", seq, epoch: raw.epoch, state: await asked() }];
  if (topic === "text") return [{ type: "change", seq, topic: "transcript", id: String(data.call), value: data }];
  if (topic === "tickets") return [{ type: "change", seq, topic: "tickets", id: String(data.number), value: data }];
  if (topic === "calls") return [{ type: "change", seq, topic: "calls", id: String(data.call_id), value: await callOf(String(data.call_id)) }];
  return [{ type: "snapshot", seq, state: await asked() }];
}

async function asked(): Promise<Extract<Message, { type: "snapshot" }>["state"]> {
  const [queue, lines] = await Promise.all([
    get<Queue>("/api/queue").catch((): Queue => ({ waiting: [], operators: [] })),
    get<Array<{ id: string; ended_at: string | null }>>("/api/calls?limit=50").catch(() => []),
  ]);
  const open = await Promise.all(lines.filter((line) => !line.ended_at).map((line) => callOf(line.id)));
  return {
    calls: Object.fromEntries(open.filter((one) => one !== null).map((one) => [one.id, one])),
    queues: { [QUEUE]: { id: QUEUE, waiting: queue.waiting } },
    operators: Object.fromEntries(queue.operators.map((one): [string, OperatorState] => [one.id, one])),
  };
}

async function callOf(id: string): Promise<CallState | null> {
  const call = await get<Call>(`/api/calls/${id}`).catch(() => null);
  if (!call || call.ended_at || !call.live) return null;
  const operator = call.live.parties.find((party) => party.role === "operator");
  const ringing = call.events.findLast((event) => event.kind.startsWith("operator-"));
  const rung = ringing?.kind === "operator-ringing" ? String(ringing.data.operator ?? "") : null;
  return { ...call, ...call.live, operator_id: operator?.name ?? rung, ticket_number: call.ticket?.number };
}
