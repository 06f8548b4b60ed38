"""Which queue a call waits in, when it flows over, and who is rung first."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.operators.choose import CallFacts, Place, choose_queue, memberships, overflow
from app.operators.roster import Operator, Queue, Roster, Route

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE)
SUNDAY_NOON = datetime(2026, 11, 22, 12, tzinfo=ZONE)
WEEKDAYS = {"mon-fri": ["08:30-17:30"]}

ROSTER = Roster(
    general="hotline",
    queues=(
        Queue(name="hotline", title="综合"),
        Queue(name="enterprise", title="企业专席", hours=WEEKDAYS, overflow_to="hotline"),
        Queue(name="english", title="英语", skills=("en",), longest_wait=30, overflow_to="hotline", priority=2),
        Queue(name="dialect", title="方言", skills=("wu", "patience"), longest_wait=60, overflow_to="enterprise"),
    ),
    routes=(
        Route(place=1, priority=7, callers="elderly"),
        Route(place=2, queue="enterprise", dialled="12346"),
        Route(place=3, queue="english", language="en"),
        Route(place=4, queue="dialect", category="help", hours=WEEKDAYS),
    ),
    caller_lists={"elderly": frozenset({"13800000001"})},
)


@pytest.mark.parametrize(
    ("facts", "now", "place"),
    [
        (CallFacts(dialled="12345"), MONDAY_NOON, Place("hotline")),
        (CallFacts(dialled="12346"), MONDAY_NOON, Place("enterprise")),
        (CallFacts(dialled="12346"), SUNDAY_NOON, Place("hotline")),
        (CallFacts(language="en"), MONDAY_NOON, Place("english", 2)),
        (CallFacts(category="help"), MONDAY_NOON, Place("dialect")),
        (CallFacts(category="help"), SUNDAY_NOON, Place("hotline")),
        (CallFacts(dialled="12346", language="en"), MONDAY_NOON, Place("enterprise")),
        (CallFacts(caller="13800000001"), MONDAY_NOON, Place("hotline", 7)),
        (CallFacts(caller="13800000001", language="en"), MONDAY_NOON, Place("english", 7)),
        (CallFacts(caller="13800000002"), MONDAY_NOON, Place("hotline")),
        (CallFacts(dialled="12346", menu_queue="english"), MONDAY_NOON, Place("english", 2)),
        (CallFacts(dialled="12346", menu_queue="nosuch"), MONDAY_NOON, Place("enterprise")),
    ],
)
def test_the_queue_of_a_call(facts: CallFacts, now: datetime, place: Place) -> None:
    assert choose_queue(facts, ROSTER, now) == place


@pytest.mark.parametrize(
    ("queue", "waited_s", "now", "place"),
    [
        ("hotline", 9999, MONDAY_NOON, None),
        ("english", 29.9, MONDAY_NOON, None),
        ("english", 30, MONDAY_NOON, Place("hotline", 2)),
        ("enterprise", 9999, MONDAY_NOON, None),
        ("enterprise", 1, SUNDAY_NOON, Place("hotline")),
        ("dialect", 60, MONDAY_NOON, Place("enterprise")),
        ("dialect", 60, SUNDAY_NOON, Place("hotline")),
        ("nosuch", 60, MONDAY_NOON, None),
    ],
)
def test_when_a_caller_flows_over(queue: str, waited_s: float, now: datetime, place: Place | None) -> None:
    assert overflow(ROSTER, queue, waited_s, now) == place


@pytest.mark.parametrize(
    ("skills", "queues"),
    [
        ({}, {"hotline": 0, "enterprise": 0}),
        ({"en": 9}, {"hotline": 0, "enterprise": 0, "english": 0}),
        ({"en": 4, "wu": 9}, {"hotline": 0, "enterprise": 0, "english": 5}),
        ({"wu": 9, "patience": 3}, {"hotline": 0, "enterprise": 0, "dialect": 6}),
    ],
)
def test_the_weakest_skill_that_a_queue_wants_says_how_early_one_is_rung(
    skills: dict[str, int], queues: dict[str, int]
) -> None:
    assert memberships(Operator(id="op1001", name="张三", skills=skills), ROSTER) == queues
