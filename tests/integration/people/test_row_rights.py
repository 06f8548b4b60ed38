"""What Postgres shows to a SQL user who holds a unit's role, whatever they try."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from app.db.cluster import Cluster
from app.db.migrate import migrate
from app.db.pool import Connection, Database, DatabaseUnavailable, open_database
from app.people import caller_views
from app.people.model import ROLES, Person, Role
from app.people.rights import Forbidden
from app.people.sqlrole import acting_as, sql_role
from tests.support.postgres import administrator, scratch_cluster

AT = datetime(2026, 9, 30, 8, tzinfo=UTC)
WATER = Person("wa", "unit", unit_id="water")
DISCIPLINE = Person("di", "unit", unit_id="discipline")
OPERATOR = Person("op", "operator", operator_id="op1001")
SECRET = "局长收受二十万元"
OPEN, REPORT, ANONYMOUS, OTHERS, NOBODYS = (f"20260930-00000{n}" for n in range(1, 6))
WATER_LOGIN = "test_login_of_water"
HIDDEN_FROM_WATER = {REPORT, OTHERS, NOBODYS}

SETTINGS = (
    "SET hotline.unit_id = 'discipline'",
    "SELECT set_config('hotline.unit_id', 'discipline', false)",
    "RESET ROLE",
    "SET search_path = pg_temp, public",
)
FORBIDDEN = (
    'SET ROLE "hotline_unit_discipline"',
    "SET ROLE hotline_operator",
    "SET ROLE postgres",
    'SET SESSION AUTHORIZATION "hotline_unit_discipline"',
    "SET row_security = off; SELECT number FROM tickets",
    "ALTER TABLE tickets DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON tickets USING (true)",
    "DROP POLICY units_see_their_own ON tickets",
    "CREATE OR REPLACE FUNCTION own_unit() RETURNS text LANGUAGE sql AS $$ SELECT 'discipline' $$",
    "CREATE FUNCTION public.mine() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
    "CREATE TABLE public.mine (x text)",
    "CREATE ROLE hotline_unit_mine",
    "SELECT make_role('hotline_unit_mine', 'hotline_unit')",
    "UPDATE tickets SET unit_ids = unit_ids",
    "UPDATE tickets SET confidential = false",
    "DELETE FROM tickets",
    "INSERT INTO tickets (number) VALUES ('20260930-000009')",
    "INSERT INTO ticket_history (number, n, at, action, actor) VALUES ('20260930-000002', 9, now(), 'x', 'x')",
    "UPDATE calls SET confidential = false",
    "SELECT * FROM tickets",
    "SELECT state FROM tickets",
    "SELECT suggestions FROM tickets",
    "SELECT data FROM ticket_history",
    "SELECT caller FROM calls",
    "SELECT data FROM call_events",
    "SELECT * FROM call_parties",
    "SELECT * FROM unit_attempts",
    "SELECT * FROM protected_callers",
    "SELECT * FROM confidential_stubs",
    "SELECT * FROM users",
    "SELECT * FROM tokens",
    "SELECT * FROM login_attempts",
    "SELECT * FROM audit_log",
    "INSERT INTO audit_log (user_name, role, action, subject) VALUES ('x', 'x', 'x', 'x')",
    "INSERT INTO units (id, name, tier) VALUES ('x', 'x', 2)",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT * FROM pg_statistic",
    "SELECT lo_import('/etc/hostname')",
    "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION make_role()",
)
QUERIES = (
    "SELECT number FROM peek",
    "SELECT number FROM tickets WHERE confidential OR true",
    "SELECT t.number FROM units u, LATERAL (SELECT number FROM tickets) t",
    "SELECT number FROM tickets UNION ALL SELECT merged_into FROM tickets WHERE merged_into IS NOT NULL",
    "SELECT t.number FROM tickets t RIGHT JOIN calls c ON c.id = t.call_id",
    "SELECT number FROM tickets TABLESAMPLE SYSTEM (100)",
)


async def add_ticket(connection: Connection, number: str, **columns: Any) -> None:
    call_id = f"n1-{number[-1]}.1"
    await connection.execute(
        "INSERT INTO calls (id, node, caller, caller_name, started_at) VALUES ($1, 'n1', '13800000001', '张三', $2)",
        call_id,
        AT,
    )
    values = {
        "number": number,
        "call_id": call_id,
        "profile": "yixing-2011",
        "status": "dispatched",
        "category": "complaint",
        "received_at": AT,
        "caller_phone": "13800000001",
        "caller_name": "张三",
        "caller_address": "某小区",
        "unit_ids": ["water"],
        "state": {"caller": "张三"},
        **columns,
    }
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO tickets ({', '.join(values)}) VALUES ({places})", *values.values())  # noqa: S608
    await _add_what_hangs_on_it(connection, number, call_id)


async def _add_what_hangs_on_it(connection: Connection, number: str, call_id: str) -> None:
    await connection.execute(
        "INSERT INTO ticket_history VALUES ($1, 1, $2, 'receive', 'op1001', $3)", number, AT, {"caller": "张三"}
    )
    await connection.execute(
        "INSERT INTO ticket_notices (number, key, at, recipient, kind, text) VALUES ($1, 'k', $2, 'water', 'k', 't')",
        number,
        AT,
    )
    await connection.execute("INSERT INTO transcripts VALUES ($1, $2, 'm')", call_id, [{"text": SECRET}])
    await connection.execute(
        "INSERT INTO recordings (call_id, kind, role, name, path, seconds, sha256) "
        "VALUES ($1, 'track', 'citizen', 'c', $1, 1, repeat('0', 64))",
        call_id,
    )
    await connection.execute(
        "INSERT INTO call_events (call_id, key, kind, at) VALUES ($1, 'k', 'started', $2)", call_id, AT
    )
    await connection.execute("INSERT INTO call_parties VALUES ($1, 'p1', 'citizen', '张三', $2, NULL)", call_id, AT)
    await connection.execute(
        "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at) "
        "VALUES ($1 || '-u1', $1, 'water', 'A', 'join', $2)",
        call_id,
        AT,
    )


@pytest.fixture
async def filled(database: Database) -> Database:
    """An open ticket, an economic report that water was wrongly given too, an anonymous caller, and two others."""
    async with database.transaction() as connection:
        for unit_id in ("water", "discipline", "power"):
            await connection.execute("INSERT INTO units (id, name, tier) VALUES ($1, $1, 2)", unit_id)
            await connection.execute(
                "INSERT INTO unit_contacts (unit_id, post, phone, valid_from, happened_on) "
                "VALUES ($1, 'A', '123', now(), now())",
                unit_id,
            )
        await add_ticket(connection, OPEN, content="水管爆裂")
        await add_ticket(
            connection,
            REPORT,
            category="report_economic",
            content=SECRET,
            unit_ids=["discipline", "water"],
            discipline_unit="discipline",
            confidential=True,
        )
        await add_ticket(connection, ANONYMOUS, content="匿名", anonymous=True)
        await add_ticket(connection, OTHERS, content="停电", unit_ids=["power"])
        await add_ticket(connection, NOBODYS, content=SECRET, confidential=True)
    return database


@pytest.fixture
async def water_sql(filled: Database, cluster: Cluster, database_name: str) -> AsyncIterator[Connection]:
    """A connection of a SQL user who logged in with a password of their own and may take water's role."""
    async with filled.acquire() as owner:
        await owner.execute(f"DROP ROLE IF EXISTS {WATER_LOGIN}")
        await owner.execute(f'CREATE ROLE {WATER_LOGIN} LOGIN IN ROLE "hotline_unit_water"')
    connection = await asyncpg.connect(cluster.dsn(database_name), user=WATER_LOGIN, timeout=5)
    try:
        await connection.execute('SET ROLE "hotline_unit_water"')
        yield connection
    finally:
        await connection.close()
        async with filled.acquire() as owner:
            await owner.execute(f"DROP OWNED BY {WATER_LOGIN}")
            await owner.execute(f"DROP ROLE {WATER_LOGIN}")


