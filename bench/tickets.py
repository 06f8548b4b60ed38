"""With a million tickets in Postgres: work lists, search, every report, and what the planner reads from end to end."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, get_args
from zoneinfo import ZoneInfo

from app.db.pool import Connection, Database, open_database
from app.db.queries import QUERIES
from app.people.model import Person
from app.regulations.loader import load_profile
from app.reports.answer import Asked, answer, statements
from app.reports.catalogue import REPORTS
from app.reports.question import ask
from app.tickets import worklists
from app.tickets.worklists import Wanted
from bench.desk_lists import DRAWN, drawn
from bench.figures import Figure, Target, percentile
from bench.measurement import Conditions, Measurement
from bench.tickets_population import BIG, population
from tests.support.postgres import sequential_scans

LISTS = Target("ticket_list_ms_p95", "ms", 100)
WORK_LISTS = Target("work_list_ms_p95", "ms", 100)
SEARCH = Target("ticket_search_ms_p95", "ms", 100)
REPORT = Target("report_ms_p95", "ms", 2000)
SCANS = Target("sequential_scans", "tables", 0)
_TICKETS, _FEW_TICKETS = 1_000_000, 20_000
_ROUNDS, _FEW_ROUNDS = 40, 5
_REPORT_ROUNDS = 20
_ZONE = ZoneInfo("Asia/Shanghai")
_PAGE = 50

Filters = Mapping[str, object]
Draw = Callable[["Lot"], Filters]

# The arguments of `list_tickets` by name, in its order, with what they are when nothing is asked for.
_NOTHING: Filters = {
    **dict.fromkeys(("status", "category", "unit", "caller")),
    "late": False,
    **dict.fromkeys(("since", "until", "text", "own", "after", "after_number")),
    "limit": _PAGE,
}


@dataclass(frozen=True)
class Lot:
    """What the queries of a round ask for, drawn anew each time as people would ask: the busy units more often."""

    random: random.Random
    callers: Sequence[str]
    now: datetime

    @property
    def unit(self) -> str:
        return f"unit-{1 + int(200 * self.random.random() ** 2)}"

    @property
    def caller(self) -> str:
        return self.random.choice(self.callers)

    @property
    def earlier(self) -> datetime:
        return self.now - timedelta(days=self.random.randint(1, 1000))

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)


_LISTS: Mapping[str, Draw] = {
    "latest": lambda lot: {},
    "a unit's": lambda lot: {"unit": lot.unit},
    "as a unit": lambda lot: {"own": lot.unit},
    "with a status": lambda lot: {"status": lot.one("received", "accepted", "reported", "archived")},
    "a unit's with a status": lambda lot: {"unit": lot.unit, "status": lot.one("accepted", "archived")},
    "late": lambda lot: {"late": True},
    "a unit's late": lambda lot: {"own": lot.unit, "late": True},
    "a caller's": lambda lot: {"caller": lot.caller},
    "a later page of a unit's": lambda lot: {"unit": lot.unit, "after": lot.earlier, "after_number": "9"},
    "a later page of a status": lambda lot: {"status": "accepted", "after": lot.earlier, "after_number": "9"},
    "a month's of a category": lambda lot: {
        "category": lot.one("complaint", "suggestion"),
        "since": (end := lot.earlier) - timedelta(days=30),
        "until": end,
    },
}
_SEARCHES: Mapping[str, Draw] = {
    "a common matter": lambda lot: {"text": lot.one("噪音", "路灯", "停水", "物业收费", "医保")},
    "a place": lambda lot: {"text": lot.one("河西街道翠苑社区", "东风街道锦绣", "老城街道紫荆花园小区1")},
    "a whole address": lambda lot: {"text": lot.one("联系地址7幢2287室", "金桂社区54号低保申请", "紫荆社区199号疫苗")},
    "what nobody said": lambda lot: {"text": lot.one("鳄鱼出没", "路灯噪音", "龘")},
    "one character": lambda lot: {"text": lot.one("灯", "水", "的", "苗")},
    "within a unit": lambda lot: {"own": lot.unit, "text": lot.one("噪音", "低保申请", "充电桩安装")},
    "long ago": lambda lot: {"text": lot.one("噪音", "低保申请"), "until": lot.now - timedelta(days=900)},
}


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Every kind of question many times, with drawn values; a figure is that of its slowest kind."""
    tickets = _FEW_TICKETS if conditions.quick else _TICKETS
    now = datetime.now(_ZONE)
    async with (
        population(conditions.directory / "postgres", tickets, now, conditions.say) as dsn,
        open_database(dsn, size=1, command_timeout=60) as database,
    ):
        lot = await _lot(database, now)
        rounds = conditions.runs(_ROUNDS) if not conditions.quick else _FEW_ROUNDS
        lists = await _kinds(database, _LISTS, lot, rounds)
        searches = await _kinds(database, _SEARCHES, lot, rounds)
        work = await _work_lists(database, lot, rounds)
        reports = await _reports(database, now, 2 if conditions.quick else _REPORT_ROUNDS)
        scans = await _scanned(database, lot)
        pages = await drawn(conditions, dsn, rounds)
    return [
        _slowest(LISTS, lists, conditions),
        _slowest(SEARCH, searches, conditions),
        _slowest(WORK_LISTS, work, conditions),
        _slowest(REPORT, reports, conditions),
        _slowest(DRAWN, pages, conditions),
        Figure(SCANS, (float(len(scans)),), ", ".join(sorted(scans))),
    ]


