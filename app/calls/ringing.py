"""Rings a telephone for a call: over which trunk, as whom, and what it hears when it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ami_bridge import routes, verbs
from ami_bridge.errands import Summons
from ami_bridge.routes import Dial
from ami_bridge.session import AmiSession

# Every way to ring a number as things are now, urgent or not, the best first (`ami_bridge.routes.plan`).
Ways = Callable[[str, bool], tuple[Dial, ...]]


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What ringing needs of the settings. Times in seconds.

    `caller_id` is shown where the route says nothing else; `unit_prompt` gives what a duty phone hears for a call of
    some category, as Asterisk's `Read` takes it, `service_prompt` what a service number hears that has no key to press.
    """

    ways: Ways
    caller_id: str
    ring_s: int
    key_s: int
    unit_prompt: Callable[[str], str]
    service_prompt: str

    def ways_of(self, summons: Summons) -> tuple[Dial, ...]:
        """Every way to ring this telephone now."""
        return self.ways(summons.post.phone, summons.manner.urgent)

    def way(self, summons: Summons) -> Dial | None:
        """How to ring this telephone now; None when every trunk for it is full or was tried."""
        return routes.choose(self.ways_of(summons), summons.post.tried)

    def prompt(self, summons: Summons, category: str) -> str:
        """What is heard there on answering: nothing where every second counts."""
        if summons.manner.urgent:
            return ""
        return self.unit_prompt(category) if summons.manner.needs_key else self.service_prompt


async def originate(
    session: AmiSession, settings: CallSettings, call_id: str, summons: Summons, way: Dial, category: str, caller: str
) -> None:
    """Ring the telephone over this way; returns when Asterisk has queued the call. `caller` is the citizen's number,
    empty where it is not known. Raises AmiError, ValueError.
    """
    shown = caller if summons.manner.shows_caller else ""
    await verbs.originate_unit(
        session,
        call_id=call_id,
        attempt_id=summons.attempt_id,
        dial=verbs.trunk_target(way.number, way.trunk),
        caller_number=shown or way.caller_id or settings.caller_id,
        timeout_s=settings.ring_s,
        account=summons.errand.account,
        variables={
            "HOTLINE_UNIT_PROMPT": settings.prompt(summons, category),
            "HOTLINE_UNIT_KEY": "yes" if summons.manner.needs_key else "no",
            "HOTLINE_UNIT_TIMEOUT": str(settings.key_s),
        },
    )
