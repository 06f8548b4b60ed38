"""The audit log on a real Postgres: sealed line by line, looked through, sent on to a syslog."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from app.cli import main
from app.db.pool import Database
from app.jobs.audit_keeping import AuditKeeper
from app.people import audit, chain
from app.people.audit import Entry
from app.people.chain import Fault, Head
from app.people.model import Person
from app.settings import AuditSettings

WANG = Person("wang", "operator")
LATER = timedelta(hours=1)


async def written(database: Database, *subjects: str) -> None:
    for subject in subjects:
        async with database.transaction() as connection:
            await audit.record(connection, Entry(WANG, "ticket.read", subject, "10.0.0.7", {"why": "回拨", "n": 1.50}))


async def tamper(database: Database, statement: str) -> None:
    """What only the owner of the tables can do: past triggers and foreign keys."""
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(statement)


async def faults(database: Database, noted: Head | None = None) -> tuple[Fault, ...]:
    return (await chain.verify(database, datetime.now(UTC) + LATER, noted)).faults


async def test_each_line_is_sealed_once_also_by_many_at_the_same_time(database: Database) -> None:
    await written(database, *(f"ticket:{number}" for number in range(20)))
    heads = await asyncio.gather(*(chain.seal_new(database) for _ in range(4)))
    assert {head.place for head in heads} == {20}
    await written(database, "ticket:20")
    head = await chain.seal_new(database)
    assert await chain.verify(database, datetime.now(UTC)) == chain.Chain(head, ())


async def test_a_changed_a_deleted_and_a_late_line_are_named(database: Database) -> None:
    await written(database, *(f"ticket:{number}" for number in range(5)))
    head = await chain.seal_new(database)
    await tamper(database, "UPDATE audit_log SET subject = 'ticket:9' WHERE id = 2")
    await tamper(database, "DELETE FROM audit_log WHERE id = 4")
    assert await faults(database) == (Fault("line changed", 2, 2), Fault("line gone", 4, 4))
    await tamper(database, "DELETE FROM audit_seals WHERE place > 2")
    await tamper(database, "DELETE FROM audit_log WHERE id > 2")
    await written(database, "ticket:7")
    assert await faults(database, head) == (
        Fault("line changed", 2, 2),
        Fault("line without a seal", 2),
        Fault("seals gone", 3, count=3),
    )


async def test_nobody_who_uses_the_tables_changes_a_seal(database: Database) -> None:
    await written(database, "ticket:1")
    await chain.seal_new(database)
    for statement in ("UPDATE audit_seals SET place = 2", "DELETE FROM audit_seals", "TRUNCATE audit_seals"):
        with pytest.raises(asyncpg.PostgresError):
            async with database.transaction() as connection:
                await connection.execute(statement)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
async def test_every_line_reaches_the_syslog_with_its_seal_once_it_is_there(database: Database, protocol: str) -> None:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        settings = AuditSettings.model_validate({"syslog": address, "syslog_protocol": protocol})
        keeper = AuditKeeper(database, settings)
        await written(database, "ticket:1", "ticket:\n2")
        if protocol == "tcp":
            with pytest.raises(OSError, match="refused"):
                await keeper.once()
            server.listen()
        await keeper.once()
        first = await asyncio.to_thread(received, server, protocol, 2)
        await written(database, "ticket:3")
        await keeper.once()
        third = await asyncio.to_thread(received, server, protocol, 1)
    head = await chain.seal_new(database)
    assert all(message.startswith("<110>1 20") and " hotline-audit - - - " in message for message in (*first, *third))
    assert '"subject":"ticket:\\n2"' in first[1]
    assert f" hotline-audit - - - {head} " in third[0]


@pytest.mark.parametrize("address", ["10.0.0.5", "10.0.0.5:", "10.0.0.5:0", "10.0.0.5:70000", "a b:514", ":514"])
def test_a_syslog_that_is_no_address_is_refused_with_the_settings(address: str) -> None:
    with pytest.raises(ValidationError, match="syslog"):
        AuditSettings.model_validate({"syslog": address})


def received(server: socket.socket, protocol: str, count: int) -> Sequence[str]:
    """So many messages, from one connection where there is one."""
    if protocol == "udp":
        return [server.recv(65536).decode() for _ in range(count)]
    connection, _ = server.accept()
    with connection, connection.makefile(encoding="utf-8") as lines:
        return [line.removesuffix("\n") for line in lines]


async def hotline(*arguments: str) -> Result:
    """The command as it is given in a shell."""
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def test_the_command_says_that_all_is_as_written_until_it_is_not(
    database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)
    await written(database, "ticket:1", "ticket:2")
    good = await hotline("audit", "verify")
    assert good.exit_code == 0, good.output
    assert "2 lines, all as written" in good.output
    head = good.stdout.rpartition("head ")[2].strip()
    assert (await hotline("audit", "verify", "--head", head)).exit_code == 0
    assert (await hotline("audit", "verify", "--head", "5:abc")).exit_code == 2
    await tamper(database, "UPDATE audit_log SET user_name = 'li' WHERE id = 1")
    bad = await hotline("audit", "verify", "--head", head)
    assert bad.exit_code == 1
    assert "place 1, line 1: line changed" in bad.stderr
    assert "li" in (await hotline("audit", "--limit", "2")).output
