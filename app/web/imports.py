"""Forms of the directory over HTTP: what a registration form or a duty roster would change, then the change itself."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from app.people.model import Person
from app.people.rights import Row
from app.taking_over import take_over_roster, take_over_units
from app.units import store
from app.units.changes import deadline_by
from app.units.columns import REGISTRATION, ROSTER, Columns
from app.units.form import FormRow, form_in
from app.units.import_summary import plan_data
from app.units.importing import ImportPlan, plan_import
from app.units.problem import FormError
from app.units.rostering import plan_roster
from app.web.auth import check
from app.web.form_words import form_words
from app.web.keys import DATABASE, TICKETS, ZONE
from app.web.origin import address
from app.web.problems import Problem
from app.web.uploads import uploaded
from app.web.views import View, dumps

_MOST_BYTES = 5_000_000


class UnitImportView(View):
    async def post(self, digest: str | None = None) -> web.Response:
        """What a filled registration form would change in the directory: `multipart/form-data` with a part `file`,
        CSV (UTF-8 or GB18030) or XLSX, one unit a row.

        Nothing is changed unless `digest` is that of the change as it was shown; where the directory is another by
        then, 409 `shown-otherwise`. When any row is bad nothing is changed, and `errors` has each.

        Tags: units
        """
        who = check(self.request, "unit.change")
        rows = await _rows(self.request, REGISTRATION)
        tickets = self.request.app[TICKETS]
        place, told_at = await tickets.place(), tickets.now()
        deadline = deadline_by(place.profile.unit_contacts.changes_within, place.calendar)
        async with self.request.app[DATABASE].acquire() as connection:
            directory = await store.list_units(connection)
        with _fitting():
            plan = plan_import(rows, directory, told_at, self.request.app[ZONE], deadline)
        shown = plan_data(plan) | {"warnings": [asdict(form_words(text)) for text in plan.warnings]}
        known = _digest(shown, self.request.app[ZONE])
        agreed = _agreed(known, digest)
        if agreed:
            await self._apply(who, plan, told_at)
        return self.json({"applied": agreed, "digest": known, **shown})

    async def _apply(self, who: Person, plan: ImportPlan, told_at: datetime) -> None:
        try:
            async with self.request.app[DATABASE].transaction() as connection:
                await take_over_units(connection, who, plan, told_at, address(self.request))
        except store.DirectoryChangedError as error:
            raise _changed(str(error)) from error


class RosterImportView(View):
    async def post(self, digest: str | None = None, replace: bool = False) -> web.Response:
        """What a duty roster in a form would enter: `multipart/form-data` with a part `file`, a row per unit, shift
        and post. A unit enters its own.

        `replace`: what is entered for the units and days of the form is taken away first. Nothing is changed unless
        `digest` is that of the roster as it was shown.

        Tags: units
        """
        who = check(self.request, "duty.change")
        rows = await _rows(self.request, ROSTER)
        async with self.request.app[DATABASE].acquire() as connection:
            directory = await store.list_units(connection)
        with _fitting():
            shifts = plan_roster(rows, directory, self.request.app[ZONE])
        for unit_id in {shift.unit_id for shift in shifts}:
            check(self.request, "duty.change", Row(unit_ids=frozenset({unit_id})))
        shown = [asdict(shift) for shift in shifts]
        known = _digest(shown, self.request.app[ZONE])
        agreed = _agreed(known, digest)
        if agreed:
            async with self.request.app[DATABASE].transaction() as connection:
                await take_over_roster(connection, who, shifts, replace=replace, address=address(self.request))
        return self.json({"applied": agreed, "digest": known, "shifts": shown})


@contextmanager
def _fitting() -> Iterator[None]:
    """What is wrong in a form becomes a problem document that names every cell."""
    try:
        yield
    except FormError as error:
        errors = [
            {"where": " ".join(filter(None, (one.sheet, str(one.row or "")))), "field": one.column}
            | asdict(form_words(one.text))
            for one in error.problems
        ]
        raise Problem(422, "The form has mistakes", str(error), errors=errors) from error


async def _rows(request: web.Request, columns: Columns) -> list[FormRow]:
    """The filled rows of the form that was sent. Raises Problem 413 and 422."""
    name, content = await uploaded(request, _MOST_BYTES)
    with _fitting():
        return await asyncio.to_thread(form_in, name, content, columns)


def _digest(shown: Any, zone: ZoneInfo) -> str:
    return hashlib.sha256(dumps(shown, zone).encode()).hexdigest()


def _agreed(known: str, digest: str | None) -> bool:
    """Whether this change is the one that was agreed to; without a `digest` none was. Raises Problem 409."""
    if digest is not None and digest != known:
        raise _changed("The change is another one than was shown.")
    return digest is not None


def _changed(why: str) -> Problem:
    return Problem(409, "Shown otherwise", why)