async def numbers(connection: Connection, sql: str = "SELECT number FROM tickets") -> set[str]:
    return {row["number"] for row in await connection.fetch(sql)}


async def test_a_unit_sees_its_own_tickets_and_no_confidential_one(water_sql: Connection) -> None:
    assert await numbers(water_sql) == {OPEN, ANONYMOUS}
    assert await numbers(water_sql, "SELECT number FROM ticket_history") == {OPEN, ANONYMOUS}
    assert await numbers(water_sql, "SELECT number FROM ticket_notices") == {OPEN, ANONYMOUS}


async def test_a_unit_hears_and_reads_the_calls_of_its_named_callers_only(water_sql: Connection) -> None:
    for table in ("recordings", "transcripts"):
        rows = await water_sql.fetch(f"SELECT call_id FROM {table}")  # noqa: S608
        assert [row["call_id"] for row in rows] == ["n1-1.1"]
    assert {row["id"] for row in await water_sql.fetch("SELECT id FROM calls")} == {"n1-1.1", "n1-3.1"}


async def test_a_units_list_is_found_by_index_through_the_policies(filled: Database) -> None:
    async with acting_as(filled, WATER) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        lines = await connection.fetch("EXPLAIN SELECT number, content FROM tickets")
    plan = "\n".join(line[0] for line in lines)
    assert "tickets_units" in plan
    assert "tickets_discipline" in plan


