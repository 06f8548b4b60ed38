"""Rings a telephone for a call: over which trunk, as whom, and what it hears when it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ami_bridge import routes, verbs
from ami_bridge.errands import Post, Summons
from ami_bridge.routes import Dial
from ami_bridge.session import AmiSession

# Every way to ring a number as things are now, the best first (`ami_bridge.routes.plan`).
Ways = Callable[[str], tuple[Dial, ...]]


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What ringing needs of the settings. Times in seconds.

    `caller_id` is shown where the route says nothing else; `unit_prompt` gives what a duty phone hears for a call of
    some category, as Asterisk's `Read` takes it.
    """

    ways: Ways
    caller_id: str
    ring_s: int
    key_s: int
    unit_prompt: Callable[[str], str]

    def way(self, post: Post) -> Dial | None:
        """How to ring this telephone now; None when every trunk for it is full or was tried."""
        return routes.choose(self.ways(post.phone), post.tried)


async def originate(
    session: AmiSession, settings: CallSettings, call_id: str, summons: Summons, way: Dial, category: str
) -> None:
    """Ring the telephone over this way; returns when Asterisk has queued the call. Raises AmiError, ValueError."""
    await verbs.originate_unit(
        session,
        call_id=call_id,
        attempt_id=summons.attempt_id,
        dial=verbs.trunk_target(way.number, way.trunk),
        caller_number=way.caller_id or settings.caller_id,
        timeout_s=settings.ring_s,
        account=summons.errand.account,
        variables={
            "HOTLINE_UNIT_PROMPT": settings.unit_prompt(category),
            "HOTLINE_UNIT_TIMEOUT": str(settings.key_s),
        },
    )
