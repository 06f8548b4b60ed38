"""The roster in Postgres: read whole, changed one operator or queue at a time, filled once from hotline.toml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.operators.roster import Operator, Queue, Roster, Route, by_id, by_name


class RosterError(ValueError):
    """The change leaves operators or queues that cannot be used; the text says why. Nothing was written."""


class UnknownInRoster(LookupError):  # noqa: N818 - named for what is the matter
    """There is no operator, or no queue, of this name."""


class KnownInRoster(RosterError):  # noqa: N818 - named for what is the matter
    """The name is taken; a retired operator's, too."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What of the settings' lines was new to the database."""

    operators: tuple[str, ...]
    queues: tuple[str, ...]


async def load(connection: Connection, general: str) -> Roster:
    """The roster as it is now. Raises RosterError."""
    operators = await connection.fetch(QUERIES["roster_operators"])
    queues = await connection.fetch(QUERIES["roster_queues"])
    routes = await connection.fetch(QUERIES["roster_routes"])
    lists = await connection.fetch(QUERIES["roster_caller_lists"])
    reasons = await connection.fetch(QUERIES["roster_pause_reasons"])
    try:
        return Roster(
            general=general,
            operators=by_id(Operator.model_validate(dict(row)) for row in operators),
            queues=by_name(Queue.model_validate(dict(row)) for row in queues),
            routes=tuple(Route.model_validate(dict(row)) for row in routes),
            caller_lists={row["list"]: frozenset(row["numbers"]) for row in lists},
            pause_reasons=tuple(row["reason"] for row in reasons),
        )
    except ValidationError as error:
        raise RosterError(problem_of(error)) from error


async def take_over(connection: Connection, lines: Roster) -> TakenOver:
    """Write the lines of the settings that the database never had; a retired operator's line is no news.

    Routes, callers' lists and reasons are taken over only while there are none. Must run in a transaction.
    """
    queues = [queue.name for queue in lines.queues if await _add_queue(connection, queue)]
    operators = [each.id for each in lines.operators if await _add_operator(connection, each)]
    if not await connection.fetch(QUERIES["roster_routes"]):
        await put_routes(connection, lines.routes)
    if not await connection.fetch(QUERIES["roster_caller_lists"]):
        for name, numbers in lines.caller_lists.items():
            await put_caller_list(connection, name, sorted(numbers))
    if not await connection.fetch(QUERIES["roster_pause_reasons"]):
        await put_pause_reasons(connection, lines.pause_reasons)
    return TakenOver(tuple(operators), tuple(queues))


async def add_operator(connection: Connection, operator: Operator) -> None:
    """Raises KnownInRoster."""
    if not await _add_operator(connection, operator):
        raise KnownInRoster(f"there is, or was, an operator {operator.id}; change that one, or take another id")


async def change_operator(connection: Connection, operator: Operator) -> None:
    """Write the operator as given, skills and all. Raises UnknownInRoster."""
    values = (operator.id, operator.name, operator.webrtc, operator.retired)
    if await connection.fetchval(QUERIES["operator_change"], *values) is None:
        raise UnknownInRoster(operator.id)
    await connection.execute(QUERIES["operator_drop_skills"], operator.id)
    await _add_skills(connection, operator)


async def add_queue(connection: Connection, queue: Queue) -> None:
    """Raises KnownInRoster."""
    if not await _add_queue(connection, queue):
        raise KnownInRoster(f"there is a queue {queue.name} already")


async def change_queue(connection: Connection, queue: Queue) -> None:
    """Raises UnknownInRoster."""
    if await connection.fetchval(QUERIES["queue_change"], *_queue_row(queue)) is None:
        raise UnknownInRoster(queue.name)


async def put_routes(connection: Connection, routes: Iterable[Route]) -> None:
    """Replace all routes."""
    await connection.execute(QUERIES["queue_routes_drop"])
    for route in routes:
        fields = (route.dialled, route.category, route.language, route.callers, route.hours, route.priority)
        await connection.execute(QUERIES["queue_route_put"], route.place, route.queue, *fields)


async def put_caller_list(connection: Connection, name: str, numbers: Sequence[str]) -> None:
    """Replace one list of callers' numbers; without numbers it is gone."""
    await connection.execute(QUERIES["caller_list_drop"], name)
    await connection.execute(QUERIES["caller_list_add"], name, list(numbers))


async def put_pause_reasons(connection: Connection, reasons: Sequence[str]) -> None:
    """Replace the reasons that a pause may have, in this order."""
    await connection.execute(QUERIES["pause_reasons_drop"])
    await connection.execute(QUERIES["pause_reasons_add"], list(reasons))


def problem_of(error: ValidationError) -> str:
    """What is wrong, in one line."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


async def _add_operator(connection: Connection, operator: Operator) -> bool:
    known = await connection.fetchval(QUERIES["operator_add"], operator.id, operator.name, operator.webrtc) is None
    if not known:
        await _add_skills(connection, operator)
    return not known


async def _add_skills(connection: Connection, operator: Operator) -> None:
    skills, levels = list(operator.skills), list(operator.skills.values())
    await connection.execute(QUERIES["operator_add_skills"], operator.id, skills, levels)


async def _add_queue(connection: Connection, queue: Queue) -> bool:
    return await connection.fetchval(QUERIES["queue_add"], *_queue_row(queue)) is not None


def _queue_row(queue: Queue) -> tuple[object, ...]:
    sound = (queue.announcement, queue.music)
    seconds = (queue.longest_wait, queue.overflow_to, queue.ring_seconds, queue.wrapup_seconds)
    return (queue.name, queue.title, list(queue.skills), queue.priority, queue.hours, *sound, *seconds)
