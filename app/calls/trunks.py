"""The trunks of one node as they are now: whether each is up and why not, and how many calls go out over it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import structlog

from ami_bridge.errors import AmiActionFailed, AmiError
from ami_bridge.model import Call, Role
from ami_bridge.reading import operator_of_channel
from ami_bridge.routes import Dial, Route, Trunk, plan
from ami_bridge.session import AmiSession
from app.settings import RouteSettings, TrunkSettings

log = structlog.get_logger(__name__)

_EVERY_S = 2.0
# Asterisk's word for an endpoint of which no contact answers OPTIONS (devicestate.c, `ast_devstate_str`).
_SILENT = "UNAVAILABLE"
_REGISTERED = "Registered"


class Trunks:
    """What is known of a node's trunks. A trunk of which nothing is known yet counts as up."""

    def __init__(self, trunks: Sequence[TrunkSettings], routes: Sequence[RouteSettings]) -> None:
        self._trunks = trunks
        self._routes = tuple(
            Route(route.pattern, route.trunks, route.strip, route.prefix, route.caller_id or "") for route in routes
        )
        self._down: dict[str, str] = {}

    def now(self, calls: Mapping[str, Call]) -> tuple[Trunk, ...]:
        """Every trunk as it is, with the calls that go out over it."""
        out = Counter(
            operator_of_channel(party.channel)
            for call in calls.values()
            for party in call.parties.values()
            if (party.role is not Role.CITIZEN or call.outgoing) and not party.gone
        )
        return tuple(
            Trunk(
                trunk.name,
                trunk.name not in self._down,
                out[trunk.name],
                trunk.most_calls,
                trunk.priority,
                trunk.weight,
                self._down.get(trunk.name, ""),
            )
            for trunk in self._trunks
        )

    def ways(self, number: str, calls: Mapping[str, Call], *, urgent: bool) -> tuple[Dial, ...]:
        """Every way to ring a number now, the best first."""
        return plan(number, self._routes, self.now(calls), urgent=urgent)

    async def look(self, session: AmiSession) -> bool:
        """Ask Asterisk how the trunks are; whether anything has changed. Raises AmiError."""
        registered = await _registrations(session) if any(trunk.registers for trunk in self._trunks) else {}
        down = {trunk.name: await _why_down(session, trunk, registered) for trunk in self._trunks}
        before, self._down = self._down, {name: why for name, why in down.items() if why}
        for name in sorted(before.keys() ^ self._down.keys()):
            log.warning("trunk state", trunk=name, up=name in before, why=self._down.get(name, ""))
        return before != self._down


async def watch(trunks: Trunks, session: AmiSession, changed: Callable[[], None]) -> None:
    """Look again and again until cancelled; `changed` is called whenever a trunk went down or came back."""
    while True:
        if session.connected:
            try:
                if await trunks.look(session):
                    changed()
            except AmiError as error:
                log.debug("trunks not seen", why=type(error).__name__)
        await asyncio.sleep(_EVERY_S)


async def _why_down(session: AmiSession, trunk: TrunkSettings, registered: Mapping[str, str]) -> str:
    status = registered.get(trunk.name, _REGISTERED)
    if trunk.registers and status != _REGISTERED:
        return f"not registered: {status}"
    if trunk.qualify_seconds and await _device_state(session, trunk.name) == _SILENT:
        return f"{trunk.outbound_host} does not answer OPTIONS"
    return ""


async def _device_state(session: AmiSession, name: str) -> str:
    try:
        answer = await session.action("Getvar", {"Variable": f"DEVICE_STATE(PJSIP/{name})"})
    except AmiActionFailed:
        # A node of the city's own may lack the function; then only calls tell.
        return ""
    return answer.get("Value", "")


async def _registrations(session: AmiSession) -> Mapping[str, str]:
    """The state of each outbound registration by the trunk's name."""
    try:
        found = await session.collect("PJSIPShowRegistrationsOutbound", {}, "OutboundRegistrationDetailComplete")
    except AmiActionFailed:
        return {}
    return {one["ObjectName"]: one["Status"] for one in found if "ObjectName" in one and "Status" in one}
