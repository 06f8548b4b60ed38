// When the wall raises an alarm. Pure.
import type { LiveState, Waiting } from "@/live/reducer";

export interface Standing {
  waiting: number;
  /** Seconds. */
  longest: number;
  ready: number;
  staffed: number;
  /** Calls answered in time today, 0 to 1; null before the first. */
  rate: number | null;
  up: boolean;
}

export interface Alarm {
  key: string;
  text: string;
  args: Record<string, number>;
}

const LONG_S = 60;
const CROWD = 5;
// GB/T 33358-2016: 95 % of the calls are answered within 15 s.
const WANTED = 0.95;

export function alarms(now: Standing): Alarm[] {
  const found: Array<Alarm | false> = [
    !now.up && { key: "down", text: "与服务器的连接中断，数字可能不是最新的", args: {} },
    now.longest > LONG_S && { key: "long", text: "有来电等待超过{n}秒", args: { n: LONG_S } },
    now.waiting >= CROWD && { key: "crowd", text: "排队已达{n}人", args: { n: now.waiting } },
    now.waiting > 0 && now.staffed === 0 && { key: "nobody", text: "有人排队而无人在席", args: {} },
    now.rate !== null && now.rate < WANTED && { key: "rate", text: "今日15秒接通率低于{n}%", args: { n: WANTED * 100 } },
  ];
  return found.filter((one) => one !== false);
}

/** All that wait, over all queues, who waits longest first. */
export const waitingOf = (state: LiveState): Waiting[] =>
  Object.values(state.queues).flatMap((queue) => queue.waiting ?? []).sort((one, other) => one.since.localeCompare(other.since));
