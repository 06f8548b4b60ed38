"""Which action leads from which status to which, and who may do it: one table per profile.

Two tables work together. The ticket's table is made here from the profile; a unit's own part follows UNIT_MOVES, and
a ticket that is with units stands where its units stand (`settle`). The diagrams in `docs/states.md` are drawn from
both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.matters.model import Action, Part, Role, Status, Ticket, UnitStatus
from app.regulations.form.ending import Owed
from app.regulations.profile import Profile


@dataclass(frozen=True)
class Move:
    """Where an action may lead, who may do it, and the article that says so."""

    to: frozenset[Status]
    by: frozenset[Role]
    article: str


Table = Mapping[tuple[Status | None, Action], Move]

WITH_UNITS = frozenset({Status.DISPATCHED, Status.ACCEPTED, Status.RETURN_REQUESTED, Status.RETURNED})
AFTER_FOLLOW_UP = frozenset({Status.SATISFIED, Status.DISSATISFIED, Status.UNREACHABLE})
FINISHED = frozenset({Status.CLOSED, Status.PROVISIONALLY_CLOSED})
LIVE = frozenset({Status.RECEIVED, Status.ANSWERED, Status.REPORTED}) | WITH_UNITS | AFTER_FOLLOW_UP
BY_UNITS = WITH_UNITS | {Status.REPORTED}
SAME: frozenset[Status] = frozenset()

_WAITING = frozenset({Status.RECEIVED, Status.RETURNED})

# (action, from these statuses, to these; SAME means that the status stays)
_ROWS: tuple[tuple[Action, Iterable[Status], frozenset[Status]], ...] = (
    (Action.ANSWER, _WAITING, frozenset({Status.ANSWERED, Status.CLOSED})),
    (Action.REFER, _WAITING, frozenset({Status.REFERRED})),
    (
        Action.DISPATCH,
        _WAITING | {Status.ANSWERED, Status.DISSATISFIED, Status.UNREACHABLE, Status.PROVISIONALLY_CLOSED},
        BY_UNITS,
    ),
    (Action.ACCEPT, BY_UNITS, BY_UNITS),
    (Action.INFORM, BY_UNITS, SAME),
    (Action.HEAD_READ, WITH_UNITS, SAME),
    (Action.REPORT, BY_UNITS, BY_UNITS),
    (Action.REPORT, AFTER_FOLLOW_UP, SAME),
    (Action.RETURN, BY_UNITS, BY_UNITS),
    (Action.APPROVE_RETURN, BY_UNITS, BY_UNITS),
    (Action.REJECT_RETURN, BY_UNITS, BY_UNITS),
    (Action.REQUEST_EXTENSION, WITH_UNITS, SAME),
    (Action.APPROVE_EXTENSION, WITH_UNITS, SAME),
    (Action.REJECT_EXTENSION, WITH_UNITS, SAME),
    (Action.URGE, WITH_UNITS, SAME),
    (Action.SUPERVISE, WITH_UNITS | {Status.REPORTED, Status.DISSATISFIED}, SAME),
    (Action.EXPLAIN, WITH_UNITS | {Status.REPORTED} | AFTER_FOLLOW_UP, SAME),
    (Action.ESCALATE, LIVE, SAME),
    (Action.FOLLOW_UP, {Status.REPORTED, Status.ANSWERED, Status.UNREACHABLE}, AFTER_FOLLOW_UP),
    (
        Action.REDO,
        {Status.REPORTED, Status.DISSATISFIED, Status.UNREACHABLE, Status.PROVISIONALLY_CLOSED},
        BY_UNITS,
    ),
    (Action.ARCHIVE, FINISHED | {Status.REFERRED}, frozenset({Status.ARCHIVED})),
    (Action.MERGE, LIVE, frozenset({Status.MERGED})),
    (Action.PUBLISH, FINISHED | {Status.ARCHIVED}, SAME),
    (Action.MOVE_LIMITS, LIVE, SAME),
)

_U = UnitStatus
_OPEN = (_U.DISPATCHED, _U.ACCEPTED)
_OWING = (*_OPEN, _U.RETURN_REQUESTED)
UNIT_MOVES: Mapping[tuple[UnitStatus, Action], frozenset[UnitStatus]] = {
    (_U.DISPATCHED, Action.ACCEPT): frozenset({_U.ACCEPTED}),
    **{(status, Action.INFORM): frozenset({status}) for status in (*_OPEN, _U.REPORTED)},
    **{(status, Action.HEAD_READ): frozenset({status}) for status in _OWING},
    **{(status, Action.REPORT): frozenset({_U.REPORTED}) for status in _OPEN},
    **{(status, Action.RETURN): frozenset({_U.RETURN_REQUESTED, _U.RETURNED}) for status in _OPEN},
    (_U.RETURN_REQUESTED, Action.APPROVE_RETURN): frozenset({_U.RETURNED}),
    (_U.RETURN_REQUESTED, Action.REJECT_RETURN): frozenset({_U.DISPATCHED, _U.ACCEPTED}),
    **{(status, Action.REQUEST_EXTENSION): frozenset({status}) for status in _OPEN},
    **{(status, Action.APPROVE_EXTENSION): frozenset({status}) for status in _OWING},
    **{(status, Action.REJECT_EXTENSION): frozenset({status}) for status in _OWING},
    **{(status, Action.URGE): frozenset({status}) for status in _OWING},
    **{(status, Action.SUPERVISE): frozenset({status}) for status in (*_OWING, _U.REPORTED)},
    **{(status, Action.EXPLAIN): frozenset({status}) for status in (*_OWING, _U.REPORTED)},
    **{(status, Action.ESCALATE): frozenset({status}) for status in _OWING},
    (_U.REPORTED, Action.REDO): frozenset({_U.DISPATCHED}),
}


def table(profile: Profile) -> Table:
    """The ticket's transition table under a profile; statuses that no ticket can reach are left out."""
    receive = profile.actions[Action.RECEIVE]
    start = Move(frozenset({Status.RECEIVED}), frozenset(receive.by), receive.article)
    moves: dict[tuple[Status | None, Action], Move] = {(None, Action.RECEIVE): start}
    for action, sources, to in (*_ROWS, *_follow_up_rows(profile)):
        rule = profile.actions[action]
        for status in Status:
            if status in sources:
                moves[status, action] = Move(to or frozenset({status}), frozenset(rule.by), rule.article)
    moves |= _close_moves(profile)
    reachable = _reachable(moves)
    return {(status, action): move for (status, action), move in moves.items() if status in reachable}


