"""Accounts, sessions and tokens in Postgres; guessing is slowed down; every look is on record."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.db.pool import Database
from app.people import accounts, audit, tokens
from app.people.accounts import AccountError, UnknownUserError
from app.people.login import LoginRefused, TooManyAttempts, log_in
from app.people.model import Person
from app.people.throttle import WINDOW, Limits

NOW = datetime(2026, 9, 30, 8, tzinfo=UTC)
GOOD = "Dn7-kmv_Qw2"
ZHANG = Person("zhang", "operator", operator_id="op1001")
HERE = "192.0.2.7"
ELSEWHERE = "2001:db8::7"


async def add(database: Database, person: Person = ZHANG, password: str = GOOD) -> None:
    async with database.transaction() as connection:
        await accounts.add(connection, person, password, NOW)


async def test_a_person_logs_in_and_is_known_by_the_session_until_it_ends(database: Database) -> None:
    await add(database)
    session = await log_in(database, " Zhang", GOOD, HERE, NOW)
    assert session.person == ZHANG
    async with database.acquire() as connection:
        assert await tokens.whose(connection, session.token.secret, NOW) == ZHANG
        just_before = session.token.expires_at - timedelta(seconds=1)
        assert await tokens.whose(connection, session.token.secret, just_before) == ZHANG
        assert await tokens.whose(connection, session.token.secret, session.token.expires_at) is None
        assert await tokens.whose(connection, session.token.secret + "x", NOW) is None


async def test_the_database_keeps_neither_the_password_nor_the_token(database: Database) -> None:
    await add(database)
    session = await log_in(database, "zhang", GOOD, HERE, NOW)
    async with database.acquire() as connection:
        users = str(await connection.fetch("SELECT * FROM users"))
        kept = str(await connection.fetch("SELECT *, encode(digest, 'escape') FROM tokens"))
    assert GOOD not in users
    assert session.token.secret not in kept


async def test_logging_out_ends_the_session_at_once(database: Database) -> None:
    await add(database)
    session = await log_in(database, "zhang", GOOD, HERE, NOW)
    async with database.acquire() as connection:
        await tokens.end_session(connection, session.token.secret, NOW)
        assert await tokens.whose(connection, session.token.secret, NOW) is None


@pytest.mark.parametrize(
    ("name", "password"), [("zhang", "Dn7-kmv_Qw3"), ("wang", GOOD), ("'; --", GOOD), ("\x00\ud800", "\ud800")]
)
async def test_every_failure_gives_the_same_answer(database: Database, name: str, password: str) -> None:
    await add(database)
    with pytest.raises(LoginRefused, match="the name or the password is wrong"):
        await log_in(database, name, password, HERE, NOW)


async def test_after_too_many_failures_even_the_right_password_has_to_wait(database: Database) -> None:
    await add(database)
    limits = Limits(per_user=2, per_address=100)
    for _ in range(2):
        with pytest.raises(LoginRefused):
            await log_in(database, "zhang", "wrong", HERE, NOW, limits)
    with pytest.raises(TooManyAttempts) as refusal:
        await log_in(database, "zhang", GOOD, ELSEWHERE, NOW, limits)
    assert refusal.value.until == NOW + WINDOW
    assert (await log_in(database, "zhang", GOOD, HERE, NOW + WINDOW, limits)).person == ZHANG


async def test_wrong_passwords_from_elsewhere_do_not_stop_a_device_that_is_known(database: Database) -> None:
    await add(database)
    limits = Limits(per_user_and_address=2, per_user=3, per_address=2)
    first = await log_in(database, "zhang", GOOD, HERE, NOW, limits)
    for address in (HERE, HERE, ELSEWHERE):
        with pytest.raises(LoginRefused):
            await log_in(database, "zhang", "wrong", address, NOW, limits)
    with pytest.raises(TooManyAttempts):
        await log_in(database, "zhang", GOOD, ELSEWHERE, NOW, limits)
    with pytest.raises(TooManyAttempts):
        await log_in(database, "zhang", GOOD, HERE, NOW, limits, device="not a device")
    assert (await log_in(database, "zhang", GOOD, HERE, NOW, limits, device=first.device)).device == first.device


async def test_a_known_device_may_not_guess_either_and_holds_no_other_back(database: Database) -> None:
    await add(database)
    limits = Limits(per_user_and_address=2, per_user=2, per_address=100)
    device = (await log_in(database, "zhang", GOOD, HERE, NOW, limits)).device
    for _ in range(2):
        with pytest.raises(LoginRefused):
            await log_in(database, "zhang", "wrong", HERE, NOW, limits, device=device)
    with pytest.raises(TooManyAttempts):
        await log_in(database, "zhang", GOOD, HERE, NOW, limits, device=device)
    assert (await log_in(database, "zhang", GOOD, HERE, NOW, limits)).device != device


async def test_one_address_cannot_try_many_names(database: Database) -> None:
    await add(database)
    limits = Limits(per_user=100, per_address=2)
    for name in ("anna", "bert"):
        with pytest.raises(LoginRefused):
            await log_in(database, name, "wrong", HERE, NOW, limits)
    with pytest.raises(TooManyAttempts):
        await log_in(database, "zhang", GOOD, HERE, NOW, limits)
    assert (await log_in(database, "zhang", GOOD, ELSEWHERE, NOW, limits)).person == ZHANG


async def test_guesses_sent_at_once_do_not_slip_through(database: Database) -> None:
    await add(database)
    limits = Limits(per_user=2, per_address=100)
    guesses = (log_in(database, "zhang", f"wrong {n}", HERE, NOW, limits) for n in range(6))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LoginRefused"] * 2 + ["TooManyAttempts"] * 4


async def test_successes_are_not_counted_as_failures(database: Database) -> None:
    await add(database)
    limits = Limits(per_user=2, per_address=2)
    for _ in range(4):
        await log_in(database, "zhang", GOOD, HERE, NOW, limits)


async def test_a_name_that_was_a_password_is_not_kept_in_the_clear(database: Database) -> None:
    with pytest.raises(LoginRefused):
        await log_in(database, GOOD, "", HERE, NOW)
    async with database.acquire() as connection:
        rows = str(await connection.fetch("SELECT *, encode(name_digest, 'escape') FROM login_attempts"))
        log = await connection.fetchval("SELECT count(*) FROM audit_log")
    assert GOOD.lower() not in rows.lower()
    assert log == 0


async def test_a_changed_password_ends_what_the_old_one_opened(database: Database) -> None:
    await add(database)
    session = await log_in(database, "zhang", GOOD, HERE, NOW)
    async with database.transaction() as connection:
        await accounts.set_password(connection, "zhang", "An0ther-one-78", NOW)
        assert await tokens.whose(connection, session.token.secret, NOW) is None
    with pytest.raises(LoginRefused):
        await log_in(database, "zhang", GOOD, HERE, NOW)
    await log_in(database, "zhang", "An0ther-one-78", HERE, NOW)


async def test_a_disabled_person_is_out_at_once_and_old_tokens_stay_dead(database: Database) -> None:
    await add(database)
    async with database.transaction() as connection:
        token = await tokens.issue(connection, "zhang", "api", NOW, label="reports")
        await accounts.disable(connection, "zhang", NOW)
        assert await tokens.whose(connection, token.secret, NOW) is None
        with pytest.raises(UnknownUserError):
            await tokens.issue(connection, "zhang", "api", NOW)
    with pytest.raises(LoginRefused):
        await log_in(database, "zhang", GOOD, HERE, NOW)
    async with database.transaction() as connection:
        await accounts.enable(connection, "zhang")
        assert await tokens.whose(connection, token.secret, NOW) is None
    await log_in(database, "zhang", GOOD, HERE, NOW)


async def test_one_api_token_is_revoked_by_its_number_and_only_by_its_owner(database: Database) -> None:
    await add(database)
    await add(database, Person("wang", "auditor"))
    async with database.transaction() as connection:
        token = await tokens.issue(connection, "zhang", "api", NOW, label="reports")
        assert [entry.label for entry in await tokens.list_tokens(connection, "zhang", NOW)] == ["reports"]
        assert not await tokens.revoke_id(connection, "wang", token.id, NOW)
        assert await tokens.revoke_id(connection, "zhang", token.id, NOW)
        assert await tokens.list_tokens(connection, "zhang", NOW) == ()


@pytest.mark.parametrize(
    ("person", "password", "why"),
    [
        (Person("Zhang", "operator"), GOOD, "not a user name"),
        (Person("li", "unit"), GOOD, "needs a unit"),
        (Person("li", "operator", unit_id="water"), GOOD, "only that role has one"),
        (Person("li", "unit", unit_id="water"), GOOD, "no unit 'water'"),
        (Person("li", "auditor", operator_id="op1002"), GOOD, "does not take calls"),
        (Person("li", "operator", operator_id="1002"), GOOD, "not an operator id"),
        (Person("li", "operator", operator_id="op1001"), GOOD, "operator id has an account"),
        (Person("zhang", "operator"), GOOD, "name has an account"),
        (Person("li", "operator"), "short", "not good enough"),
    ],
)
async def test_an_account_that_does_not_fit_is_refused(
    database: Database, person: Person, password: str, why: str
) -> None:
    await add(database)
    with pytest.raises(AccountError, match=why):
        await add(database, person, password)


async def test_accounts_are_listed_without_their_hashes(database: Database) -> None:
    await add(database)
    async with database.acquire() as connection:
        [account] = await accounts.list_accounts(connection)
        assert await accounts.get(connection, "zhang") == account
        with pytest.raises(UnknownUserError):
            await accounts.get(connection, "li")
    assert account == accounts.Account(ZHANG, NOW, None)


async def test_logins_and_refusals_are_in_the_audit_log(database: Database) -> None:
    await add(database)
    with pytest.raises(LoginRefused):
        await log_in(database, "zhang", "wrong", HERE, NOW)
    await log_in(database, "zhang", GOOD, ELSEWHERE, NOW)
    since, before = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    async with database.acquire() as connection:
        newest, oldest = await audit.read(connection, since, before)
        page = await audit.read(connection, since, before, below=newest.id, user_name="zhang", subject="user:zhang")
    assert (newest.action, newest.address) == ("login", ELSEWHERE)
    assert (oldest.action, oldest.address, oldest.subject) == ("login.refused", HERE, "user:zhang")
    assert page == (oldest,)


@pytest.mark.parametrize("sql", ["UPDATE audit_log SET user_name = ''", "DELETE FROM audit_log", "TRUNCATE audit_log"])
async def test_the_audit_log_cannot_be_changed_even_by_the_service(database: Database, sql: str) -> None:
    async with database.acquire() as connection:
        await audit.record(connection, audit.Entry(ZHANG, "recording.play", "recording:1", HERE))
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(sql)