async def _lot(database: Database, now: datetime) -> Lot:
    async with database.acquire() as connection:
        rows = await connection.fetch("SELECT caller_phone FROM tickets ORDER BY received_at DESC LIMIT 500")
    return Lot(random.Random(12345), [row["caller_phone"] for row in rows], now)  # noqa: S311 - nothing secret


async def _kinds(database: Database, kinds: Mapping[str, Draw], lot: Lot, rounds: int) -> Mapping[str, Sequence[float]]:
    async with database.acquire() as connection:
        return {
            name: await _timed([_listing(connection, draw(lot)) for _ in range(rounds)]) for name, draw in kinds.items()
        }


def _listing(connection: Connection, filters: Filters) -> Callable[[], Awaitable[object]]:
    return lambda: connection.fetch(QUERIES["list_tickets"], *{**_NOTHING, **filters}.values())


async def _work_lists(database: Database, lot: Lot, rounds: int) -> Mapping[str, Sequence[float]]:
    """Every work list of the centre and of a unit: the first page, one looked for in, and all the counts."""
    office = Person("office", "back_office")
    found: dict[str, Sequence[float]] = {}
    async with database.acquire() as connection:

        async def look(wanted: Wanted, *, as_unit: bool) -> None:
            who = Person("duty", "unit", lot.unit) if as_unit else office
            if wanted.list in worklists.lists_of(who):
                await worklists.page(connection, who, wanted, lot.now)

        for name in worklists.LISTS:
            for sort in get_args(worklists.Sort):
                for as_unit in (False, True):
                    asked = partial(look, Wanted(name, sort), as_unit=as_unit)
                    found[f"{name} by {sort}{' of a unit' if as_unit else ''}"] = await _timed([asked] * rounds)
            searched = partial(look, Wanted(name, "received", "噪音"), as_unit=False)
            found[f"{name} with a word"] = await _timed([searched] * rounds)
        counted = partial(worklists.counts, connection, [office, Person("duty", "unit", "unit-1")], lot.now)
        found["all counts"] = await _timed([counted] * rounds)
    return found


async def _reports(database: Database, now: datetime, rounds: int) -> Mapping[str, Sequence[float]]:
    """Every report over a month and over a year."""
    found: dict[str, Sequence[float]] = {}
    for name in REPORTS:
        for days in (30, 365):
            asked = _asked(name, now, days)
            found[f"{name} of {days} days"] = await _timed(
                [partial(answer, database, asked, confidential=True)] * rounds
            )
    return found


def _asked(name: str, now: datetime, days: int) -> Asked:
    today: date = now.date()
    question = ask(name, today, first_day=today - timedelta(days=days), last_day=today)
    return Asked(question, load_profile("yixing-2011", {}), now, _ZONE)


async def _timed(work: Iterable[Callable[[], Awaitable[object]]]) -> list[float]:
    """Milliseconds that each took."""
    taken = []
    for each in work:
        began = time.perf_counter()
        await each()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _slowest(target: Target, kinds: Mapping[str, Sequence[float]], conditions: Conditions) -> Figure:
    tails = {name: percentile(times, 0.95) for name, times in kinds.items()}
    for name, tail in sorted(tails.items(), key=lambda item: -item[1]):
        conditions.say(f"{target.name}: {name} {tail:.0f} ms")
    name = max(tails, key=lambda kind: tails[kind])
    return Figure(target, (tails[name],), f"slowest: {name}; {len(tails)} kinds")


async def _scanned(database: Database, lot: Lot) -> set[str]:
    """The big tables that a list, a search or a report of a month reads from end to end."""
    found: set[str] = set()
    async with database.acquire() as connection:
        for draw in (*_LISTS.values(), *_SEARCHES.values()):
            asked = {**_NOTHING, **draw(lot)}.values()
            found |= sequential_scans(await _plan(connection, QUERIES["list_tickets"], *asked))
        for listed in worklists.LISTS:
            page, values = worklists.statement(Person("office", "back_office"), Wanted(listed, "due"), lot.now)
            found |= sequential_scans(await _plan(connection, page, *values))
        for name in REPORTS:
            for sql, arguments in statements(_asked(name, lot.now, 30)):
                found |= sequential_scans(await _plan(connection, sql, *arguments))
    return found & set(BIG)


async def _plan(connection: Connection, sql: str, *arguments: object) -> dict[str, Any]:
    """The plan that is really taken."""
    found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
    root: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return root


MEASUREMENT = Measurement("a million tickets", (LISTS, SEARCH, WORK_LISTS, REPORT, DRAWN, SCANS), 3600, measure)
