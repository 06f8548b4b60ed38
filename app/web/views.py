"""What all handlers share: the base view, JSON in the database's types, and finding what the path names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp_pydantic import PydanticView
from aiohttp_pydantic.injectors import CONTEXT
from pydantic import ValidationError

from app.web.keys import ZONE
from app.web.problems import Problem

_EARLIEST, _LATEST = 1900, 2200


class View(PydanticView):
    """A view whose parameters are checked; what does not fit is a problem document."""

    async def on_validation_error(self, exception: ValidationError, context: CONTEXT) -> web.StreamResponse:
        errors = [
            {"where": context, "field": ".".join(map(str, error["loc"])), "what": error["msg"]}
            for error in exception.errors()
        ]
        return Problem(422, "The request does not fit", errors[0]["what"], errors=errors).response()

    def aware(self, at: datetime | None) -> datetime | None:
        """A time from the query; without an offset it is in the city's zone. Raises Problem 422 for other ages."""
        if at is not None and not _EARLIEST <= at.year <= _LATEST:
            raise Problem(
                422,
                "The request does not fit",
                f"The year must lie between {_EARLIEST} and {_LATEST}.",
                code="year-out-of-range",
                args={"from": _EARLIEST, "to": _LATEST},
            )
        return at if at is None or at.tzinfo else at.replace(tzinfo=self.request.app[ZONE])

    def json(self, value: Any, *, status: int = 200) -> web.Response:
        """A JSON response; times in the city's zone."""
        return json_response(value, self.request.app[ZONE], status=status)


def json_response(value: Any, zone: ZoneInfo, *, status: int = 200) -> web.Response:
    """A response with what the database returns."""
    return web.json_response(text=dumps(value, zone), status=status)


def dumps(value: Any, zone: ZoneInfo) -> str:
    """Dump what the database returns: times with their offset, Chinese as it is."""

    def plain(item: object) -> object:
        match item:
            case datetime():
                return item.astimezone(zone).isoformat(timespec="milliseconds")
            case date() | UUID():
                return str(item)
            case Decimal():
                return float(item)
            case Mapping():
                return dict(item)
            case set() | frozenset() | tuple():
                return list(item)
        raise TypeError(f"not JSON: {type(item).__name__}")

    return json.dumps(value, ensure_ascii=False, default=plain)


def record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A database row as a dictionary."""
    return dict(row)


def not_found(what: str, name: str) -> Problem:
    return Problem(404, f"No such {what}", f"There is no {what} {name}.", args={"name": name})
