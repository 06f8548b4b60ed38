// A saved search is offered where its page is.
import { describe, expect, it } from "vitest";
import { within } from "./saved";

const view = (name: string, path: string) => ({ name, path, saved_at: "2026-11-28T09:00:00+08:00" });

describe("saved searches", () => {
  it("are offered on their page and on those above it, and nowhere else", () => {
    const all = [view("a", "/tickets/all?unit=water"), view("b", "/tickets/late"), view("c", "/calls?q=x"), view("d", "/callsx?q=x")];
    expect(within(all, "/tickets").map((one) => one.name)).toEqual(["a", "b"]);
    expect(within(all, "/calls").map((one) => one.name)).toEqual(["c"]);
  });
});
