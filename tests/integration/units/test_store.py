"""The directory in Postgres: contacts keep their history, and the duty chain is one query."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from app.db.pool import Connection, Database
from app.units import store
from app.units.duty import NobodyOnDutyError
from app.units.importing import ImportPlan, UnitChange
from app.units.model import Contact, DutyPost, Shift, Unit
from app.units.store import DirectoryChangedError, UnknownUnitError

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_10 = datetime(2026, 9, 28, 10, tzinfo=SHANGHAI)
MONDAY_NIGHT = datetime(2026, 9, 28, 23, tzinfo=SHANGHAI)
LATER = MONDAY_10 + timedelta(days=30)
OFFICE = "Mon-Fri 08:30-17:30"
A = Contact("A", "赵一", "科员", phone="87650001", mobile="13800000001", hours=OFFICE)
B = Contact("B", "钱二", phone="87650002", hours=OFFICE)
LEADER = Contact("leader", "孙三", "副局长", mobile="13800000003", fax="87650009")
CENTRE = Unit("centre", "受理中心", tier=1)
WATER = Unit(
    "water", "水务局", 2, "centre", "供水、排水", ("停水", "水管"), "备注", "李四", "87650004", True, (A, B, LEADER)
)


def change(unit: Unit, before: Unit | None = None, *, late: bool = False) -> UnitChange:
    return UnitChange(2, unit, before, (), date(2026, 9, 25), late)


async def enter(
    connection: Connection, unit: Unit, before: Unit | None = None, at: datetime = MONDAY_10, *, late: bool = False
) -> None:
    await store.save(connection, change(unit, before, late=late), at, "admin")


async def enter_both(database: Database) -> None:
    plan = ImportPlan((change(WATER), change(CENTRE)), 0, ())
    async with database.transaction() as connection:
        await store.apply_import(connection, plan, MONDAY_10, "admin")


async def test_a_unit_comes_back_as_it_was_entered(database: Database) -> None:
    await enter_both(database)
    async with database.acquire() as connection:
        assert await store.get(connection, "water") == WATER
        assert await store.list_units(connection) == (CENTRE, WATER)
        with pytest.raises(UnknownUnitError, match="'power'"):
            await store.get(connection, "power")


async def test_a_changed_contact_closes_the_old_one_and_keeps_it(database: Database) -> None:
    await enter_both(database)
    new_b = Contact("B", "周五", phone="87650005")
    after = replace(WATER, contacts=(A, new_b, LEADER))
    async with database.transaction() as connection:
        await enter(connection, after, WATER, LATER, late=True)
    async with database.acquire() as connection:
        history = await store.contact_history(connection, "water")
        late = await store.late_changes(connection, MONDAY_10, LATER + timedelta(seconds=1))
        assert await store.get(connection, "water") == after
    posts_b = [dated for dated in history if dated.contact.post == "B"]
    assert [(dated.contact, dated.valid_from, dated.valid_to, dated.late) for dated in posts_b] == [
        (new_b, LATER, None, True),
        (B, MONDAY_10, LATER, False),
    ]
    assert len(history) == 4
    assert [(item.unit_id, item.post, item.told_at) for item in late] == [("water", "B", LATER)]


async def test_a_post_given_up_is_closed(database: Database) -> None:
    await enter_both(database)
    async with database.transaction() as connection:
        await enter(connection, replace(WATER, contacts=(A, LEADER)), WATER, LATER)
        assert (await store.get(connection, "water")).contact("B") is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE unit_contacts SET phone = '1234'",
        "UPDATE unit_contacts SET valid_from = valid_from - interval '1 day'",
        "DELETE FROM unit_contacts",
        "INSERT INTO unit_contacts (unit_id, post, valid_from, happened_on) VALUES ('water', 'B', now(), now())",
        "INSERT INTO unit_contacts (unit_id, post, phone, valid_from, happened_on) "
        "VALUES ('centre', 'B', '1;2', now(), now())",
    ],
)
async def test_history_cannot_be_rewritten_nor_rubbish_entered(database: Database, sql: str) -> None:
    await enter_both(database)
    async with database.acquire() as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(sql)


async def test_a_closed_contact_stays_closed_and_periods_do_not_overlap(database: Database) -> None:
    await enter_both(database)
    async with database.transaction() as connection:
        await enter(connection, replace(WATER, contacts=(A, LEADER)), WATER, LATER)
    async with database.acquire() as connection:
        with pytest.raises(asyncpg.RestrictViolationError, match="closed, never changed"):
            await connection.execute("UPDATE unit_contacts SET valid_to = now() WHERE valid_to IS NOT NULL")
        with pytest.raises(asyncpg.ExclusionViolationError, match="overlap"):
            await connection.execute(
                "INSERT INTO unit_contacts (unit_id, post, valid_from, happened_on) VALUES ('water', 'B', $1, $2)",
                LATER - timedelta(seconds=1),
                date(2026, 9, 1),
            )


async def test_an_import_is_refused_whole_when_somebody_changed_the_directory_meanwhile(database: Database) -> None:
    await enter_both(database)
    renamed = replace(WATER, name="水利局")
    async with database.transaction() as connection:
        await enter(connection, renamed, WATER)
    power = Unit("power", "供电局")
    plan = ImportPlan((change(power), change(replace(WATER, remit="防汛"), WATER)), 0, ())
    with pytest.raises(DirectoryChangedError, match="unit water"):
        async with database.transaction() as connection:
            await store.apply_import(connection, plan, LATER, "admin")
    async with database.acquire() as connection:
        assert await store.list_units(connection) == (CENTRE, renamed)


async def test_units_may_swap_names_in_one_import(database: Database) -> None:
    await enter_both(database)
    swapped = (change(replace(WATER, name=CENTRE.name), WATER), change(replace(CENTRE, name=WATER.name), CENTRE))
    async with database.transaction() as connection:
        await store.apply_import(connection, ImportPlan(swapped, 0, ()), LATER, "admin")
        assert (await store.get(connection, "centre")).name == "水务局"


async def test_search_finds_by_key_words_said_and_by_name(database: Database) -> None:
    await enter_both(database)
    power = Unit("power", "供电局", remit="供电", keywords=("停电", "电线"))
    pipes = Unit("pipes", "管道公司", 3, "water", keywords=("水管",))
    async with database.transaction() as connection:
        await enter(connection, power)
        await enter(connection, pipes)
        await enter(connection, replace(power, id="old", name="旧供电所", active=False))

        async def found(text: str) -> list[str]:
            return [unit.id for unit in await store.search(connection, text)]

        assert await found("我家小区停水了，水管也爆了") == ["water", "pipes"]
        assert await found("供电") == ["power"]
        assert await found("水务") == ["water"]
        assert await found("100%_") == []
        assert await found("  ") == []


async def test_the_duty_chain_reads_contacts_and_roster_together(database: Database) -> None:
    await enter_both(database)
    night = Shift(
        "water",
        date(2026, 9, 28),
        "夜班",
        "A",
        MONDAY_10.replace(hour=20),
        MONDAY_10.replace(hour=20) + timedelta(hours=12),
        "李四",
        "13900000009",
    )
    async with database.transaction() as connection:
        await store.save_roster(connection, [night])
    async with database.acquire() as connection:
        assert await store.duty_chain(connection, "water", MONDAY_10) == (
            DutyPost("A", "赵一", "87650001"),
            DutyPost("B", "钱二", "87650002"),
            DutyPost("leader", "孙三", "13800000003"),
        )
        assert await store.duty_chain(connection, "water", MONDAY_NIGHT) == (
            DutyPost("A", "李四", "13900000009"),
            DutyPost("leader", "孙三", "13800000003"),
        )


async def test_a_unit_without_contacts_and_a_unit_that_is_not_there_are_two_errors(database: Database) -> None:
    await enter_both(database)
    async with database.acquire() as connection:
        with pytest.raises(NobodyOnDutyError):
            await store.duty_chain(connection, "centre", MONDAY_10)
        with pytest.raises(UnknownUnitError):
            await store.duty_chain(connection, "power", MONDAY_10)


async def test_a_unit_out_of_service_is_neither_dialled_nor_among_the_numbers(database: Database) -> None:
    await enter_both(database)
    async with database.transaction() as connection:
        await enter(connection, replace(WATER, active=False), WATER)
        with pytest.raises(UnknownUnitError):
            await store.duty_chain(connection, "water", MONDAY_10)
        assert await store.all_phone_numbers(connection, MONDAY_10) == frozenset()


async def test_only_current_numbers_and_those_of_shifts_to_come_may_be_dialled(database: Database) -> None:
    await enter_both(database)
    shift = Shift("water", date(2026, 9, 28), "日", "B", MONDAY_10, MONDAY_NIGHT, "李四", "13900000009")
    current = {"87650001", "13800000001", "87650002", "13800000003"}
    async with database.transaction() as connection:
        await store.save_roster(connection, [shift])
        assert await store.all_phone_numbers(connection, MONDAY_10) == current | {"13900000009"}
        assert await store.all_phone_numbers(connection, MONDAY_NIGHT) == current
        await enter(connection, replace(WATER, contacts=(A, LEADER)), WATER, LATER)
        assert await store.all_phone_numbers(connection, LATER) == current - {"87650002"}


async def test_a_shift_entered_again_replaces_the_first(database: Database) -> None:
    await enter_both(database)
    shift = Shift("water", date(2026, 9, 28), "日", "B", MONDAY_10, MONDAY_NIGHT, "李四", "13900000009")
    async with database.transaction() as connection:
        await store.save_roster(connection, [shift])
        await store.save_roster(connection, [replace(shift, name="王五")])
        found = await store.roster(connection, MONDAY_10, LATER)
        assert [item.name for item in found] == ["王五"]
        assert await store.roster(connection, MONDAY_NIGHT, LATER, "water") == ()


async def test_a_shift_of_an_unknown_unit_is_refused(database: Database) -> None:
    shift = Shift("nowhere", date(2026, 9, 28), "日", "B", MONDAY_10, MONDAY_NIGHT)
    with pytest.raises(UnknownUnitError, match="nowhere"):
        async with database.transaction() as connection:
            await store.save_roster(connection, [shift])


async def test_a_unit_is_found_by_any_of_its_telephones_now(database: Database) -> None:
    await enter_both(database)
    shift = Shift(
        "water", date(2026, 9, 28), "night", "A", MONDAY_NIGHT, MONDAY_NIGHT + timedelta(hours=8), "夜班", "87650077"
    )
    async with database.transaction() as connection:
        await store.save_roster(connection, [shift])
    async with database.acquire() as connection:
        for phone, now in (("87650001", MONDAY_10), ("13800000003", MONDAY_10), ("87650077", MONDAY_NIGHT)):
            found = await store.by_phone(connection, phone, now)
            assert found is not None, phone
            assert found.id == "water"
        for phone in ("87650077", "87650009", "87650000"):
            assert await store.by_phone(connection, phone, MONDAY_10) is None, phone
