"""The desk while calls come in: from the telephone's ring to the caller's card, what a call makes browsers ask for."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from playwright.async_api import Page, Request

from app.demo.scenarios import Wait, answering
from app.people.model import Person
from bench.browser import address, browser, logged_in, opened, session_of
from bench.figures import Figure, Target, percentile
from bench.load import Calls, Load, Rate, caller_scenario, noting_received
from bench.measurement import Conditions, Measurement
from bench.party_joined import first_after
from bench.process import cpu_of
from bench.stage import Stage, stage
from tests.support.city import QUICK, until
from tests.support.phones import free_udp_port, heard_at

CARD = Target("desk_ring_to_card_ms_p95", "ms", 300)
LOAD = Target("desk_first_load_kb", "kB", 450)
OWN = Target("desk_requests_per_call", "requests", 12)
OTHERS = Target("desk_requests_not_concerned", "requests", 0)
FEED = Target("desk_feed_60", "ms", 250)
_CALLS, _FEW_CALLS, _RUNS = 40, 8, 3
_RINGS_S, _TALKS_S, _STILL_S = 1.0, 1.5, 1.0
_ANY_NUMBER = 1_000_000
_FEEDS, _FED_CALLS, _EVERY_S = 60, 20, 3.0
_STEP_S = 20.0

# When each card was there to be seen: at the second frame after it came into the page, in milliseconds since the epoch.
_WATCH = """() => {
  window.cards = [];
  let shown = false;
  const look = () => {
    const now = document.querySelector(".card.ringing") !== null;
    const note = () => window.cards.push(performance.timeOrigin + performance.now());
    if (now && !shown) requestAnimationFrame(() => requestAnimationFrame(note));
    shown = now;
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


@dataclass
class Desk:
    """A page of somebody's, and what it has asked the server for."""

    page: Page
    asked: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url}")


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Calls one after the other to one operator's seat with the desk open, a second seat beside it; then the feeds."""
    cards: list[float] = []
    own: list[float] = []
    others: list[float] = []
    number = _FEW_CALLS if conditions.quick else _CALLS
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(stage(conditions, operators=_FEEDS))
        seats = await stack.enter_async_context(_seat(city))
        running = await stack.enter_async_context(browser())
        sessions = [await session_of(city.city, _operator(seat)) for seat in range(2)]
        kilobytes = await _first_load(await logged_in(running, city.city, sessions[0]), city)
        concerned, beside = [Desk(await logged_in(running, city.city, session)) for session in sessions]
        for desk in (concerned, beside):
            await opened(desk.page, city.city, "operator")
            desk.page.on("request", desk.note)
        await concerned.page.evaluate(_WATCH)
        for run in range(conditions.runs(_RUNS)):
            conditions.say(f"run {run + 1}: {number} calls to a seat with the desk open")
            drawn, per_call, not_concerned = await _run(city, seats, run, number, concerned, beside)
            cards.append(percentile(drawn, 0.95))
            own.append(percentile(per_call, 0.5))
            others.append(not_concerned)
        await running.close()
        feeds, note = await _feeds(city, conditions)
    asked = ", ".join(sorted({path.partition("/api/")[2] for path in beside.asked}))
    return [
        Figure(CARD, tuple(cards), f"{number} calls a run"),
        Figure(LOAD, (kilobytes,)),
        Figure(OWN, tuple(own)),
        Figure(OTHERS, tuple(others), asked),
        Figure(FEED, tuple(feeds), note),
    ]


def _operator(seat: int) -> Person:
    return Person(f"seat{seat}", "operator", None, f"op{1001 + seat}")


@asynccontextmanager
async def _seat(city: Stage) -> AsyncIterator[Calls]:
    """The first operator's telephone: rings for a second, answers, is hung up on; it notes when it is rung."""
    port = free_udp_port()
    await city.register(["op1001"], port)
    phone = noting_received(heard_at(answering(rings=_RINGS_S), city.sink), "INVITE")
    async with city.load("seat", Load(phone, _ANY_NUMBER, port=port)) as seat:
        await city.city.operator("op1001", "ready")
        yield seat


async def _first_load(page: Page, city: Stage) -> float:
    """Kilobytes over the wire of the page and all its files, for a browser that was never here."""
    tools = await page.context.new_cdp_session(page)
    files: dict[str, str] = {}
    sizes: dict[str, float] = {}
    tools.on("Network.requestWillBeSent", lambda told: files.update({told["requestId"]: told["request"]["url"]}))
    tools.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
    await tools.send("Network.enable")
    await opened(page, city.city, "operator")
    await page.wait_for_load_state("networkidle")
    total = sum(size for request, size in sizes.items() if "/api/" not in files.get(request, ""))
    await page.context.close()
    return total / 1000


async def _run(
    city: Stage, seats: Calls, run: int, number: int, concerned: Desk, beside: Desk
) -> tuple[list[float], list[float], float]:
    """Milliseconds from ring to card of each call, requests of each call, and requests of who is not concerned."""
    drawn: list[float] = []
    per_call: list[float] = []
    before = len(beside.asked)
    for call in range(number):
        began, asked = time.time(), len(concerned.asked)
        cards = await _cards(concerned.page)
        # Seven callers who call again and again: there is a history to be shown.
        caller = f"139{run}{call % 7:07}"
        async with city.city.exchange.citizen(caller, Wait(_RINGS_S + _TALKS_S), dialled=QUICK) as phone:
            seen = await _next_card(concerned.page, cards)
            await phone.finished(_STEP_S)
        rang = first_after(sorted(seats.logged("INVITE").values()), began)
        drawn.append(seen - rang * 1000)
        await city.all_finished(_STEP_S)
        await asyncio.sleep(_STILL_S)
        per_call.append(len(concerned.asked) - asked)
    return drawn, per_call, float(len(beside.asked) - before)


async def _cards(page: Page) -> list[float]:
    found: list[float] = await page.evaluate("window.cards")
    return found


async def _next_card(page: Page, before: Sequence[float]) -> float:
    """When the next card was drawn, in milliseconds since the epoch. Raises TimeoutError."""

    async def look() -> list[float]:
        return (await _cards(page))[len(before) :]

    return (await until(look, "the caller's card is drawn", _STEP_S))[0]


async def _feeds(city: Stage, conditions: Conditions) -> tuple[list[float], str]:
    """The 99th percentile, over sixty feeds, from the caller's INVITE and BYE to the message that tells of it."""
    sessions = [await session_of(city.city, Person(f"feed{seat}", "supervisor")) for seat in range(_FEEDS)]
    calls = 4 if conditions.quick else _FED_CALLS
    conditions.say(f"{_FEEDS} feeds, {calls} calls, one every {_EVERY_S:g} s")
    async with AsyncExitStack() as stack:
        heard = [await _follow(stack, city, session) for session in sessions]
        cpu, began = cpu_of(city.service.pid), time.monotonic()
        async with asyncio.TaskGroup() as group:
            tasks = []
            for call in range(calls):
                tasks.append(group.create_task(_fed_call(city, f"158{call:02}")))
                await asyncio.sleep(_EVERY_S)
        used = (cpu_of(city.service.pid) - cpu) / (time.monotonic() - began)
        await asyncio.sleep(_STILL_S)
        told = [times for task in tasks for times in task.result()]
    late = [first_told(feed, caller, phase, at) for feed in heard for caller, phase, at in told]
    return [percentile(late, 0.99) * 1000], f"{len(late)} messages; the service used {used:.0%} of a CPU"


async def _follow(stack: AsyncExitStack, city: Stage, session: str) -> list[tuple[float, Mapping[str, object]]]:
    """What one browser's feed is told, with the second at which it came."""
    http = await stack.enter_async_context(
        aiohttp.ClientSession(address(city.city), headers={"Authorization": f"Bearer {session}"})
    )
    socket = await stack.enter_async_context(http.ws_connect("/api/live"))
    heard: list[tuple[float, Mapping[str, object]]] = []

    async def listen() -> None:
        async for message in socket:
            heard.append((time.time(), json.loads(message.data)))

    group = await stack.enter_async_context(asyncio.TaskGroup())
    task = group.create_task(listen())
    stack.callback(task.cancel)
    await until(lambda: _begun(heard), "the feed has begun", _STEP_S)
    return heard


async def _begun(heard: Sequence[object]) -> bool:
    return bool(heard)


async def _fed_call(city: Stage, prefix: str) -> list[tuple[str, str, float]]:
    """A call's caller with what happened and when: `here` at its INVITE, `gone` at its BYE."""
    load = Load(caller_scenario(prefix, QUICK, [Wait(_RINGS_S + _TALKS_S)], city.sink), 1, Rate(1))
    async with city.load(f"feed-{prefix}", load) as calls:
        await calls.finished(_STEP_S)
        invited, hung_up = calls.logged("INVITE"), calls.logged("BYE")
    return [
        (caller, phase, at) for phase, times in (("here", invited), ("gone", hung_up)) for caller, at in times.items()
    ]


def first_told(feed: Sequence[tuple[float, Mapping[str, object]]], caller: str, phase: str, at: float) -> float:
    """Seconds from `at` until this feed was told that the caller's call is `here`, or `gone`. Raises ValueError."""
    mine: str | None = None
    for came, message in feed:
        value = message.get("value")
        if message.get("topic") != "calls":
            continue
        if isinstance(value, Mapping) and value.get("caller") == caller:
            mine = str(message.get("id"))
            if phase == "here" and came >= at:
                return came - at
        elif phase == "gone" and value is None and mine is not None and message.get("id") == mine:
            return came - at
    raise ValueError(f"no feed was told that {caller} is {phase}")


MEASUREMENT = Measurement("the desk in calls", (CARD, LOAD, OWN, OTHERS, FEED), 1200, measure)
