"""Who may do what, and to which rows."""

from __future__ import annotations

import pytest

from app.people.model import ROLES, Person
from app.people.rights import (
    ACTIONS,
    RIGHTS,
    Action,
    Forbidden,
    Row,
    may,
    require,
    sees_caller,
    sees_content,
)

OPERATOR = Person("op", "operator", operator_id="op1001")
BACK_OFFICE = Person("bo", "back_office", operator_id="op1002")
SUPERVISOR = Person("su", "supervisor")
AUDITOR = Person("au", "auditor")
ADMIN = Person("ad", "admin")
WATER = Person("wa", "unit", unit_id="water")
DISCIPLINE = Person("di", "unit", unit_id="discipline")
EVERYONE = (OPERATOR, BACK_OFFICE, SUPERVISOR, AUDITOR, ADMIN, WATER, DISCIPLINE)

OF_WATER = Row(unit_ids=frozenset({"water", "power"}))
OF_POWER = Row(unit_ids=frozenset({"power"}))
ECONOMIC_REPORT = Row(
    unit_ids=frozenset({"discipline", "water"}),
    confidential=True,
    discipline_unit="discipline",
    protected_caller=True,
)
ANONYMOUS = Row(unit_ids=frozenset({"water"}), protected_caller=True)
CONTENT: tuple[Action, ...] = ("call.read", "recording.play", "transcript.read", "ticket.correct")


def refused(person: Person, action: Action, row: Row | None = None) -> bool:
    try:
        require(person, action, row)
    except Forbidden:
        return True
    return False


def test_every_action_is_in_the_table_and_somebody_may_do_it() -> None:
    assert set(RIGHTS) == set(ACTIONS)
    assert all(RIGHTS[action] for action in ACTIONS)


def test_every_role_may_do_something() -> None:
    assert all(any(role in RIGHTS[action] for action in ACTIONS) for role in ROLES)


@pytest.mark.parametrize("action", [action for action in ACTIONS if action.startswith(("ticket.", "call."))])
def test_whoever_keeps_the_accounts_reads_no_ticket_and_no_call(action: Action) -> None:
    assert not may(ADMIN, action)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_auditor_changes_nothing(action: Action) -> None:
    if may(AUDITOR, action):
        assert action.rpartition(".")[2] in {"list", "read", "export"}


def test_only_an_auditor_reads_the_audit_log() -> None:
    assert [person for person in EVERYONE if may(person, "audit.read")] == [AUDITOR]


def test_a_unit_sees_its_own_tickets_only() -> None:
    assert not refused(WATER, "ticket.read", OF_WATER)
    assert refused(WATER, "ticket.read", OF_POWER)
    assert refused(WATER, "ticket.report", OF_POWER)


@pytest.mark.parametrize("action", ["ticket.dispatch", "ticket.close", "ticket.urge", "ticket.follow_up", "call.list"])
def test_a_unit_does_not_do_the_centres_work(action: Action) -> None:
    assert refused(WATER, action, OF_WATER)


@pytest.mark.parametrize(
    "action", ["ticket.accept", "ticket.head_read", "ticket.report", "ticket.return", "ticket.extend", "ticket.explain"]
)
def test_the_centre_does_not_do_a_units_work(action: Action) -> None:
    assert all(refused(person, action, OF_WATER) for person in (OPERATOR, BACK_OFFICE, SUPERVISOR))


def test_a_unit_goes_above_itself_with_its_own_tickets_only() -> None:
    assert not refused(WATER, "ticket.escalate", OF_WATER)
    assert refused(WATER, "ticket.escalate", OF_POWER)


def test_a_unit_person_without_a_unit_sees_nothing() -> None:
    assert refused(Person("lost", "unit"), "ticket.read", Row())


def test_an_operator_controls_the_calls_they_take_part_in() -> None:
    assert not refused(OPERATOR, "call.add_party", Row(operator_ids=frozenset({"op1001"})))
    assert refused(OPERATOR, "call.hangup", Row(operator_ids=frozenset({"op1002"})))
    assert not refused(SUPERVISOR, "call.hangup", Row(operator_ids=frozenset({"op1002"})))


def test_an_operator_changes_their_own_state_and_the_back_office_anyones() -> None:
    assert refused(OPERATOR, "operator.state", Row(operator_ids=frozenset({"op1002"})))
    assert not refused(BACK_OFFICE, "operator.state", Row(operator_ids=frozenset({"op1001"})))


def test_a_phones_account_is_for_nobody_but_its_operator() -> None:
    own = Row(operator_ids=frozenset({"op1001"}))
    assert [person for person in EVERYONE if not refused(person, "operator.phone", own)] == [OPERATOR]


@pytest.mark.parametrize("action", CONTENT)
def test_the_content_of_an_economic_report_is_for_the_discipline_unit_only(action: Action) -> None:
    others = (OPERATOR, BACK_OFFICE, SUPERVISOR, AUDITOR, ADMIN, WATER)
    assert all(refused(person, action, ECONOMIC_REPORT) for person in others)
    assert not any(sees_content(person, ECONOMIC_REPORT) for person in others)
    assert sees_content(DISCIPLINE, ECONOMIC_REPORT)


def test_the_discipline_unit_hears_and_reads_its_reports() -> None:
    assert not refused(DISCIPLINE, "recording.play", ECONOMIC_REPORT)
    assert not refused(DISCIPLINE, "ticket.read", ECONOMIC_REPORT)


def test_a_confidential_ticket_without_a_discipline_unit_is_shown_to_nobody() -> None:
    nowhere = Row(unit_ids=frozenset({"water"}), confidential=True)
    assert not any(sees_content(person, nowhere) for person in EVERYONE)
    assert refused(WATER, "ticket.read", nowhere)


def test_the_centre_still_dispatches_and_urges_a_confidential_ticket() -> None:
    assert not refused(OPERATOR, "ticket.dispatch", ECONOMIC_REPORT)
    assert not refused(BACK_OFFICE, "ticket.urge", ECONOMIC_REPORT)


def test_a_caller_who_will_not_be_named_stays_unnamed_and_unheard_to_the_unit() -> None:
    assert not sees_caller(WATER, ANONYMOUS)
    assert refused(WATER, "ticket.caller", ANONYMOUS)
    assert refused(WATER, "recording.play", ANONYMOUS)
    assert refused(WATER, "transcript.read", ANONYMOUS)
    assert not refused(WATER, "ticket.read", ANONYMOUS)
    assert not refused(OPERATOR, "ticket.caller", ANONYMOUS)


def test_an_ordinary_caller_is_known_to_the_unit_that_must_inform_them_and_not_to_the_auditor() -> None:
    assert sees_caller(WATER, OF_WATER)
    assert not sees_caller(AUDITOR, OF_WATER)


def test_a_refusal_says_nothing_of_the_row() -> None:
    with pytest.raises(Forbidden) as refusal:
        require(WATER, "ticket.read", ECONOMIC_REPORT)
    assert "discipline" not in str(refusal.value)