async def test_the_discipline_unit_sees_its_report_with_call_recording_and_words(filled: Database) -> None:
    async with acting_as(filled, DISCIPLINE) as connection:
        assert await numbers(connection) == {REPORT}
        assert await connection.fetchval("SELECT content FROM tickets") == SECRET
        for table in ("recordings", "transcripts"):
            rows = await connection.fetch(f"SELECT call_id FROM {table}")  # noqa: S608
            assert [row["call_id"] for row in rows] == ["n1-2.1"]


@pytest.mark.parametrize("role", ["operator", "back_office", "supervisor", "auditor"])
async def test_the_centre_sees_open_tickets_and_only_stubs_of_confidential_ones(filled: Database, role: Role) -> None:
    async with acting_as(filled, Person("x", role)) as connection:
        assert await numbers(connection) == {OPEN, ANONYMOUS, OTHERS}
        stubs = await connection.fetch("SELECT * FROM confidential_stubs")
    assert {stub["number"] for stub in stubs} == {REPORT, NOBODYS}
    assert SECRET not in str(stubs)


@pytest.mark.parametrize("role", ["operator", "back_office", "supervisor"])
async def test_the_centre_neither_hears_nor_reads_confidential_calls(filled: Database, role: Role) -> None:
    async with acting_as(filled, Person("x", role)) as connection:
        for table in ("recordings", "transcripts", "call_events", "call_parties", "unit_attempts"):
            rows = await connection.fetch(f"SELECT call_id FROM {table}")  # noqa: S608
            assert {row["call_id"] for row in rows} == {"n1-1.1", "n1-3.1", "n1-4.1"}


async def test_whoever_keeps_the_accounts_sees_no_ticket(filled: Database) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting_as(filled, Person("ad", "admin")) as connection:
            await connection.fetch("SELECT number FROM tickets")


async def test_every_role_of_the_service_has_a_role_in_the_database(filled: Database) -> None:
    people = [Person("x", role, unit_id="water" if role == "unit" else None) for role in ROLES]
    for person in people:
        async with acting_as(filled, person) as connection:
            assert await connection.fetchval("SELECT current_user") == sql_role(person)


async def test_the_count_remains_for_everybody(water_sql: Connection, filled: Database) -> None:
    count = "SELECT * FROM confidential_counts('2026-09-30', '2026-09-30')"
    expected = [(date(2026, 9, 30), "complaint", 1), (date(2026, 9, 30), "report_economic", 1)]
    assert [tuple(row) for row in await water_sql.fetch(count)] == expected
    async with acting_as(filled, OPERATOR) as connection:
        assert [tuple(row) for row in await connection.fetch(count)] == expected
        assert await connection.fetch("SELECT * FROM confidential_counts('2026-09-29', '2026-09-29')") == []


