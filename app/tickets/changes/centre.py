"""The centre receives, answers, refers, merges."""

from datetime import datetime

from app.matters.clock import limit_after
from app.matters.model import (
    Actor,
    Answer,
    AnswerHow,
    Matter,
    Role,
    Satisfaction,
    Status,
    Ticket,
)
from app.regulations.form.ending import Owed
from app.regulations.form.telling import Occasion
from app.tickets import chinese_names
from app.tickets.actions import AnswerArgs, MergeArgs, ReceiveArgs, ReferArgs
from app.tickets.case import Case
from app.tickets.change import CENTRE, Change
from app.tickets.jurisdiction import Jurisdiction, first
from app.tickets.limits import owe_dispatch
from app.tickets.notices import notice, to_each, worded
from app.tickets.rules.centre import referred_phone

PLEASED = frozenset({Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED})


def receive(args: ReceiveArgs, actor: Actor, now: datetime, place: Jurisdiction) -> Change:
    """A new ticket, with a dispatch owed from now on."""
    matter = Matter.model_validate(args.model_dump(exclude={"number"}))
    ticket = Ticket(
        number=args.number,
        profile=place.profile.id,
        status=Status.RECEIVED,
        matter=matter,
        received_at=now,
    )
    desk = actor.role if actor.role in CENTRE else Role.FRONT_DESK
    ticket = owe_dispatch(ticket, desk, now, place)
    rule = place.profile.must_hold
    found = list(worded(Occasion.RECEIVE, ticket, place))
    if missing := missing_contents(matter, rule.fields):
        names = "、".join(chinese_names.MATTER[name] for name in missing)
        found.append(notice("contents-missing", desk, missing=names, article=rule.article))
    return Change(ticket, tuple(found))


def missing_contents(matter: Matter, fields: tuple[str, ...]) -> list[str]:
    """Which of these a ticket lacks; a caller who will not be named owes no name, phone or address."""
    caller = matter.caller
    personal = {"name": caller.name, "phone": caller.phone, "address": caller.address}
    if caller.anonymous:
        fields = tuple(name for name in fields if name not in personal)
    return [name for name in fields if not (personal.get(name) or getattr(matter, name, ""))]


def answer(case: Case[AnswerArgs]) -> Change:
    """An answer on the spot; a satisfied caller's ticket is closed with it when the profile says so.

    What did not satisfy the caller is not settled: the dispatch stays owed until somebody closes or dispatches.
    """
    args = case.args
    given = Answer(how=args.how, text=args.text, at=case.now, satisfaction=args.satisfaction)
    ticket = case.ticket.replace(answer=given, status=Status.ANSWERED, follow_up_by=None)
    follow_up = first(case.place.profile.follow_up, ticket)
    if (required := follow_up.owed is Owed.REQUIRED) and follow_up.within is not None:
        ticket = ticket.replace(follow_up_by=limit_after(case.now, follow_up.within, case.place.calendar))
    if args.satisfaction is not Satisfaction.DISSATISFIED:
        ticket = ticket.replace(dispatch_since=None, dispatch_desk=None)
    rule = first(case.place.profile.answer, ticket)
    if rule.closes and args.satisfaction in PLEASED and not required:
        ticket = ticket.replace(status=Status.CLOSED, closed_at=case.now, closed_by_answer=True)
    found = worded(Occasion.ANSWER, ticket, case.place)
    if args.satisfaction is None and args.how is not AnswerHow.TRANSFER:
        found += (notice("satisfaction-missing", case.actor.role, article=rule.article),)
    return Change(ticket, found)


def refer(case: Case[ReferArgs]) -> Change:
    """Not accepted, or passed to the body in charge: the caller is told where it went."""
    args, phone = case.args, referred_phone(case.args)
    ticket = case.ticket.replace(
        status=Status.REFERRED,
        referred_to=args.to,
        referred_phone=phone,
        passed_to=args.passed_to,
        dispatch_since=None,
        dispatch_desk=None,
    )
    said = {
        "reason": args.reason,
        "telephone": f"，联系电话{phone}" if phone and phone not in args.to else "",
        "passed": f"来电已接转至{args.passed_to}" if args.passed_to else "来电未作接转",
    }
    return Change(ticket, worded(Occasion.REFER, ticket, case.place, **said))


def merge(case: Case[MergeArgs]) -> Change:
    """The ticket goes on in another one; its units have nothing more to do here."""
    ticket = case.ticket.replace(
        status=Status.MERGED, merged_into=case.args.into, dispatch_since=None, dispatch_desk=None
    )
    units = [part.unit for part in case.ticket.active if part.working]
    return Change(ticket, to_each("merged", units, into=case.args.into))
