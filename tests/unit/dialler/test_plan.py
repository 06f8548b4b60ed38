"""What is dialled now keeps to every rule at once, and what is not says why and when it may be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialler.plan import Decision, Standing, Why, Wish, plan
from app.dialler.rules import REASONS, Hours, Outcome, Reason, ReasonRules, Rules, Window
from app.matters.clock import Calendar

CITY = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 30, 10, tzinfo=CITY)
DAY = (Window(time(9), time(20)),)
RULES = Rules(
    {
        **{reason: ReasonRules(DAY, DAY) for reason in REASONS},
        "call-back": ReasonRules(DAY, DAY, operator=True),
        "follow-up": ReasonRules(DAY, (), attempts=3, gaps={"busy": timedelta(minutes=10)}, at_a_time=2),
    },
    a_day=2,
    kept_free=2,
    never=frozenset({"13800000009"}),
)
FREE = Standing(lines=10, operators=3)


def wish(which: int = 1, reason: Reason = "follow-up", **other: Any) -> Wish:
    return replace(Wish(which, f"1380000000{which}", reason, NOW - timedelta(hours=5)), **other)


def decided(*wishes: Wish, standing: Standing = FREE, now: datetime = NOW) -> list[Decision]:
    return list(plan(now, wishes, standing, RULES, Hours(RULES, Calendar(), CITY)))


def why(*wishes: Wish, standing: Standing = FREE, now: datetime = NOW) -> list[Why]:
    return [one.why for one in decided(*wishes, standing=standing, now=now)]


@pytest.mark.parametrize(
    ("changed", "said", "earliest"),
    [
        ({}, "now", None),
        ({"last": "person", "tried": 1, "last_at": NOW}, "done", None),
        ({"last": "wrong-number", "tried": 1, "last_at": NOW}, "done", None),
        ({"last": "busy", "tried": 3, "last_at": NOW}, "exhausted", None),
        ({"number": "13800000009"}, "never", None),
        ({"not_before": NOW + timedelta(hours=2)}, "not-before", NOW + timedelta(hours=2)),
        ({"last": "busy", "tried": 1, "last_at": NOW}, "gap", NOW + timedelta(minutes=10)),
        ({"last": "no-answer", "tried": 1, "last_at": NOW}, "gap", NOW + timedelta(hours=2)),
        ({"last": "busy", "tried": 1, "last_at": NOW - timedelta(minutes=10)}, "now", None),
    ],
)
def test_a_wish_is_dialled_or_says_why_not_and_when(
    changed: dict[str, Any], said: Why, earliest: datetime | None
) -> None:
    (one,) = decided(wish(**changed))
    assert (one.why, one.earliest) == (said, earliest)


def test_out_of_hours_it_waits_for_the_next_permitted_moment_over_a_holiday() -> None:
    (one,) = decided(wish(), now=datetime(2026, 9, 30, 21, tzinfo=CITY))
    assert (one.why, one.earliest) == ("hours", datetime(2026, 10, 8, 9, tzinfo=CITY))


def test_what_a_gap_would_put_into_the_night_waits_for_the_morning() -> None:
    late = datetime(2026, 9, 29, 19, tzinfo=CITY)
    (one,) = decided(wish(last="no-answer", tried=1, last_at=late), now=late)
    assert (one.why, one.earliest) == ("gap", datetime(2026, 9, 30, 9, tzinfo=CITY))


def test_one_number_is_called_so_often_a_day_for_whatever_reason_and_again_the_next_day() -> None:
    today = replace(FREE, today={"13800000001": 2})
    (one,) = decided(wish(reason="inform"), standing=today)
    assert (one.why, one.earliest) == ("day", datetime(2026, 10, 1, 9, tzinfo=CITY))


def test_two_wishes_for_one_number_are_not_both_dialled() -> None:
    assert why(wish(1), wish(2, number="13800000001", reason="inform")) == ["now", "in-call"]
    assert why(wish(1), standing=replace(FREE, in_call={"13800000001": "urge"})) == ["in-call"]


def test_lines_are_kept_free_for_citizens() -> None:
    two = (wish(1, "inform"), wish(2, "inform"))
    assert why(*two, standing=replace(FREE, lines=3)) == ["now", "lines"]
    assert why(*two, standing=replace(FREE, lines=2)) == ["lines", "lines"]
    assert why(*two, standing=replace(FREE, lines=0)) == ["lines", "lines"]


def test_of_one_reason_so_many_at_a_time() -> None:
    assert why(wish(1), wish(2), wish(3)) == ["now", "now", "ceiling"]
    assert why(wish(1), standing=replace(FREE, in_call={"1": "follow-up", "2": "follow-up"})) == ["ceiling"]


def test_a_call_that_needs_an_operator_waits_for_one_and_others_do_not() -> None:
    wishes = (wish(1, "call-back"), wish(2, "call-back"), wish(3, "inform"))
    assert why(*wishes, standing=replace(FREE, operators=1)) == ["now", "operators", "now"]


def test_paused_is_one_reason_and_stopped_is_all() -> None:
    two = (wish(1), wish(2, "inform"))
    assert why(*two, standing=replace(FREE, paused=frozenset({"follow-up"}))) == ["paused", "now"]
    assert why(*two, standing=replace(FREE, stopped=True)) == ["stopped", "stopped"]


def test_the_more_urgent_goes_first_then_who_has_waited_longest() -> None:
    early, late = NOW - timedelta(hours=9), NOW - timedelta(hours=1)
    wishes = (wish(1, "inform", wanted_at=late), wish(2, "inform", wanted_at=early), wish(3, "inform", priority=1))
    assert [one.wish.id for one in decided(*wishes)] == [3, 2, 1]


outcomes: st.SearchStrategy[Outcome] = st.sampled_from(("busy", "no-answer", "machine", "person", "refused"))


@st.composite
def drawn(draw: st.DrawFn) -> Wish:
    tried = draw(st.integers(0, 4))
    last: Outcome | None = draw(outcomes) if tried else None
    ago = timedelta(minutes=draw(st.integers(0, 600)))
    number, reason = draw(st.integers(1, 9)), draw(st.sampled_from(REASONS))
    return Wish(
        draw(st.integers(1, 10**6)),
        f"1380000000{number}",
        reason,
        NOW - timedelta(minutes=draw(st.integers(0, 900))),
        NOW + timedelta(minutes=draw(st.integers(-100, 100))),
        draw(st.integers(0, 3)),
        tried,
        NOW - ago if tried else None,
        last,
    )


@given(
    st.lists(drawn(), max_size=30),
    st.integers(0, 12),
    st.integers(0, 4),
    st.dictionaries(st.sampled_from([f"1380000000{n}" for n in range(1, 10)]), st.integers(0, 3)),
)
def test_whatever_is_wanted_the_calls_of_a_plan_keep_to_every_rule_together(
    wishes: list[Wish], lines: int, operators: int, today: dict[str, int]
) -> None:
    found = decided(*wishes, standing=Standing(lines, operators, today=today))
    assert sorted(one.wish.id for one in found) == sorted(one.id for one in wishes)
    made = [one.wish for one in found if one.why == "now"]
    assert len(made) <= max(0, lines - RULES.kept_free)
    assert len({one.number for one in made}) == len(made)
    of = Counter(one.reason for one in made)
    assert of["follow-up"] <= 2
    assert of["call-back"] <= operators
    for one in made:
        assert one.tried < RULES.of[one.reason].attempts
        assert one.last not in {"person", "wrong-number"}
        assert one.number not in RULES.never
        assert today.get(one.number, 0) < RULES.a_day
        assert one.not_before is None or one.not_before <= NOW
        assert one.last_at is None or one.last is None or one.last_at + RULES.of[one.reason].after(one.last) <= NOW


@given(st.lists(drawn(), max_size=30), st.randoms())
def test_in_whatever_order_wishes_come_the_plan_is_the_same(wishes: list[Wish], random: Random) -> None:
    each = {one.id: one for one in wishes}.values()
    turned = list(each)
    random.shuffle(turned)
    assert decided(*each) == decided(*turned)


@given(drawn())
def test_what_waits_for_a_time_is_dialled_when_that_time_has_come(one: Wish) -> None:
    (first,) = decided(one)
    if first.why in {"gap", "not-before"}:
        assert first.earliest is not None
        assert why(one, now=first.earliest) == ["now"]
