"""The interpreter: what each key does, and that every caller ends with a person whatever they press."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.interpreter import (
    MOST_PROMPTS,
    BookCallback,
    Command,
    Digits,
    Done,
    Gather,
    HangUpCall,
    Input,
    KeyPress,
    Lookup,
    LookupFailed,
    Play,
    Record,
    Step,
    TicketFound,
    TicketMissing,
    Timeout,
    ToQueue,
    start,
    step,
)
from ivr.menu import STATUSES, Menu
from tests.unit.ivr.menus import DIRECT, EVERYTHING, FULL

NOON = datetime(2026, 9, 30, 11, tzinfo=ZoneInfo("Asia/Shanghai"))
MIDNIGHT = NOON.replace(hour=0)
GREETING = Gather(("zh-CN/greeting", "zh-CN/main-menu", "zh-CN/other-language"), 1, 5.0)
MENU_AGAIN = Gather(("zh-CN/main-menu", "zh-CN/other-language"), 1, 5.0)
WRONG_KEY = Gather(("zh-CN/invalid-key", "zh-CN/main-menu", "zh-CN/other-language"), 1, 5.0)
TRANSFERRING = Play(("zh-CN/transferring",))
ASK_NUMBER = Gather(("zh-CN/progress-ask",), 14, 6.0)
OPERATOR = ToQueue("", "zh-CN")


def walk(menu: Menu, inputs: Iterable[Input], *, now: datetime = NOON, tickets: bool = True) -> list[Step]:
    steps = [start(menu, now, tickets_available=tickets)]
    for one in inputs:
        steps.append(step(menu, steps[-1].state, one))
    return steps


def commands(steps: Iterable[Step]) -> list[Command]:
    return [one.command for one in steps]


def keys(steps: Iterable[Step]) -> list[KeyPress]:
    return [key for one in steps for key in one.keys]


@pytest.mark.parametrize(
    ("key", "category"),
    [("1", "consult"), ("2", "suggestion"), ("3", "complaint"), ("4", "help"), ("0", "")],
)
def test_one_key_leads_to_the_queue_with_its_category(key: str, category: str) -> None:
    steps = walk(FULL, [Digits(key), Done()])
    assert commands(steps) == [GREETING, TRANSFERRING, ToQueue(category, "zh-CN")]
    assert keys(steps) == [KeyPress("main", key)]


def test_saying_nothing_leads_to_an_operator() -> None:
    assert commands(walk(FULL, [Timeout(), Done()])) == [GREETING, TRANSFERRING, OPERATOR]


def test_three_wrong_keys_lead_to_an_operator_and_are_reported() -> None:
    steps = walk(FULL, [Digits("7"), Digits(""), Digits("6"), Done()])
    assert commands(steps) == [GREETING, WRONG_KEY, WRONG_KEY, TRANSFERRING, OPERATOR]
    assert keys(steps) == [KeyPress("main", "7"), KeyPress("main", "#"), KeyPress("main", "6")]


def test_star_repeats_without_counting_as_wrong() -> None:
    steps = walk(FULL, [Digits("*"), Digits("7"), Digits("*"), Digits("1")])
    assert commands(steps) == [GREETING, MENU_AGAIN, WRONG_KEY, MENU_AGAIN, TRANSFERRING]


def test_repeating_for_ever_leads_to_an_operator() -> None:
    steps = walk(FULL, [Digits("*")] * FULL.max_questions + [Done()])
    assert commands(steps)[-3:] == [MENU_AGAIN, TRANSFERRING, OPERATOR]
    assert sum(isinstance(command, Gather) for command in commands(steps)) == FULL.max_questions


def test_the_direct_menu_greets_and_queues() -> None:
    assert commands(walk(DIRECT, [Done()])) == [Play(("zh-CN/greeting", "zh-CN/transferring")), OPERATOR]


@pytest.mark.parametrize("digits", ["20260930000123"])
@pytest.mark.parametrize("ended_by", [Digits, Timeout])
def test_a_ticket_number_is_looked_up_and_its_status_said(digits: str, ended_by: type[Digits | Timeout]) -> None:
    found = TicketFound("20260930-000123", "processing")
    steps = walk(FULL, [Digits("5"), ended_by(digits), found])
    said = ("zh-CN/progress-status", "zh-CN/status-processing", "zh-CN/progress-more")
    assert commands(steps) == [GREETING, ASK_NUMBER, Lookup("20260930-000123"), Gather(said, 1, 5.0)]


@pytest.mark.parametrize("nothing", [Digits(""), Timeout()])
def test_no_number_means_the_latest_ticket_whose_number_is_said(nothing: Input) -> None:
    steps = walk(
        FULL, [Digits("5"), nothing, TicketFound("20260930-000123", "closed"), Done(), Done(), Timeout(), Done()]
    )
    assert commands(steps)[2] == Lookup(None)
    said = [prompt for command in commands(steps)[3:6] for prompt in getattr(command, "prompts", ())]
    digits = [f"zh-CN/digit-{digit}" for digit in "20260930000123"]
    assert said == [
        "zh-CN/progress-latest",
        *digits,
        "zh-CN/progress-status",
        "zh-CN/status-closed",
        "zh-CN/progress-more",
    ]
    assert commands(steps)[-2:] == [TRANSFERRING, OPERATOR]


def test_an_unusable_number_is_asked_again_three_times_at_most() -> None:
    again = Gather(("zh-CN/progress-invalid", "zh-CN/progress-ask"), 14, 6.0)
    steps = walk(FULL, [Digits("5"), Digits("123"), Timeout("4"), Digits("*" * 14), Done()])
    assert commands(steps) == [GREETING, ASK_NUMBER, again, again, TRANSFERRING, OPERATOR]


def test_no_digit_of_a_ticket_number_is_reported_as_a_key() -> None:
    assert keys(walk(FULL, [Digits("5"), Digits("20260930000123")])) == [KeyPress("main", "5")]


def test_an_unknown_ticket_is_said_so_and_the_caller_may_go_back() -> None:
    steps = walk(FULL, [Digits("5"), Digits(""), TicketMissing(), Digits("*"), Digits("4")])
    more = Gather(("zh-CN/progress-not-found", "zh-CN/progress-more"), 1, 5.0)
    assert commands(steps)[3:] == [more, MENU_AGAIN, TRANSFERRING]


@pytest.mark.parametrize("answer", [LookupFailed(), TicketFound("20260930-000123", "eaten"), Done()])
def test_a_failed_lookup_leads_to_an_operator(answer: Input) -> None:
    steps = walk(FULL, [Digits("5"), Digits(""), answer, Done()])
    assert commands(steps)[3:] == [Play(("zh-CN/progress-unavailable", "zh-CN/transferring")), OPERATOR]


def test_while_tickets_are_away_nobody_is_asked_for_a_number() -> None:
    steps = walk(FULL, [Digits("5"), Done()], tickets=False)
    assert commands(steps)[1:] == [Play(("zh-CN/progress-unavailable", "zh-CN/transferring")), OPERATOR]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_can_be_said(status: str) -> None:
    steps = walk(FULL, [Digits("5"), Digits("20260930000123"), TicketFound("20260930-000123", status)])
    assert f"zh-CN/status-{status}" in getattr(steps[-1].command, "prompts", ())


def test_out_of_hours_a_caller_may_leave_a_message() -> None:
    steps = walk(EVERYTHING, [Digits("1"), Done(), Done(), Done(), Done()], now=MIDNIGHT)
    assert commands(steps) == [
        Gather(("zh-CN/out-of-hours", "zh-CN/out-of-hours-menu"), 1, 5.0),
        Play(("zh-CN/leave-message",)),
        Record(60, 4),
        Play(("zh-CN/message-saved", "zh-CN/thanks")),
        HangUpCall(),
        HangUpCall(),
    ]


def test_out_of_hours_a_caller_may_ask_for_a_callback() -> None:
    steps = walk(EVERYTHING, [Digits("2"), Done(), Done()], now=MIDNIGHT)
    assert commands(steps)[1:] == [BookCallback(), Play(("zh-CN/callback-confirmed", "zh-CN/thanks")), HangUpCall()]


def test_out_of_hours_doing_nothing_still_leads_to_a_person() -> None:
    assert commands(walk(EVERYTHING, [Timeout(), Done()], now=MIDNIGHT))[-1] == OPERATOR


def test_another_language_is_spoken_from_its_key_on_and_reaches_the_operator() -> None:
    steps = walk(EVERYTHING, [Digits("2"), Digits("1")])
    assert commands(steps)[1:] == [
        Gather(("en-US/greeting", "en-US/greeting", "en-US/main-menu"), 1, 2.5),
        ToQueue("consult", "en-US"),
    ]


def test_the_full_menu_goes_on_in_english_at_a_key_and_comes_back_at_another() -> None:
    assert commands(walk(FULL, [Digits("8"), Digits("9"), Digits("1"), Done()]))[1:] == [
        Gather(("en/main-menu", "en/other-language"), 1, 5.0),
        MENU_AGAIN,
        TRANSFERRING,
        ToQueue("consult", "zh-CN"),
    ]


ANYTHING = st.one_of(
    st.builds(Digits, st.text("0123456789*#ABCD", max_size=16)),
    st.builds(Timeout, st.text("0123456789", max_size=14)),
    st.just(Done()),
    st.builds(TicketFound, st.text(max_size=20), st.sampled_from([*STATUSES, "", "nonsense"])),
    st.just(TicketMissing()),
    st.just(LookupFailed()),
)
MOST_STEPS = 120
MENUS = st.sampled_from([FULL, DIRECT, EVERYTHING])
MOMENTS = st.sampled_from([NOON, MIDNIGHT])


def walk_to_the_end(
    menu: Menu, now: datetime, tickets: bool, data: st.DataObject, inputs: st.SearchStrategy[Input]
) -> list[Step]:
    steps = [start(menu, now, tickets_available=tickets)]
    while not isinstance(steps[-1].command, ToQueue | HangUpCall):
        assert len(steps) < MOST_STEPS
        steps.append(step(menu, steps[-1].state, data.draw(inputs)))
    return steps


@given(MENUS, MOMENTS, st.booleans(), st.data())
def test_whatever_comes_in_the_call_ends_with_a_person_and_nothing_raises(
    menu: Menu, now: datetime, tickets: bool, data: st.DataObject
) -> None:
    steps = walk_to_the_end(menu, now, tickets, data, ANYTHING)
    served = any(isinstance(command, Record | BookCallback) for command in commands(steps))
    assert isinstance(steps[-1].command, ToQueue) or (served and menu is EVERYTHING)
    assert step(menu, steps[-1].state, data.draw(ANYTHING)).command == steps[-1].command
    for command in commands(steps):
        if isinstance(command, Gather | Play):
            assert 1 <= len(command.prompts) <= MOST_PROMPTS


@given(MENUS, MOMENTS, st.booleans(), st.data())
def test_a_caller_who_never_presses_a_right_key_always_gets_a_person(
    menu: Menu, now: datetime, tickets: bool, data: st.DataObject
) -> None:
    hopeless: st.SearchStrategy[Input] = st.sampled_from([Timeout(), Done(), Digits("7"), Digits("")])
    assert isinstance(walk_to_the_end(menu, now, tickets, data, hopeless)[-1].command, ToQueue)
