"""From a finished call to its ticket: what the record says, put into the form that the regulation engine takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.matters.clock import load_calendar
from app.matters.model import Actor, Caller, Category, Role
from app.regulations.loader import load_profile
from app.settings import Settings
from app.tickets import store
from app.tickets.actions import CallerArgs, ReceiveArgs
from app.tickets.engine import apply
from app.tickets.holidays import HolidayFile
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.refusal import Refusal


class AnsweredCall(Protocol):
    """What the ticket needs of a finished call's record. Times are aware datetimes."""

    @property
    def call_id(self) -> str: ...
    @property
    def caller(self) -> str: ...
    @property
    def caller_name(self) -> str: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def category(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def satisfaction(self) -> str | None: ...
    @property
    def operator_id(self) -> str: ...


# Writes the one ticket of a finished call in the caller's transaction and returns its number.
Intake = Callable[[Connection, AnsweredCall], Awaitable[str]]

# The menu's four categories in the engine's terms; a caller who pressed no key is taken to ask something.
_CATEGORIES = {
    "consult": Category.CONSULT,
    "suggestion": Category.SUGGESTION,
    "complaint": Category.COMPLAINT,
    "help": Category.HELP_PUBLIC,
}
# The closing question's keys (prompt `satisfaction`).
_SATISFACTION = {"1": "satisfied", "2": "basically_satisfied", "3": "dissatisfied"}
_FRONT_DESK = Actor(role=Role.FRONT_DESK)


def make_intake(latest: Callable[[], Jurisdiction], zone: ZoneInfo) -> Intake:
    """The intake under the city's `latest` regulation: a finished call is received at the moment the citizen dialled.

    A call whose ticket was written while it went on has that one.
    """

    async def intake(connection: Connection, record: AnsweredCall) -> str:
        received_at = record.started_at or record.answered_at
        if received_at is None:
            raise ValueError(f"call {record.call_id} was answered but has no time")
        place = latest()
        said = _SATISFACTION.get(record.satisfaction or "")
        written = await connection.fetchval(QUERIES["answered_on_call"], record.call_id, record.operator_id, said)
        if written is not None:
            return str(written)
        number = await store.next_number(connection, received_at, zone)
        caller = caller_of(record)
        args = ReceiveArgs(
            number=number,
            channel="phone",
            category=_CATEGORIES.get(record.category, Category.CONSULT),
            caller=CallerArgs(**caller.model_dump()),
        )
        outcome = apply(None, args, _FRONT_DESK, received_at, place)
        if isinstance(outcome, Refusal):
            raise ValueError(f"the regulation refuses to receive a call: {outcome}")
        await store.insert(
            connection,
            outcome,
            caller,
            place,
            call_id=record.call_id,
            operator_id=record.operator_id,
            said=said,
            language=record.language,
        )
        return number

    return intake


def caller_of(record: AnsweredCall) -> Caller:
    """Who called, as far as the network said; without a number the caller is anonymous."""
    if not record.caller:
        return Caller(anonymous=True)
    return Caller(name=plain(record.caller_name), phone=plain(record.caller))


def plain(text: str) -> str:
    """Postgres text cannot hold NUL, and nothing longer than a line is worth keeping of a caller's own words."""
    return text.replace("\x00", "")[:500]


def jurisdiction(settings: Settings) -> Jurisdiction:
    """The regulation in force. Raises ProfileError, SettingsError (a figure missing), HolidayFileError."""
    regulation = settings.regulation
    profile = load_profile(regulation.profile, regulation.figures)
    return Jurisdiction(profile, load_calendar(regulation.holidays))


def holiday_file(settings: Settings) -> HolidayFile | None:
    """The city's holiday file, to be read again when it changes."""
    path = settings.regulation.holidays
    return None if path is None else HolidayFile(path)