async def refused(connection: Connection, sql: str) -> bool:
    """Whether Postgres refuses a statement for want of rights; whatever it did is undone."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(sql)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedFunctionError):
        return True
    finally:
        await transaction.rollback()
    return False


async def test_no_setting_shows_more(water_sql: Connection) -> None:
    for sql in SETTINGS:
        await water_sql.execute(sql)
        assert await numbers(water_sql) <= {OPEN, ANONYMOUS}, sql


async def test_what_a_unit_may_not_do_is_refused(water_sql: Connection) -> None:
    assert [sql for sql in FORBIDDEN if not await refused(water_sql, sql)] == []


async def test_no_query_finds_a_hidden_ticket(water_sql: Connection) -> None:
    await water_sql.execute("CREATE TEMP VIEW peek AS SELECT number, content FROM tickets")
    for sql in QUERIES:
        assert await numbers(water_sql, sql) & HIDDEN_FROM_WATER == set(), sql


async def test_functions_of_their_own_are_never_shown_hidden_rows(water_sql: Connection) -> None:
    """A cheap function that talks is called before the policy unless Postgres knows that it must not be."""
    heard: list[str] = []
    water_sql.add_log_listener(lambda _, message: heard.append(str(message)))
    await water_sql.execute(
        "CREATE FUNCTION pg_temp.tell(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS "
        "$$ BEGIN RAISE NOTICE '% %', $1, $2; RETURN true; END $$"
    )
    await water_sql.fetch("SELECT number FROM tickets WHERE pg_temp.tell(number, content)")
    await water_sql.fetch("SELECT call_id FROM transcripts WHERE pg_temp.tell(call_id, turns::text)")
    assert any(OPEN in text for text in heard)
    assert not any(number in text for text in heard for number in HIDDEN_FROM_WATER)
    assert not any("n1-2.1" in text or "n1-5.1" in text for text in heard)


async def test_a_function_defined_as_security_definer_runs_as_its_maker(water_sql: Connection) -> None:
    await water_sql.execute(
        "CREATE FUNCTION pg_temp.peek() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER "
        "AS $$ SELECT number FROM public.tickets $$"
    )
    rows = await water_sql.fetch("SELECT pg_temp.peek() AS number")
    assert {row["number"] for row in rows} == {OPEN, ANONYMOUS}


async def test_an_error_does_not_tell_what_a_hidden_row_holds(water_sql: Connection) -> None:
    """Casting a hidden row's text to a number would put the text into the error message."""
    with pytest.raises(asyncpg.InvalidTextRepresentationError) as refusal:
        await water_sql.fetch("SELECT number FROM tickets WHERE content::integer = 1")
    assert SECRET not in str(refusal.value)
    found = await water_sql.fetch(
        "SELECT number FROM tickets WHERE number = $1 AND 1 / (length(content) - length(content)) = 1", REPORT
    )
    assert found == []


async def test_a_copy_holds_visible_rows_only(water_sql: Connection) -> None:
    copied = io.BytesIO()
    await water_sql.copy_from_query("SELECT number, content FROM tickets", output=copied)
    text = copied.getvalue().decode()
    assert OPEN in text
    assert SECRET not in text
    assert REPORT not in text


async def test_statistics_of_the_planner_do_not_hold_hidden_words(filled: Database, water_sql: Connection) -> None:
    async with filled.acquire() as owner:
        await owner.execute("ANALYZE tickets")
    statistics = "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename = 'tickets'"
    async with filled.acquire() as owner:
        assert SECRET in str(await owner.fetch(statistics))
    assert SECRET not in str(await water_sql.fetch(statistics))


async def test_whoever_logs_in_without_taking_a_units_role_sees_nothing(water_sql: Connection) -> None:
    await water_sql.execute("RESET ROLE")
    assert await numbers(water_sql) == set()


