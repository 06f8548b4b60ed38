"""The pages that a browser shows: whenever one of them has changed it is sent anew, so that none is asked for again.

The browser says over the live connection which addresses it shows; `run` answers each as its `GET` would be answered,
with the same rights and the same lines in the audit log.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from yarl import URL

from app.people.model import Person
from app.web.guard import storable
from app.web.items import NOTICES, RECORDS, TICKETS
from app.web.live import Change, LiveFeed
from app.web.problems import problem_middleware

_MOST = 50
_LONGEST = 500
# What happens at once is shown at once: a ticket's step and the notices it leads to.
_GATHER_S = 0.1
_RETRY_S = 1.0
_REFUSED = 400
_AWAY = 503

Concerns = Callable[[Person, "re.Match[str]", Change], bool]


def _this_ticket(_who: Person, found: re.Match[str], told: Change) -> bool:
    return told.topic == TICKETS and told.key == found[1]


def _their_tickets(who: Person, _found: re.Match[str], told: Change) -> bool:
    return told.topic in {TICKETS, NOTICES} and told.shown(who) is not None


def _this_call(_who: Person, found: re.Match[str], told: Change) -> bool:
    """What has come of the call, or its ticket."""
    if told.topic == TICKETS and told.item:
        return bool(told.item.value.get("call_id") == found[1])
    return told.topic == RECORDS and told.key == found[1]


def _this_transcript(_who: Person, found: re.Match[str], told: Change) -> bool:
    return told.key == found[1] and _record(told) == "transcript"


def _missed_calls(_who: Person, _found: re.Match[str], told: Change) -> bool:
    return _record(told) in {"finished", "message", "called-back"}


def _calls_that_ended(_who: Person, _found: re.Match[str], told: Change) -> bool:
    return _record(told) == "finished"


def _record(told: Change) -> str:
    """What has come of a call; empty for any other change."""
    return str(told.item.value) if told.topic == RECORDS and told.item else ""


_PAGES: tuple[tuple[re.Pattern[str], Concerns], ...] = (
    (re.compile(r"/api/tickets(?:\?.*)?"), _their_tickets),
    (re.compile(r"/api/tickets/([0-9A-Za-z-]+)"), _this_ticket),
    (re.compile(r"/api/calls/missed(?:\?.*)?"), _missed_calls),
    (re.compile(r"/api/calls/([0-9A-Za-z.-]+)"), _this_call),
    (re.compile(r"/api/transcripts/([0-9A-Za-z.-]+)"), _this_transcript),
    (re.compile(r"/api/units/[^/?]+/rings(?:\?.*)?"), _calls_that_ended),
)


class NotWatched(ValueError):  # noqa: N818 - named for what is the matter
    """What was said is no list of pages that can be watched."""


class Watch:
    """The pages of one browser. `send` gets a message for each that has changed."""

    def __init__(
        self, request: web.Request, who: Person, feed: LiveFeed, send: Callable[[Mapping[str, Any]], Awaitable[None]]
    ) -> None:
        self._request = request
        self._who = who
        self._feed = feed
        self._send = send
        self._pages: dict[str, tuple[re.Match[str], Concerns]] = {}
        self._sent: dict[str, str] = {}
        self._due: dict[str, None] = {}
        self._woken = asyncio.Event()

    def said(self, text: str) -> None:
        """`{"watch": {address: seq}}`: all that the browser shows, and how much it had heard when it asked for each.

        Raises NotWatched.
        """
        wanted = _read(text)
        pages = {address: self._pages.get(address) or _page(address) for address in wanted}
        for address in wanted.keys() - self._pages.keys():
            self._new(address, pages[address], wanted[address])
        for gone in self._pages.keys() - wanted.keys():
            self._sent.pop(gone, None)
            self._due.pop(gone, None)
        self._pages = pages

    def told(self, change: Change) -> None:
        """Something has changed."""
        for address, (found, concerns) in self._pages.items():
            if concerns(self._who, found, change):
                self._later(address)

    async def run(self) -> None:
        """Send what has changed until cancelled, over any absence of Postgres."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(_GATHER_S)
            self._woken.clear()
            for address in list(self._due):
                if self._due.pop(address, address) is None:
                    await self._show(address)

    def _new(self, address: str, page: tuple[re.Match[str], Concerns], seq: int) -> None:
        missed = self._feed.changes_after(seq)
        if missed is None or any(page[1](self._who, page[0], change) for change in missed):
            self._later(address)

    def _later(self, address: str) -> None:
        self._due[address] = None
        self._woken.set()

    async def _show(self, address: str) -> None:
        seq = self._feed.last
        answer = await self._answered(address)
        if answer.status == _AWAY:
            await asyncio.sleep(_RETRY_S)
            if address in self._pages:
                self._later(address)
            return
        text = answer.text or "null"
        if self._sent.get(address) == text or address not in self._pages:
            return
        self._sent[address] = text
        good = answer.status < _REFUSED
        shown = {"value": json.loads(text)} if good else {"value": None, "problem": json.loads(text)}
        await self._send({"type": "page", "seq": seq, "id": address, **shown})

    async def _answered(self, address: str) -> web.Response:
        """What a GET of the address is answered to whoever follows."""
        app = self._request.app
        asked = self._request.clone(method="GET", rel_url=URL(address))
        found = await app.router.resolve(asked)
        found.add_app(app)
        # aiohttp sets this itself where a request comes in, and has no public way to ask a route oneself.
        asked._match_info = found
        answer = await problem_middleware(asked, found.handler)
        if not isinstance(answer, web.Response):
            raise TypeError(f"{address} is not answered at once")
        return answer


def _page(address: str) -> tuple[re.Match[str], Concerns]:
    for pattern, concerns in _PAGES:
        if found := pattern.fullmatch(address):
            return found, concerns
    raise NotWatched(f"no page that can be watched: {address[:_LONGEST]}")


def _read(text: str) -> dict[str, int]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotWatched("not JSON") from error
    wanted = said.get("watch") if isinstance(said, dict) else None
    if not isinstance(wanted, dict):
        raise NotWatched('not {"watch": {address: number}}')
    if len(wanted) > _MOST:
        raise NotWatched(f"more than {_MOST} pages")
    if not all(len(address) <= _LONGEST and type(seq) is int for address, seq in wanted.items()):
        raise NotWatched("an address that is too long, or no number beside it")
    if not all(map(storable, map(unquote, wanted))):
        raise NotWatched("text that no database can keep")
    return wanted
