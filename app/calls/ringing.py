"""Rings a telephone for a call: over which trunk, as whom, and what it hears when it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ami_bridge import routes, verbs
from ami_bridge.arrangement import Wanted
from ami_bridge.errands import LISTENING, STAFF, Kind, Manner, Mode, Post, Summons
from ami_bridge.model import attempt_role
from ami_bridge.routes import Dial
from ami_bridge.session import AmiSession
from app.settings import ServiceSettings
from app.units.model import DutyPost

# Every way to ring a number as things are now, urgent or not, the best first (`ami_bridge.routes.plan`).
Ways = Callable[[str, bool], tuple[Dial, ...]]


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What ringing needs of the settings. Times in seconds.

    `caller_id` is shown where the route says nothing else; `unit_prompt` gives what a duty phone hears for a call of
    some category, as Asterisk's `Read` takes it, `service_prompt` what a service number hears that has no key to press,
    `back_prompt` what an operator hears whose hand-over came to nothing, `out_prompt` what whom we call hears first,
    `ask_prompt` what an officer hears who asked for that.
    `listeners_shown`: operators see that a supervisor listens.
    """

    ways: Ways
    caller_id: str
    ring_s: int
    key_s: int
    unit_prompt: Callable[[str], str]
    service_prompt: str
    back_prompt: str
    out_prompt: str = ""
    ask_prompt: str = ""
    listeners_shown: bool = False

    def ways_of(self, summons: Summons) -> tuple[Dial, ...]:
        """Every way to ring this telephone now; none where it is one of our own."""
        return () if summons.kind in STAFF else self.ways(summons.post.phone, summons.manner.urgent)

    def way(self, summons: Summons) -> Dial | None:
        """How to ring this telephone now; None when every trunk for it is full or was tried."""
        return routes.choose(self.ways_of(summons), summons.post.tried)

    def prompt(self, summons: Summons, category: str) -> str:
        """What is heard there on answering: nothing where every second counts, or by our own people asked in."""
        if summons.mode is Mode.BACK:
            return self.back_prompt
        if summons.manner.urgent or summons.kind in STAFF:
            return ""
        return self.unit_prompt(category) if summons.manner.needs_key else self.service_prompt


def service_wanted(service: ServiceSettings) -> Wanted:
    """A service number as somebody who is asked for: into the talk at once."""
    manner = Manner(Kind.SERVICE, service.needs_key, service.shows_caller, service.emergency)
    return Wanted(service.id, service.name, (Post("line", service.name, service.number),), manner=manner)


def posts_of(chain: Iterable[DutyPost]) -> tuple[Post, ...]:
    """The telephones of a unit in the order in which they are rung."""
    return tuple(Post(post.post, post.name, post.phone) for post in chain)


async def originate(
    session: AmiSession,
    settings: CallSettings,
    call_id: str,
    summons: Summons,
    way: Dial | None,
    *,
    category: str,
    caller: str,
    spied: str,
    asks: bool = False,
) -> None:
    """Ring the telephone; returns when Asterisk has queued the call.

    `way` is None for our own telephones; `caller` is the citizen's number, empty where it is not known; `spied` is the
    channel of the operator whom a supervisor is to hear; `asks`: they wait for the other end of a call that goes out.
    Raises AmiError, ValueError.
    """
    if summons.kind is Kind.CITIZEN and way:
        await _ring_far_end(session, settings, call_id, summons, way)
        return
    shown = caller if summons.manner.shows_caller else ""
    usual = way.caller_id if way else ""
    await verbs.originate_unit(
        session,
        call_id=call_id,
        attempt_id=summons.attempt_id,
        dial=verbs.trunk_target(way.number, way.trunk) if way else verbs.operator_target(summons.post.phone),
        caller_number=shown or usual or settings.caller_id,
        timeout_s=settings.ring_s,
        account=summons.errand.account,
        role=attempt_role(summons.attempt_id).value,
        by_itself=asks and way is None,
        variables={
            "HOTLINE_UNIT_PROMPT": settings.ask_prompt if asks and way else settings.prompt(summons, category),
            "HOTLINE_UNIT_KEY": "yes" if summons.manner.needs_key else "no",
            "HOTLINE_UNIT_TIMEOUT": str(settings.key_s),
        }
        | ({"CHANNEL(musicclass)": "hotline-ringback"} if asks else {})
        | _spying(summons, spied),
    )


async def _ring_far_end(session: AmiSession, settings: CallSettings, call_id: str, summons: Summons, way: Dial) -> None:
    await verbs.originate_far_end(
        session,
        call_id=call_id,
        attempt_id=summons.attempt_id,
        dial=verbs.trunk_target(way.number, way.trunk),
        caller_number=way.caller_id or settings.caller_id,
        timeout_s=settings.ring_s,
        account=summons.errand.account,
        variables={"HOTLINE_OUT": "1", "HOTLINE_OUT_PROMPT": settings.out_prompt},
    )


def _spying(summons: Summons, spied: str) -> dict[str, str]:
    """What makes a listener of whoever answers: whom they hear, and whether that one hears them."""
    if summons.mode not in LISTENING:
        return {}
    return {"HOTLINE_SPIED": spied, "HOTLINE_SPY_OPTIONS": "w" if summons.mode is Mode.WHISPER else ""}