async def test_a_caller_who_will_not_be_named_is_moved_out_of_the_ticket(filled: Database) -> None:
    async with filled.acquire() as connection:
        kept = "SELECT caller_phone, caller_name, caller_address FROM tickets WHERE number = $1"
        for number in (ANONYMOUS, REPORT, NOBODYS):
            assert tuple(await connection.fetchrow(kept, number) or ()) == ("", "", "")
        assert tuple(await connection.fetchrow(kept, OPEN) or ()) == ("13800000001", "张三", "某小区")
        await connection.execute("UPDATE tickets SET caller_name = '张三丰' WHERE number = $1", ANONYMOUS)
        assert tuple(await connection.fetchrow(kept, ANONYMOUS) or ()) == ("", "", "")
    found = await caller_views.protected_caller(filled, OPERATOR, ANONYMOUS, None)
    assert found == caller_views.ProtectedCaller("13800000001", "张三丰", "某小区")


async def test_a_ticket_made_confidential_later_hides_its_call_and_caller_from_then_on(filled: Database) -> None:
    async with filled.acquire() as connection:
        await connection.execute(
            "UPDATE tickets SET confidential = true, discipline_unit = 'discipline' WHERE number = $1", OPEN
        )
    async with acting_as(filled, WATER) as connection:
        assert await numbers(connection) == {ANONYMOUS}
        assert await connection.fetch("SELECT call_id FROM recordings") == []
    async with acting_as(filled, OPERATOR) as connection:
        assert await connection.fetch("SELECT id FROM calls WHERE id = 'n1-1.1'") == []
    async with filled.acquire() as connection:
        assert await connection.fetchval("SELECT caller_phone FROM tickets WHERE number = $1", OPEN) == ""


async def test_looking_at_a_protected_caller_is_on_record_and_so_is_trying(filled: Database) -> None:
    with pytest.raises(Forbidden):
        await caller_views.protected_caller(filled, WATER, ANONYMOUS, "192.0.2.7")
    with pytest.raises(Forbidden):
        await caller_views.protected_caller(filled, OPERATOR, REPORT, "192.0.2.8")
    assert await caller_views.protected_caller(filled, DISCIPLINE, REPORT, "192.0.2.9") is not None
    assert await caller_views.protected_caller(filled, OPERATOR, OPEN, "192.0.2.8") is None
    async with filled.acquire() as connection:
        rows = await connection.fetch("SELECT user_name, action, subject, host(address) FROM audit_log ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("wa", "ticket.caller.refused", f"ticket:{ANONYMOUS}", "192.0.2.7"),
        ("op", "ticket.caller.refused", f"ticket:{REPORT}", "192.0.2.8"),
        ("di", "ticket.caller", f"ticket:{REPORT}", "192.0.2.9"),
    ]


async def test_reading_as_a_person_writes_nothing(filled: Database) -> None:
    async with acting_as(filled, OPERATOR) as connection:
        await connection.execute("RESET ROLE")
        with pytest.raises(DatabaseUnavailable, match="ReadOnly"):
            await connection.execute("UPDATE tickets SET content = ''")


async def test_a_unit_sees_its_own_peoples_telephones_only(water_sql: Connection) -> None:
    rows = await water_sql.fetch("SELECT unit_id FROM unit_contacts")
    assert [row["unit_id"] for row in rows] == ["water"]


async def test_the_rights_are_set_up_by_an_owner_who_is_no_superuser() -> None:
    """A city's own server gives the service a database and CREATEROLE, no more."""
    with scratch_cluster() as cluster:
        async with administrator(cluster) as connection:
            await connection.execute("CREATE ROLE service LOGIN CREATEROLE")
            await connection.execute("CREATE DATABASE service OWNER service")
        dsn = cluster.dsn("service").replace("postgres@", "service@")
        await migrate(dsn)
        async with open_database(dsn) as database:
            async with database.transaction() as owner:
                await owner.execute("INSERT INTO units (id, name, tier) VALUES ('water', '水务局', 2)")
                await add_ticket(owner, OPEN)
                await add_ticket(owner, OTHERS, unit_ids=["power"])
            async with acting_as(database, WATER) as connection:
                assert await numbers(connection) == {OPEN}
