"""Over which trunk a number goes out, as which number, and when the next one is tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_bridge.errands import DUTY, Mode, Outcome, Post, Summons
from ami_bridge.routes import Dial, Route, Trunk, choose, following, plan, tries_next

MOBILE, FIXED = Trunk("mobile"), Trunk("fixed")
POST_B = Post("B", "钱丽", "87650002")


def summons(*tried: str) -> Summons:
    post = Post("A", "赵强", "13912345678", tried)
    return Summons(DUTY, "water", "水务局", Mode.JOIN, "n-1-u1", post, (POST_B,))


def trunks(ways: tuple[Dial, ...]) -> list[str]:
    return [way.trunk for way in ways]


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("1XXXXXXXXXX", "13912345678", True),
        ("1XXXXXXXXXX", "139123456789", False),
        ("0510.", "051087650001", True),
        ("0510.", "0510", True),
        ("NXXXXXXX", "87650001", True),
        ("NXXXXXXX", "17650001", False),
        (".", "110", True),
        ("+852.", "+85291234567", True),
    ],
)
def test_a_pattern_fits_whole_numbers(pattern: str, number: str, fits: bool) -> None:
    assert Route(pattern).fits(number) is fits


def test_what_is_urgent_goes_over_a_full_trunk_where_no_other_is_left() -> None:
    full, free = Trunk("east", calls=2, most_calls=2), Trunk("west", priority=9)
    assert [way.trunk for way in plan("110", (), (full, free), urgent=True)] == ["west", "east"]
    assert [way.trunk for way in plan("110", (), (full,), urgent=True)] == ["east"]
    assert plan("110", (), (full,)) == ()


def test_the_first_route_that_fits_says_trunks_number_and_caller_id() -> None:
    routes = [
        Route("0510.", ("fixed", "mobile"), strip=4, prefix="9", caller_id="051012345"),
        Route(".", ("mobile",)),
    ]
    assert plan("051087650001", routes, [MOBILE, FIXED]) == (
        Dial("fixed", "987650001", "051012345"),
        Dial("mobile", "987650001", "051012345"),
    )
    assert plan("13912345678", routes, [MOBILE, FIXED]) == (Dial("mobile", "13912345678"),)


def test_without_a_route_priority_decides_and_within_it_the_weight() -> None:
    busy, idle = Trunk("busy", calls=3, weight=2), Trunk("idle", calls=0)
    backup = Trunk("backup", priority=2)
    assert trunks(plan("110", (), [backup, busy, idle])) == ["idle", "busy", "backup"]
    assert trunks(plan("110", (), [Trunk("a", calls=2, weight=1), Trunk("b", calls=2, weight=10)])) == ["b", "a"]


def test_a_full_trunk_is_left_out_and_one_that_is_down_comes_last() -> None:
    full = Trunk("full", calls=30, most_calls=30)
    assert trunks(plan("110", [Route(".", ("full", "dead", "mobile"))], [full, MOBILE, Trunk("dead", up=False)])) == [
        "mobile",
        "dead",
    ]
    assert plan("110", (), [full]) == ()


@given(
    st.lists(
        st.builds(
            Trunk,
            st.sampled_from(["a", "b", "c", "d"]),
            st.booleans(),
            st.integers(0, 5),
            st.integers(0, 5),
            st.integers(1, 3),
            st.integers(1, 9),
        ),
        unique_by=lambda trunk: trunk.name,
    )
)
def test_every_trunk_with_room_is_tried_once_and_those_that_are_up_first(known: list[Trunk]) -> None:
    ways = plan("13912345678", (), known)
    assert sorted(trunks(ways)) == sorted(trunk.name for trunk in known if not trunk.full)
    up = [{trunk.name: trunk for trunk in known}[name].up for name in trunks(ways)]
    assert up == sorted(up, reverse=True)


@pytest.mark.parametrize(
    ("outcome", "code", "tried"),
    [
        (Outcome.FAILED, 0, True),
        (Outcome.FAILED, 503, True),
        (Outcome.REFUSED, 403, True),
        (Outcome.REFUSED, 407, True),
        (Outcome.UNREACHABLE, 408, True),
        (Outcome.REFUSED, 302, False),
        (Outcome.UNREACHABLE, 480, False),
        (Outcome.BUSY, 486, False),
        (Outcome.DECLINED, 603, False),
        (Outcome.WRONG_NUMBER, 404, False),
        (Outcome.NO_ANSWER, 0, False),
        (Outcome.CANCELLED, 0, False),
    ],
)
def test_the_next_trunk_is_tried_when_it_was_the_trunks_fault(outcome: Outcome, code: int, tried: bool) -> None:
    assert tries_next(outcome, code) is tried


def test_the_same_telephone_rings_over_every_trunk_before_the_next_telephone() -> None:
    ways = plan("13912345678", (), [FIXED, MOBILE])
    first = choose(ways, ())
    assert first == Dial("fixed", "13912345678")
    rest = following(summons(), first, ways, Outcome.FAILED, 503)
    assert rest == (Post("A", "赵强", "13912345678", ("fixed",)), POST_B)
    second = choose(ways, rest[0].tried)
    assert second == Dial("mobile", "13912345678")
    assert following(summons("fixed"), second, ways, Outcome.FAILED, 500) == (POST_B,)


def test_a_telephone_that_answers_for_itself_is_not_rung_again() -> None:
    ways = plan("13912345678", (), [FIXED, MOBILE])
    assert following(summons(), ways[0], ways, Outcome.BUSY, 486) == (POST_B,)
