import { expect, it } from "vitest";
import type { Ring } from "@/api/types";
import { joined } from "./rings";

const ring = (started_at: string, outcome: string | null = "accepted"): Ring => ({
  call_id: null, post: "A", mode: "join", started_at, answered_at: null, ended_at: null, outcome,
});

it("keeps what was asked for further back, once and as it is now", () => {
  const newest = [ring("3"), ring("2", "declined")];
  expect(joined(newest, [ring("2", null), ring("1")])).toEqual([ring("3"), ring("2", "declined"), ring("1")]);
});
