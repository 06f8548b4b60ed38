"""`hotline ticket`, `hotline call`, `hotline audit`: what the command line shows, does, and keeps to itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.db.pool import Database
from app.people import audit
from app.people.model import Person
from tests.integration.tickets.desk import ADDRESS, NAME, PHONE, ZONE, Desk, fill_directory

SAID = "局长收受二十万元"
HIDDEN = (SAID, NAME, PHONE, ADDRESS)
Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))

    async def run_command(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, arguments)

    return run_command


@pytest.fixture
async def desk(database: Database) -> Desk:
    await fill_directory(database)
    return Desk(database, datetime.now(ZONE))


async def call(database: Database, call_id: str, caller: str = PHONE) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO calls (id, node, caller, caller_name, started_at, ended_at, outcome) "
            "VALUES ($1, 'n', $2, $3, now(), now(), 'conversation')",
            *(call_id, caller, NAME),
        )
        await connection.execute(
            "INSERT INTO call_events (call_id, key, kind, at, data) VALUES ($1, 'started', 'started', now(), $2)",
            *(call_id, {"caller": caller, "caller_name": NAME, "dialled": "12345"}),
        )


async def test_tickets_are_listed_narrowed_and_shown(run: Run, desk: Desk) -> None:
    water = await desk.dispatched(content="人民路停水")
    fresh = await desk.receive(category="complaint", content="夜间施工噪声")

    async def listed(*arguments: str) -> list[str]:
        return [ticket["number"] for ticket in json.loads((await run("ticket", "list", "--json", *arguments)).stdout)]

    assert await listed() == [fresh, water]
    assert await listed("--unit", "water") == [water]
    assert await listed("--category", "complaint") == [fresh]
    assert await listed("--text", "停水") == [water]
    assert await listed("--status", "received", "--limit", "1") == [fresh]
    shown = json.loads((await run("ticket", "show", water, "--json")).stdout)
    assert (shown["content"], [entry["action"] for entry in shown["history"]]) == (
        "人民路停水",
        ["receive", "dispatch"],
    )
    assert water in (await run("ticket", "list")).stdout
    assert "dispatch" in (await run("ticket", "show", water)).stdout
    missing = await run("ticket", "show", "20200101-000001")
    assert (missing.exit_code, missing.stderr) == (1, "There is no ticket 20200101-000001.\n")


async def test_an_action_is_done_or_refused_with_rule_and_article(run: Run, desk: Desk) -> None:
    number = await desk.receive()
    with_units = json.dumps({"units": [{"unit": "water", "role": "lead"}]})
    refused = await run("ticket", "act", number, "close", "--by", "back_office")
    assert refused.exit_code == 1
    assert "illegal-state" in refused.stderr
    assert "art." in refused.stderr
    done = await run("ticket", "act", number, "dispatch", "--by", "front_desk", "--with", with_units, "--json")
    assert (done.exit_code, json.loads(done.stdout)["status"]) == (0, "dispatched")


@pytest.mark.parametrize(
    ("action", "arguments", "status"),
    [("merge", '{"into": "20200101-000001"}', 1), ("merge", "{}", 2), ("merge", "[]", 2), ("merge", "@/nowhere", 2)],
)
async def test_what_cannot_be_done_is_said_in_a_line(
    run: Run, desk: Desk, action: str, arguments: str, status: int
) -> None:
    number = await desk.receive()
    result = await run("ticket", "act", number, action, "--by", "front_desk", "--with", arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert "Traceback" not in result.stderr
    assert result.stderr


async def test_of_a_confidential_ticket_only_a_stub_is_shown(run: Run, desk: Desk, database: Database) -> None:
    await call(database, "c.1")
    number = await desk.receive(category="report_economic", content=SAID)
    await desk.done(number, "dispatch", units=[{"unit": "discipline", "role": "lead"}], reason=SAID)
    async with database.acquire() as connection:
        await connection.execute("UPDATE tickets SET call_id = 'c.1' WHERE number = $1", number)
        await connection.execute("UPDATE calls SET confidential = true")
    for arguments in (
        ("ticket", "list"),
        ("ticket", "show", number),
        ("call", "list"),
        ("call", "show", "c.1"),
    ):
        for form in ((), ("--json",)):
            result = await run(*arguments, *form)
            assert result.exit_code == 0, result.stderr
            assert not any(secret in result.output for secret in HIDDEN), arguments


async def test_who_will_not_be_named_is_not_named_by_their_call_either(
    run: Run, desk: Desk, database: Database
) -> None:
    await call(database, "c.2")
    number = await desk.receive(caller={"phone": PHONE, "name": NAME, "anonymous": True})
    async with database.acquire() as connection:
        await connection.execute("UPDATE tickets SET call_id = 'c.2' WHERE number = $1", number)
    for arguments in (("call", "list", "--json"), ("call", "show", "c.2", "--json"), ("call", "show", "c.2")):
        output = (await run(*arguments)).output
        assert not any(secret in output for secret in HIDDEN), arguments


async def test_the_audit_log_can_be_read(run: Run, database: Database) -> None:
    async with database.transaction() as connection:
        for name, subject in (("wang", "recording:1"), ("li", "recording:2")):
            await audit.record(connection, audit.Entry(Person(name, "operator"), "recording.play", subject))
    assert (await run("audit")).stdout.index("li") < (await run("audit")).stdout.index("wang")
    lines = json.loads((await run("audit", "--json", "--user", "wang")).stdout)
    assert [(line["user_name"], line["subject"]) for line in lines] == [("wang", "recording:1")]
    assert json.loads((await run("audit", "--json", "--to", "2020-01-01")).stdout) == []


async def test_a_database_that_is_away_is_one_line_that_names_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", "postgresql://me:secret77@127.0.0.1:1/city")
    for arguments in (("ticket", "list"), ("db", "status"), ("user", "list"), ("report", "answering")):
        result = await run(*arguments)
        assert result.exit_code == 1
        assert "127.0.0.1:1/city" in result.stderr
        assert "secret77" not in result.stderr
        assert "Traceback" not in result.stderr
