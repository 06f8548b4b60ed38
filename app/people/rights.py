"""What each role may do: a table of roles and actions, and the conditions on the rows they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, assert_never, get_args

from app.people.model import Person, Role

Action = Literal[
    "call.list",
    "call.read",
    "call.add_party",
    "call.change_party",
    "call.drop_party",
    "call.transfer",
    "call.supervise",
    "call.hold",
    "call.record",
    "call.hangup",
    "call.listen_in",
    "call.callback",
    "call.dial",
    "call.dial_number",
    "outbound.list",
    "outbound.change",
    "queue.read",
    "operator.list",
    "trunk.list",
    "service.list",
    "operator.state",
    "operator.phone",
    "operator.change",
    "queue.change",
    "ticket.list",
    "ticket.read",
    "ticket.create",
    "ticket.correct",
    "ticket.answer",
    "ticket.refer",
    "ticket.dispatch",
    "ticket.accept",
    "ticket.inform",
    "ticket.head_read",
    "ticket.report",
    "ticket.return",
    "ticket.approve_return",
    "ticket.reject_return",
    "ticket.extend",
    "ticket.approve_extension",
    "ticket.reject_extension",
    "ticket.urge",
    "ticket.supervise",
    "ticket.explain",
    "ticket.escalate",
    "ticket.follow_up",
    "ticket.redo",
    "ticket.close",
    "ticket.archive",
    "ticket.merge",
    "ticket.publish",
    "ticket.caller",
    "unit.list",
    "unit.read",
    "unit.contacts",
    "unit.change",
    "duty.read",
    "duty.change",
    "recording.play",
    "transcript.read",
    "report.read",
    "report.export",
    "live.follow",
    "webhook.change",
    "regulation.read",
    "user.list",
    "user.change",
    "audit.read",
    "system.read",
    "system.change",
]
"""Every action of the HTTP interface. `ticket.caller` is seeing who the caller is where that is protected."""

ACTIONS: tuple[Action, ...] = get_args(Action)


class Scope(Enum):
    """On which rows a role may act."""

    ALL = "all"
    OWN_CALL = "calls the person takes part in"
    OWN_UNIT = "what belongs to the person's unit"
    OWN_OPERATOR = "the person's own telephone"


_STAFF: Mapping[Role, Scope] = {
    "operator": Scope.ALL,
    "back_office": Scope.ALL,
    "supervisor": Scope.ALL,
}
_OFFICE: Mapping[Role, Scope] = {"back_office": Scope.ALL, "supervisor": Scope.ALL}
_UNIT: Mapping[Role, Scope] = {"unit": Scope.OWN_UNIT}
_STAFF_AND_UNIT: Mapping[Role, Scope] = {**_STAFF, **_UNIT}
_READERS: Mapping[Role, Scope] = {**_STAFF_AND_UNIT, "auditor": Scope.ALL}
_TALKING: Mapping[Role, Scope] = {
    "operator": Scope.OWN_CALL,
    "back_office": Scope.OWN_CALL,
    "supervisor": Scope.ALL,
}
_ADMIN: Mapping[Role, Scope] = {"admin": Scope.ALL}
_MANAGERS: Mapping[Role, Scope] = {"supervisor": Scope.ALL, "admin": Scope.ALL}
_EVERYONE: Mapping[Role, Scope] = {**_READERS, "unit": Scope.ALL, "admin": Scope.ALL}

RIGHTS: Mapping[Action, Mapping[Role, Scope]] = {
    "call.list": {**_STAFF, "auditor": Scope.ALL},
    "call.read": _STAFF_AND_UNIT,
    "call.add_party": _TALKING,
    "call.change_party": _TALKING,
    "call.drop_party": _TALKING,
    "call.transfer": _TALKING,
    "call.supervise": {"supervisor": Scope.ALL},
    "call.hold": _TALKING,
    "call.record": _TALKING,
    "call.hangup": _TALKING,
    "call.listen_in": _OFFICE,
    "call.callback": _STAFF,
    "call.dial": _STAFF_AND_UNIT,
    "call.dial_number": {"supervisor": Scope.ALL},
    "outbound.list": _STAFF,
    "outbound.change": _OFFICE,
    "queue.read": {**_STAFF, **_ADMIN},
    "operator.list": {**_STAFF, **_ADMIN},
    "operator.change": _MANAGERS,
    "queue.change": _MANAGERS,
    "trunk.list": {**_STAFF, "admin": Scope.ALL},
    "service.list": {**_STAFF, "admin": Scope.ALL},
    "operator.state": {**_OFFICE, "operator": Scope.OWN_OPERATOR},
    "operator.phone": dict.fromkeys(_STAFF, Scope.OWN_OPERATOR),
    "ticket.list": _READERS,
    "ticket.read": _READERS,
    "ticket.create": _STAFF,
    "ticket.correct": _STAFF,
    "ticket.answer": _STAFF,
    "ticket.refer": _STAFF,
    "ticket.dispatch": _STAFF,
    "ticket.accept": _UNIT,
    "ticket.inform": _STAFF_AND_UNIT,
    "ticket.head_read": _UNIT,
    "ticket.report": _UNIT,
    "ticket.return": _UNIT,
    "ticket.approve_return": _OFFICE,
    "ticket.reject_return": _OFFICE,
    "ticket.extend": _UNIT,
    "ticket.approve_extension": _OFFICE,
    "ticket.reject_extension": _OFFICE,
    "ticket.urge": _STAFF,
    "ticket.supervise": _OFFICE,
    "ticket.explain": _UNIT,
    "ticket.escalate": _STAFF_AND_UNIT,
    "ticket.follow_up": _STAFF,
    "ticket.redo": _OFFICE,
    "ticket.close": _STAFF,
    "ticket.archive": _STAFF,
    "ticket.merge": _STAFF,
    "ticket.publish": _OFFICE,
    "ticket.caller": _STAFF_AND_UNIT,
    "unit.list": _EVERYONE,
    "unit.read": _EVERYONE,
    "unit.contacts": {**_STAFF_AND_UNIT, **_ADMIN},
    "unit.change": {**_OFFICE, **_ADMIN},
    "duty.read": {**_STAFF_AND_UNIT, **_ADMIN},
    "duty.change": {**_OFFICE, **_UNIT, **_ADMIN},
    "recording.play": _STAFF_AND_UNIT,
    "transcript.read": _STAFF_AND_UNIT,
    "report.read": {**_OFFICE, **_UNIT, "auditor": Scope.ALL},
    "report.export": {**_OFFICE, "auditor": Scope.ALL},
    "live.follow": _STAFF_AND_UNIT,
    "webhook.change": _ADMIN,
    "regulation.read": _EVERYONE,
    "user.list": {**_ADMIN, "auditor": Scope.ALL},
    "user.change": _ADMIN,
    "audit.read": {"auditor": Scope.ALL},
    "system.read": _ADMIN,
    "system.change": _ADMIN,
}
"""Action to the roles that may do it, each with the rows it may touch; a role that is not named may not."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the rights need to know of the thing acted on; leave out what does not apply.

    `unit_ids`: the units a ticket or call was given to, or the unit itself. `protected_caller`: the caller is
    anonymous or the ticket confidential.
    """

    unit_ids: frozenset[str] = frozenset()
    operator_ids: frozenset[str] = frozenset()
    confidential: bool = False
    discipline_unit: str | None = None
    protected_caller: bool = False


class Forbidden(Exception):  # noqa: N818 - named for what happened
    """The person may not do this; the text says why without saying anything of the row."""


def may(person: Person, action: Action) -> bool:
    """Whether the person's role may do the action on some row: for menus and lists."""
    return person.role in RIGHTS[action]


