"""With some thousand tickets: search finds what the content holds, and nothing big is read from end to end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any, get_args

import pytest

from app.db.cluster import Cluster
from app.db.pool import Connection, Database, open_database
from app.db.queries import QUERIES
from app.people.model import Person
from app.regulations.loader import load_profile
from app.reports.answer import Asked, statements
from app.reports.catalogue import REPORTS
from app.reports.question import ask
from app.tickets import worklists
from bench.tickets_population import BIG, fill
from tests.integration.tickets.desk import ZONE
from tests.support.postgres import TEMPLATE, administrator, plan, sequential_scans

NOW = datetime(2026, 9, 30, 12, tzinfo=ZONE)
TICKETS = 3000
NAME = "many_tickets"


@pytest.fixture(scope="module")
def many_dsn(cluster: Cluster) -> Iterator[str]:
    asyncio.run(_make(cluster))
    yield cluster.dsn(NAME)
    asyncio.run(_drop(cluster))


async def _make(cluster: Cluster) -> None:
    async with administrator(cluster) as connection:
        await connection.execute(f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}")
    await fill(cluster.dsn(NAME), TICKETS, NOW, lambda _: None)


async def _drop(cluster: Cluster) -> None:
    async with administrator(cluster) as connection:
        await connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture
async def many(many_dsn: str) -> AsyncIterator[Database]:
    async with open_database(many_dsn, command_timeout=60) as database:
        yield database


def listing(*, text: str | None = None, unit: str | None = None, late: bool = False, limit: int = 50) -> Sequence[Any]:
    """The arguments of `list_tickets`."""
    return (None, None, unit, None, late, None, None, text, None, None, None, limit)


def indexes(node: dict[str, Any]) -> Iterator[str]:
    """The indexes that a plan uses."""
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", []):
        yield from indexes(child)


@pytest.mark.parametrize(
    "text",
    ["路灯不亮", "灯", "幢1", "社区7号", "不亮，已经反映", "鳄鱼", "龘", "的情况，希望有关部门尽快核实并答复来电人，"],
)
async def test_a_search_finds_what_the_content_holds_and_nothing_else(many: Database, text: str) -> None:
    async with many.acquire() as connection:
        found = await connection.fetch(QUERIES["list_tickets"], *listing(text=text, limit=TICKETS))
        held = await connection.fetch("SELECT number FROM tickets WHERE position($1 IN content) > 0", text)
    assert {row["number"] for row in found} == {row["number"] for row in held}


@pytest.mark.parametrize(
    ("content", "text", "found"),
    [
        ("100%_满意", "%_", True),
        ("100%满意", "%_", False),
        ("路'灯\\坏", "'灯\\", True),
        ("下载APP失败", "app", True),
        ("两  个空格", "  ", True),
        ("灯路", "路灯", False),
        ("水电停", "停水电", False),
        ("停水，水停", "停水停", False),
        ("任何内容", "", True),
    ],
)
async def test_a_search_takes_every_character_as_it_is(
    database: Database, content: str, text: str, found: bool
) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO tickets (number, profile, status, content, received_at) "
            "VALUES ('20260930-000001', 'p', 'received', $1, now())",
            content,
        )
        rows = await connection.fetch(QUERIES["list_tickets"], *listing(text=text))
    assert bool(rows) is found


async def test_a_rare_text_is_found_by_its_index(many: Database) -> None:
    async with many.acquire() as connection:
        found = await plan(connection, QUERIES["list_tickets"], *listing(text="紫荆社区7号低保申请"))
    assert "tickets_bigrams" in set(indexes(found))


async def test_a_units_tickets_come_from_its_own_index_in_order(many: Database) -> None:
    async with many.acquire() as connection:
        found = await plan(connection, QUERIES["list_tickets"], *listing(unit="unit-7", limit=5))
        listed = await connection.fetch(QUERIES["list_tickets"], *listing(unit="unit-7", limit=TICKETS))
        given = await connection.fetch(
            "SELECT number FROM tickets WHERE 'unit-7' = ANY (unit_ids) ORDER BY received_at DESC, number DESC"
        )
    assert "ticket_units_pkey" in set(indexes(found))
    assert [row["number"] for row in listed] == [row["number"] for row in given]


async def test_a_units_list_follows_its_tickets(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO tickets (number, profile, status, unit_ids, received_at) "
            "VALUES ('20260930-000001', 'p', 'dispatched', '{water,urban}', now())"
        )
        await connection.execute("UPDATE tickets SET unit_ids = '{urban,traffic}'")
        listed = {
            unit: len(await connection.fetch(QUERIES["list_tickets"], *listing(unit=unit)))
            for unit in ("water", "urban", "traffic")
        }
    assert listed == {"water": 0, "urban": 1, "traffic": 1}


async def test_late_tickets_are_found_by_their_indexes(many: Database) -> None:
    async with many.acquire() as connection:
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {QUERIES['list_tickets']}", *listing(late=True))
    root = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    assert {"tickets_late", "tickets_open"} <= set(indexes(root))


@pytest.mark.parametrize("filters", [{}, {"unit": "unit-7"}, {"late": True}, {"text": "噪音"}, {"text": "灯"}])
async def test_no_list_reads_all_tickets(many: Database, filters: dict[str, Any]) -> None:
    async with many.acquire() as connection:
        assert sequential_scans(await plan(connection, QUERIES["list_tickets"], *listing(**filters))) == set()


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("unit", [None, "unit-7"])
async def test_no_report_reads_a_big_table_from_end_to_end(many: Database, name: str, unit: str | None) -> None:
    own = unit if "unit" in REPORTS[name].filters else None
    asked = Asked(ask(name, NOW.date(), unit=own), load_profile("yixing-2011", {}), NOW, ZONE)
    async with many.acquire() as connection:
        scanned = [sequential_scans(await plan(connection, sql, *values)) for sql, values in statements(asked)]
    assert set[str]().union(*scanned) & set(BIG) == set()


@pytest.mark.parametrize("name", worklists.LISTS)
async def test_no_page_of_a_work_list_reads_a_big_table_from_end_to_end(many: Database, name: worklists.List) -> None:
    async with many.acquire() as connection:
        for who in (Person("office", "back_office"), Person("duty", "unit", "unit-7")):
            if name not in worklists.lists_of(who):
                continue
            for sort in get_args(worklists.Sort):
                for text in ("", "20260901-000001", "13812345678", "路灯"):
                    sql, arguments = worklists.statement(who, worklists.Wanted(name, sort, text), NOW)
                    assert sequential_scans(await plan(connection, sql, *arguments)) & set(BIG) == set(), (sort, text)


async def test_the_counts_are_those_of_the_lists_page_by_page(many: Database) -> None:
    async with many.acquire() as connection:
        busy = await connection.fetchval("SELECT substr(min(scope), 6) FROM ticket_lists WHERE scope LIKE 'unit:%'")
        people = [Person("office", "back_office"), Person("duty", "unit", busy)]
        counted = await worklists.counts(connection, people, NOW)
        for who in people:
            for name, count in counted[who].items():
                assert len(await _all_pages(connection, who, name)) == count, name
    assert counted[people[0]]["late"] > 0
    assert counted[people[1]]["open"] > 0


async def _all_pages(connection: Connection, who: Person, name: worklists.List) -> set[str]:
    found: list[str] = []
    sort, after = worklists.default_sort(name), None
    while True:
        rows = await worklists.page(connection, who, worklists.Wanted(name, sort, "", after, 100), NOW)
        found += [row["number"] for row in rows]
        if len(rows) < 100:
            assert len(found) == len(set(found)), name
            return set(found)
        after = worklists.place_of(rows[-1], sort)
