"""Which queue a call waits in, when it flows over, and who is rung first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.operators.roster import Operator, Queue, Roster, Route, is_open_at

_BEST = 9


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when its menu ends. `menu_queue`: the queue that the menu itself names, or empty."""

    dialled: str = ""
    category: str = ""
    language: str = ""
    caller: str = field(default="", repr=False)
    menu_queue: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call waits, and how early it is served there."""

    queue: str
    priority: int = 0


def choose_queue(facts: CallFacts, roster: Roster, now: datetime) -> Place:
    """The queue of a call: the menu's, else that of the first route that fits, else the general one.

    A queue that is closed at `now` hands on to the one it flows over to.
    """
    fitting = [route for route in roster.routes if fits(route, facts, roster, now)]
    routed = next((route.queue for route in fitting if route.queue), roster.general)
    named = facts.menu_queue if roster.queue(facts.menu_queue) else routed
    queue = _open(named, roster, now)
    return Place(queue.name, max([queue.priority, *(route.priority or 0 for route in fitting)]))


def fits(route: Route, facts: CallFacts, roster: Roster, now: datetime) -> bool:
    """Whether everything that a route asks for is true of the call."""
    wanted = ((route.dialled, facts.dialled), (route.category, facts.category), (route.language, facts.language))
    if any(want is not None and want != is_ for want, is_ in wanted):
        return False
    listed = route.callers is None or facts.caller in roster.caller_lists.get(route.callers, frozenset())
    return listed and is_open_at(route.hours, now)


def overflow(roster: Roster, queue_name: str, waited_s: float, now: datetime) -> Place | None:
    """Where a caller goes who has waited too long, or whose queue has closed; None while they wait on."""
    queue = roster.queue(queue_name)
    if queue is None or queue.overflow_to is None:
        return None
    too_long = queue.longest_wait is not None and waited_s >= queue.longest_wait
    if not too_long and is_open_at(queue.hours, now):
        return None
    following = _open(queue.overflow_to, roster, now)
    return Place(following.name, max(queue.priority, following.priority))


def memberships(operator: Operator, roster: Roster) -> Mapping[str, int]:
    """The queues an operator belongs to, each with the penalty (0 is rung first): by the weakest skill it wants."""
    return {
        queue.name: max([_BEST - operator.skills[skill] for skill in queue.skills], default=0)
        for queue in roster.queues
        if set(queue.skills) <= operator.skills.keys()
    }


def _open(name: str, roster: Roster, now: datetime) -> Queue:
    """The queue, or where it leads while it is closed."""
    queue = roster.queue(name) or roster.queue(roster.general)
    assert queue is not None, "a roster has a general queue"  # noqa: S101 - checked when a roster is made
    while queue.overflow_to is not None and not is_open_at(queue.hours, now):
        following = roster.queue(queue.overflow_to)
        if following is None:
            break
        queue = following
    return queue
