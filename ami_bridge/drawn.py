"""The diagram of a call's arrangements, drawn from the model itself: every step that one request or event can make.

`python -m ami_bridge.drawn` prints docs/arrangement.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ami_bridge import arrangement as arr
from ami_bridge.arrangement import Arrangement, Place, RefusedError, ThereAlreadyError, Wanted
from ami_bridge.errands import Kind, Manner, Mode, Post

_UNIT = Wanted("unit", "unit", (Post("A", "", "8001"),))
_EMERGENCY = Wanted("110", "110", (Post("line", "", "110"),), manner=Manner(Kind.SERVICE, False, True, True))
_OPERATOR = "n-2"
_Step = Callable[[Arrangement], Arrangement]

_HEAD = """\
# Who of a call is where

Drawn from `ami_bridge/arrangement.py` by `python -m ami_bridge.drawn`; a test keeps this page and the model the same.
Each box is where the citizen is and who is with the citizen or rings, for a call with one operator and one other party
(a unit stands for whoever is asked for); each arrow is a request, or something that happens. Not drawn: the citizen
hangs up, and everybody is; a second unit; 110, which can be rung from every box. What else is not drawn is refused.
Commands to Asterisk are the difference between two boxes (`ami_bridge/moves.py`): first people are moved, then
telephones ring, then people are hung up.

What must never be is written down as `arrangement.faults`, and random walks with failing commands look for it, on the
model (`tests/unit/ami_bridge/test_arrangement_walks.py`) and on a real Asterisk (`tests/system/test_walks.py`).

```mermaid
stateDiagram-v2
"""


def diagram() -> str:
    """The page docs/arrangement.md."""
    names: dict[str, str] = {}
    lines: list[str] = []
    for start, what, end in sorted(set(_edges())):
        for box in (start, end):
            names.setdefault(box, f"s{len(names) + 1}")
        lines.append(f"    {names[start]} --> {names[end]}: {what}")
    boxes = [f'    state "{box}" as {name}' for box, name in names.items()]
    return _HEAD + "\n".join([*boxes, *lines]) + "\n```\n"


def _edges() -> Iterator[tuple[str, str, str]]:
    waiting = Arrangement("c", queue="queue")
    seen, todo = {_box(waiting)}, [waiting]
    while todo:
        a = todo.pop(0)
        for what, step in _steps(a):
            try:
                after = arr.without_gone(step(a))
            except (RefusedError, ThereAlreadyError):
                continue
            start, end = _box(a), _box(after)
            if start == end:
                continue
            yield start, what, end
            if end not in seen and after.citizen is not Place.GONE:
                seen.add(end)
                todo.append(after)


def _steps(a: Arrangement) -> Iterator[tuple[str, _Step]]:
    if a.citizen in {Place.MENU, Place.AFTER}:
        yield "the citizen waits", lambda a: arr.settled(arr.citizen_waits(a, "queue"))
    if a.citizen is Place.QUEUE and not a.ringing:
        yield "an operator answers", lambda a: arr.operator_joined(a, _OPERATOR, "op1001")
    if a.citizen is Place.QUEUE and not a.ringing:
        yield "ring 110", lambda a: arr.summon(a, _EMERGENCY)
    if not any(other.summons for other in a.others.values()):
        yield "ask a unit to join", lambda a: arr.summon(a, _UNIT)
        yield "ask a unit for advice", lambda a: arr.summon(a, replace(_UNIT, mode=Mode.CONSULT))
        yield "hand over to a unit", lambda a: arr.hand_over(a, _UNIT)
    yield "hand over to a queue", lambda a: arr.to_queue(a, "queue")
    yield "hold", arr.hold
    yield "bring in", arr.bring_in
    yield "leave the others talking", arr.leave
    for other in a.others.values():
        if other.place is Place.RINGING:
            yield "it is answered", lambda a, o=other: arr.accepted(a, o.party_id)  # type: ignore[misc]
            yield "it is not answered", lambda a, o=other: arr.attempt_failed(a, o.party_id)  # type: ignore[misc]
        else:
            yield f"the {_word(other)} hangs up", lambda a, o=other: arr.left(a, o.party_id)  # type: ignore[misc]


def _box(a: Arrangement) -> str:
    others = sorted(f"{_word(other)} {_doing(other)}" for other in a.others.values() if other.place is not Place.GONE)
    room = " in the conference" if a.citizen is Place.TALK and a.in_room else ""
    offered = ", an operator is offered" if a.offered else ""
    return ", ".join([f"citizen: {a.citizen.value}{room}{offered}", *others])


def _word(other: arr.Other) -> str:
    if other.urgent or other.whom.startswith("service:"):
        return "110"
    return "operator" if other.staff else "unit"


def _doing(other: arr.Other) -> str:
    if other.place is Place.RINGING and other.mode in {Mode.CONSULT, Mode.HAND_OVER, Mode.BACK}:
        return f"rings ({other.mode.value})"
    return "rings" if other.place is Place.RINGING else f"in the {other.place.value}"


if __name__ == "__main__":
    print(diagram(), end="")  # noqa: T201 - the page
