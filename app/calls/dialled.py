"""Whom an operator means who hands a call over by dialling a number on the telephone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from ami_bridge.arrangement import Wanted
from ami_bridge.errands import Kind, Post, own_people
from app.calls.ringing import posts_of, service_wanted
from app.db.pool import Connection, Database, DatabaseUnavailable
from app.numbers import normal
from app.operators.roster import Roster
from app.settings import Settings
from app.units import store as units
from app.units.duty import NobodyOnDutyError

log = structlog.get_logger(__name__)


async def whom(database: Database, settings: Settings, roster: Callable[[], Roster], number: str) -> Wanted | None:
    """A colleague by operator id (its digits do), a service by its number, or a unit by a number of the directory.

    None where nobody has that number, the unit has nobody on duty, or the directory cannot be read now.
    """
    if not number:
        return None
    for operator in roster().on_duty:
        if number in {operator.id, _digits(operator.id)}:
            post = Post.of_operator(operator.id, operator.name)
            return Wanted(operator.id, operator.name, (post,), manner=own_people(Kind.OPERATOR))
    for service in settings.services:
        if number in {service.id, service.number}:
            return service_wanted(service)
    try:
        async with database.acquire() as connection:
            return await _unit(connection, normal(number, settings.area_code), settings)
    except DatabaseUnavailable:
        log.warning("the directory cannot be read: the hand-over is refused")
        return None


async def _unit(connection: Connection, phone: str, settings: Settings) -> Wanted | None:
    now = datetime.now(UTC)
    found = await units.by_phone(connection, phone, now)
    if found is None:
        return None
    try:
        chain = await units.duty_chain(connection, found.id, now, settings.zone)
    except NobodyOnDutyError:
        return None
    # The telephone that was dialled rings first, then the rest as usual.
    posts = sorted(posts_of(chain), key=lambda post: post.phone != phone)
    return Wanted(found.id, found.name, tuple(posts))


def _digits(name: str) -> str:
    return "".join(char for char in name if char.isdigit())