def require(person: Person, action: Action, row: Row | None = None) -> None:
    """Let the action pass or raise Forbidden. Without a row only the role is looked at.

    Of a confidential ticket none but the discipline unit sees the content (yixing-2011 art. 7(3)3); the centre
    keeps dispatching, urging and counting it by its number.
    """
    scope = RIGHTS[action].get(person.role)
    if scope is None:
        raise Forbidden(f"the role {person.role} may not {action}")
    if row is None:
        return
    if not _in_scope(person, scope, row):
        raise Forbidden(f"the role {person.role} may {action} for {scope.value} only")
    if action in _SHOWS_CONTENT and not sees_content(person, row):
        raise Forbidden("the content of a confidential ticket is for the discipline unit only")
    if action in _SHOWS_CALLER and not sees_caller(person, row):
        raise Forbidden("who a protected caller is, is not shown to units")


RECIPIENTS: Mapping[Role, frozenset[str]] = {
    "operator": frozenset({"front_desk"}),
    "back_office": frozenset({"back_office"}),
    "supervisor": frozenset({"back_office", "leader"}),
}
"""The names under which the regulation's notices reach the people of a role; a unit's reach it under its own."""


def sees_content(person: Person, row: Row) -> bool:
    """Whether content, transcript and recording may be shown to the person."""
    if not row.confidential:
        return True
    return person.unit_id is not None and person.unit_id == row.discipline_unit


def sees_caller(person: Person, row: Row) -> bool:
    """Whether the caller's name, number and address may be shown; a protected one only after an audit entry.

    A caller who will not be named stays unnamed to the unit (town-2012, 二(六)).
    """
    if row.confidential:
        return sees_content(person, row)
    if row.protected_caller:
        return person.role in _STAFF
    return may(person, "ticket.read") and person.role != "auditor"


_SHOWS_CALLER: frozenset[Action] = frozenset({"ticket.caller", "recording.play", "transcript.read"})
"""A voice, and a name said on the line, tell who the caller is."""

_SHOWS_CONTENT: frozenset[Action] = _SHOWS_CALLER | {"call.read", "call.supervise", "call.listen_in", "ticket.correct"}


def _in_scope(person: Person, scope: Scope, row: Row) -> bool:
    match scope:
        case Scope.ALL:
            return True
        case Scope.OWN_UNIT:
            mine = {row.discipline_unit} if row.confidential else row.unit_ids
            return person.unit_id is not None and person.unit_id in mine
        case Scope.OWN_CALL | Scope.OWN_OPERATOR:
            return person.operator_id is not None and person.operator_id in row.operator_ids
        case _:
            assert_never(scope)
