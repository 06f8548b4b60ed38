// Each ring of a duty phone is seen to its end.
import { expect, it } from "vitest";
import type { CallState, Summons } from "@/live/reducer";
import { merged } from "./attempts";

const ring = (id: string, post: string): Summons => ({ party_id: id, unit_id: "water", unit_name: "水务局", post });
const call = (summons: Summons[], joined: string[] = []): CallState => ({
  id: "c", summons, parties: joined.map((id) => ({ party_id: id, role: "unit", name: "水务局" })),
});

it("post A that does not answer is shown as such while post B rings, and B as joined", () => {
  const first = merged([], call([ring("u1", "A")]), "t1");
  const second = merged(first, call([ring("u2", "B")]), "t2");
  const third = merged(second, call([], ["u2"]), "t3");
  expect(third.map((one) => [one.post, one.started_at, one.outcome])).toEqual([["A", "t1", "no-answer"], ["B", "t2", "joined"]]);
});

it("what an attempt came to does not change when its unit leaves later", () => {
  const joined = merged(merged([], call([ring("u1", "A")]), "t1"), call([], ["u1"]), "t2");
  expect(merged(joined, call([]), "t3")[0]?.outcome).toBe("joined");
});