def allowed(moves: Table, status: Status | None, role: Role) -> tuple[Action, ...]:
    """What that role may do to a ticket of that status, by the table; the rules may still refuse."""
    return tuple(action for action in Action if (move := moves.get((status, action))) and role in move.by)


def _reachable(moves: Table) -> set[Status | None]:
    found: set[Status | None] = {None}
    while more := {to for (status, _), move in moves.items() if status in found for to in move.to} - found:
        found |= more
    return found


def _follow_up_rows(
    profile: Profile,
) -> Iterable[tuple[Action, Iterable[Status], frozenset[Status]]]:
    """Where the profile lets a follow-up come before the report, or after the closing."""
    if any(rule.before_report for rule in profile.follow_up):
        yield Action.FOLLOW_UP, WITH_UNITS, AFTER_FOLLOW_UP
    if any(rule.owed is Owed.OPTIONAL for rule in profile.follow_up):
        yield Action.FOLLOW_UP, {Status.CLOSED}, frozenset({Status.CLOSED, Status.DISSATISFIED})


def _close_moves(profile: Profile) -> dict[tuple[Status | None, Action], Move]:
    moves: dict[tuple[Status | None, Action], Move] = {}
    for rule in profile.close.rules:
        to = Status.PROVISIONALLY_CLOSED if rule.provisional else Status.CLOSED
        for status in rule.status:
            by = frozenset(rule.by) | ({Role.SYSTEM} if status in profile.close.provisional_by_itself else frozenset())
            moves[status, Action.CLOSE] = Move(frozenset({to}), by, rule.article)
    if (answered := moves.get((Status.ANSWERED, Action.CLOSE))) is not None:
        moves[Status.CLOSED, Action.CLOSE] = answered  # a person confirms what an answer closed
    return moves


def settle(ticket: Ticket) -> Status:
    """Where a ticket that is with units stands, by where its units stand.

    A return that waits for a decision comes first, then a lead's part that must be dispatched again; when every lead
    has reported the ticket is reported; any other gap comes before work that goes on.
    """
    active = ticket.active
    leads = [part for part in active if part.part is Part.LEAD]
    if any(part.status is UnitStatus.RETURN_REQUESTED for part in active):
        return Status.RETURN_REQUESTED
    if any(part.status is UnitStatus.RETURNED and part.part is Part.LEAD for part in ticket.assignments):
        return Status.RETURNED
    if leads and all(part.status is UnitStatus.REPORTED for part in leads):
        return Status.REPORTED
    if ticket.dispatch_since is not None:
        return Status.RETURNED
    if any(part.status is UnitStatus.ACCEPTED for part in active):
        return Status.ACCEPTED
    return Status.DISPATCHED
