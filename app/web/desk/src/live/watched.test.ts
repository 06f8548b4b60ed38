import { describe, expect, it } from "vitest";
import { EMPTY_WATCH, watched } from "./watched";

describe("the pages that a browser shows", () => {
  it("are those of all its tabs, and a page is gone with the last tab that shows it", () => {
    const one = watched(EMPTY_WATCH, { tab: "a", pages: { "/api/tickets/1": 7 } });
    const two = watched(one, { tab: "b", pages: { "/api/tickets/1": 9, "/api/calls/x": 9 } });
    expect(two.all).toEqual({ "/api/tickets/1": 7, "/api/calls/x": 9 });
    const left = watched(two, { tab: "a", pages: {} });
    expect(left.all).toEqual({ "/api/tickets/1": 7, "/api/calls/x": 9 });
    expect(watched(left, { tab: "b", pages: {} }).all).toEqual({});
  });

  it("are told to the server only where they changed", () => {
    const one = watched(EMPTY_WATCH, { tab: "a", pages: { "/api/tickets/1": 7 } });
    const two = watched(one, { tab: "b", pages: { "/api/tickets/1": 9 } });
    expect(two.all).toBe(one.all);
  });

  it("are no more than the server watches", () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`/api/tickets/${n}`, n]));
    expect(Object.keys(watched(EMPTY_WATCH, { tab: "a", pages: many }).all)).toHaveLength(50);
  });
});
