"""Over which trunk a number goes out, as which number, and when the next trunk is tried. Pure.

A plan is made when a telephone is about to ring, from the trunks as they are then; which of them were tried for this
telephone is with its post (`Post.tried`), so that every try has an attempt id of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ami_bridge.errands import Outcome, Post, Summons

_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
# Besides failures: the trunk refuses us, not the telephone the call (RFC 3261, section 21.4).
_TRUNKS_OWN_REFUSALS = frozenset({401, 403, 407, 408, 488})


@dataclass(frozen=True, slots=True)
class Route:
    """Numbers of a pattern: the trunks in order (none: all of them), digits to take off and to put at the front.

    The pattern is of digits, `X` (any digit), `Z` (1-9), `N` (2-9) and, at the end, `.` (anything). `caller_id` is
    what the telephone shows, empty for the usual.
    """

    pattern: str
    trunks: tuple[str, ...] = ()
    strip: int = 0
    prefix: str = ""
    caller_id: str = ""

    def fits(self, number: str) -> bool:
        body, rest = (self.pattern[:-1], ".*") if self.pattern.endswith(".") else (self.pattern, "")
        return re.fullmatch("".join(_CLASSES.get(sign, re.escape(sign)) for sign in body) + rest, number) is not None


_ANY = Route(".")


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk as it is now. `calls` go out over it; `most_calls` may, 0 for any number; `why` it is not up."""

    name: str
    up: bool = True
    calls: int = 0
    most_calls: int = 0
    priority: int = 1
    weight: int = 1
    why: str = ""

    @property
    def full(self) -> bool:
        return 0 < self.most_calls <= self.calls


@dataclass(frozen=True, slots=True)
class Dial:
    """One way to ring a telephone: `caller_id` is empty for the usual one."""

    trunk: str
    number: str
    caller_id: str = ""


def plan(number: str, routes: Sequence[Route], trunks: Iterable[Trunk], *, urgent: bool = False) -> tuple[Dial, ...]:
    """Every way to ring this number, the best first; empty when every trunk for it is full.

    What is urgent goes over a full trunk where no other is left. A trunk that is down comes last: what is known of it
    may be wrong, and there may be no other.
    """
    route = next((route for route in routes if route.fits(number)), _ANY)
    known = _in_order(route, trunks)
    usable = [trunk for trunk in known if not trunk.full] + [trunk for trunk in known if urgent and trunk.full]
    dialled = route.prefix + number[route.strip :]
    return tuple(Dial(trunk.name, dialled, route.caller_id) for trunk in sorted(usable, key=lambda trunk: not trunk.up))


def choose(ways: Iterable[Dial], tried: Iterable[str]) -> Dial | None:
    """The first way over a trunk that was not tried for this telephone."""
    return next((way for way in ways if way.trunk not in tuple(tried)), None)


def tries_next(outcome: Outcome, code: int) -> bool:
    """Whether it was the trunk's fault: it is down or full, or refuses; `code` is SIP's, 0 when there was none."""
    return outcome is Outcome.FAILED or code in _TRUNKS_OWN_REFUSALS


def following(summons: Summons, way: Dial, ways: Iterable[Dial], outcome: Outcome, code: int) -> tuple[Post, ...]:
    """The telephones to ring after this try over `way`: the same one over the next trunk, or the next one."""
    tried = (*summons.post.tried, way.trunk)
    if tries_next(outcome, code) and choose(ways, tried):
        return (replace(summons.post, tried=tried), *summons.remaining)
    return summons.remaining


def _in_order(route: Route, trunks: Iterable[Trunk]) -> list[Trunk]:
    """As the route says; else by priority, and within one by how little of its weight a trunk carries."""
    if not route.trunks:
        return sorted(trunks, key=lambda trunk: (trunk.priority, (trunk.calls + 1) / trunk.weight, trunk.name))
    known = {trunk.name: trunk for trunk in trunks}
    return [known[name] for name in route.trunks if name in known]
