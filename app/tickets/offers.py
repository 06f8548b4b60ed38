"""What somebody may do to a ticket now, what each action needs to be told, and why the others are refused. Pure.

It is asked of the rules that the engine runs: each action is put before them as it would be with everything filled
in, and again without each of its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from app.matters.model import Action, Actor, Role, Ticket
from app.tickets.actions import MODELS, Args, ReplyArgs
from app.tickets.correction import CorrectArgs, correct
from app.tickets.engine import tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.refusal import Refusal
from app.tickets.rules import refusals

CORRECT = "correct"
# Rules that refuse what was said, not where the ticket stands: whoever is asked can say it otherwise.
_OF_ARGUMENTS = frozenset(
    {
        *("no-unit", "unit-unknown", "unit-twice", "unit-needed", "unit-contact-missing", "only-to", "which-unit"),
        *("lead-needed", "lead-named-by", "decided-above", "several-are-joint"),
        *("limit-required", "limit-fixed", "limit-past", "limit-over-ceiling"),
        *("refer-incomplete", "no-consent", "return-incomplete", "merge-into-itself", "redo-reason", "solvable-needed"),
        *("reply-incomplete", "reply-one-sentence", "citizen-not-answered"),
        *("extension-incomplete", "extension-not-longer", "extension-too-long", "extension-in-principle"),
    }
)
_WORDS = "事实已经查明。问题已经解决。"
_LONG = frozenset({"reason", "text", "content", "measures", "legal_basis", "note", "request"})
# An argument that is left out of what is put before the rules, and the rule that then asks for it.
_DEMANDED_BY: Mapping[str, str] = {"limit": "limit-required", "unit": "which-unit"}
_KINDS: Mapping[str, str] = {"units": "units", "unit": "unit", "suggested_unit": "unit", "into": "ticket"}


@dataclass(frozen=True, slots=True)
class Need:
    """One argument. `kind`: text, line, unit, units, ticket, time, number, yes-no, choice.

    `value` is the present one, or the only one.
    """

    name: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    value: Any = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that is allowed, in the role that may do it."""

    action: str
    needs: tuple[Need, ...]
    role: Role


@dataclass(frozen=True, slots=True)
class Denied:
    """An action that is refused, by which rule."""

    action: str
    refusal: Refusal


def offer(ticket: Ticket, action: Action, actor: Actor, now: datetime, place: Jurisdiction) -> Offer | Denied:
    """Whether the actor may do it now, whatever is said with it."""
    ready = tick(ticket, now, place).ticket
    now = max(now, ready.history[-1].at) if ready.history else now
    full = _full(action, actor, now)
    complained: set[str] = set()
    for refusal in refusals(ready, full, actor, now, place):
        if refusal.rule not in _OF_ARGUMENTS:
            return Denied(action.value, refusal)
        complained.add(refusal.rule)
    needs = tuple(
        need for name, field in MODELS[action].model_fields.items() for need in _needs(name, field, full, actor)
    )

    def wanted(need: Need) -> bool:
        if need.required or _DEMANDED_BY.get(need.name) in complained:
            return True
        refused = next(refusals(ready, _without(full, need.name), actor, now, place), None)
        return refused is not None and refused.rule not in complained

    return Offer(action.value, tuple(_required(need) if wanted(need) else need for need in needs), actor.role)


def offer_correction(ticket: Ticket, now: datetime, place: Jurisdiction, caller: Mapping[str, str]) -> Offer | Denied:
    """Whether what was taken down may be corrected; the needs hold the present values.

    `caller`: who calls, as far as the person asking may see it.
    """
    outcome = correct(ticket, CorrectArgs(), now, place)
    if isinstance(outcome, Refusal):
        return Denied(CORRECT, outcome)
    present = ticket.matter.model_dump(mode="json") | dict(caller) | {"anonymous": ticket.matter.caller.anonymous}
    needs = tuple(
        Need(name, _kind(name, field.annotation), False, _choices(field.annotation), present.get(name))
        for name, field in CorrectArgs.model_fields.items()
    )
    return Offer(CORRECT, needs, Role.FRONT_DESK)


def _required(need: Need) -> Need:
    return Need(need.name, need.kind, True, need.choices, need.value)


def _full(action: Action, actor: Actor, now: datetime) -> Args:
    """The action with everything said that can be said."""
    said: Mapping[str, Any] = {
        "reply": ReplyArgs(
            text=_WORDS, signer=_WORDS, unit=_WORDS, handler=_WORDS, replied_at=now, citizen_answered=True
        ),
        "unit": actor.unit if actor.role in {Role.UNIT, Role.UNIT_HEAD} else "",
        "units": (),
        "working_days": 1,
        "consent": True,
        "into": "00000000-000000",
        "to": _WORDS,
    }
    values: dict[str, Any] = {
        name: said.get(name, _usual(name, field.annotation, now))
        for name, field in MODELS[action].model_fields.items()
        if name in said or field.is_required() or _kind(name, field.annotation) in {"text", "line", "choice"}
    }
    return MODELS[action].model_construct(None, **values)


def _usual(name: str, annotation: Any, now: datetime) -> Any:
    enum = _enum(annotation)
    plain: Mapping[str, Any] = {"time": now, "number": 1, "yes-no": True}
    return next(iter(enum)) if enum else plain.get(_kind(name, annotation), _WORDS)


def _without(full: Args, name: str) -> Args:
    """The same without one argument; of a reply without one of its parts."""
    outer, _, inner = name.partition(".")
    if inner:
        reply = getattr(full, outer)
        default = type(reply).model_fields[inner].get_default()
        return full.model_copy(update={outer: reply.model_copy(update={inner: default})})
    return full.model_copy(update={name: type(full).model_fields[name].get_default(call_default_factory=True)})


def _needs(name: str, field: FieldInfo, full: Args, actor: Actor) -> list[Need]:
    if name == "reply":
        return [
            Need(f"reply.{part}", _kind(part, each.annotation), False, _choices(each.annotation))
            for part, each in ReplyArgs.model_fields.items()
        ]
    own = actor.unit if name == "unit" and actor.role in {Role.UNIT, Role.UNIT_HEAD} else None
    required = field.is_required() or own is not None
    return [Need(name, _kind(name, field.annotation), required, _choices(field.annotation), own)]


def _kind(name: str, annotation: Any) -> str:
    if name in _KINDS:
        return _KINDS[name]
    types = _types(annotation)
    if _enum(annotation):
        return "choice"
    if bool in types:
        return "yes-no"
    if int in types:
        return "number"
    if types & {datetime, date}:
        return "time"
    return "text" if name in _LONG else "line"


def _choices(annotation: Any) -> tuple[str, ...]:
    enum = _enum(annotation)
    return tuple(str(member.value) for member in enum) if enum else ()


def _enum(annotation: Any) -> type[Enum] | None:
    return next((kind for kind in _types(annotation) if isinstance(kind, type) and issubclass(kind, Enum)), None)


def _types(annotation: Any) -> set[Any]:
    """The plain types that an annotation allows."""
    if get_origin(annotation) in {Union, UnionType}:
        return {found for each in get_args(annotation) for found in _types(each)}
    inner = get_args(annotation)
    return _types(inner[0]) if hasattr(annotation, "__metadata__") and inner else {annotation}
