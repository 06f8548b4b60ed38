"""The three-party call dials post A, then post B, then the leader in charge."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.units.changes import told_late
from app.units.duty import NobodyOnDutyError, duty_chain
from app.units.model import Contact, DutyPost, Post, Shift, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = "Mon-Fri 08:30-17:30"
MONDAY_10 = datetime(2026, 9, 28, 10, tzinfo=SHANGHAI)
MONDAY_NIGHT = datetime(2026, 9, 28, 23, tzinfo=SHANGHAI)

A = Contact("A", "赵一", phone="87650001", mobile="13800000001", hours=OFFICE)
B = Contact("B", "钱二", phone="87650002", hours=OFFICE)
LEADER = Contact("leader", "孙三", mobile="13800000003")
DUTY = Contact("duty", "值班室", phone="87650000")


def unit(*contacts: Contact) -> Unit:
    return Unit("water", "水务局", contacts=contacts)


def night_shift(post: Post, name: str = "", phone: str = "", unit_id: str = "water") -> Shift:
    return Shift(
        unit_id,
        date(2026, 9, 28),
        "night",
        post,
        datetime(2026, 9, 28, 20, tzinfo=SHANGHAI),
        datetime(2026, 9, 29, 8, tzinfo=SHANGHAI),
        name,
        phone,
    )


def posts(chain: tuple[DutyPost, ...]) -> list[tuple[str, str]]:
    return [(post.post, post.phone) for post in chain]


def test_in_office_hours_a_then_b_then_the_leader() -> None:
    assert duty_chain(unit(LEADER, B, A), (), MONDAY_10) == (
        DutyPost("A", "赵一", "87650001"),
        DutyPost("B", "钱二", "87650002"),
        DutyPost("leader", "孙三", "13800000003"),
    )


def test_outside_their_hours_posts_are_skipped() -> None:
    assert posts(duty_chain(unit(A, B, LEADER), (), MONDAY_NIGHT)) == [("leader", "13800000003")]


def test_hours_are_read_in_the_units_time_zone() -> None:
    utc = MONDAY_10.astimezone(ZoneInfo("UTC"))
    assert posts(duty_chain(unit(A), (), utc)) == [("A", "87650001")]


def test_the_24_hour_duty_phone_stands_in_for_a_post_a_that_is_not_on_duty() -> None:
    assert posts(duty_chain(unit(A, B, LEADER, DUTY), (), MONDAY_NIGHT)) == [
        ("A", "87650000"),
        ("leader", "13800000003"),
    ]
    assert ("A", "87650000") not in posts(duty_chain(unit(A, B, LEADER, DUTY), (), MONDAY_10))


def test_the_roster_puts_people_on_duty_outside_their_hours() -> None:
    roster = [night_shift("B"), night_shift("A", "李四", "13900000009")]
    assert duty_chain(unit(A, B, LEADER), roster, MONDAY_NIGHT) == (
        DutyPost("A", "李四", "13900000009"),
        DutyPost("B", "钱二", "87650002"),
        DutyPost("leader", "孙三", "13800000003"),
    )


def test_a_post_that_the_roster_leaves_out_is_not_on_duty() -> None:
    roster = [
        Shift(
            "water",
            date(2026, 9, 28),
            "day",
            "B",
            datetime(2026, 9, 28, 8, tzinfo=SHANGHAI),
            datetime(2026, 9, 28, 18, tzinfo=SHANGHAI),
        )
    ]
    assert posts(duty_chain(unit(A, B), roster, MONDAY_10)) == [("B", "87650002")]


def test_shifts_of_other_units_and_other_times_change_nothing() -> None:
    roster = [night_shift("A", phone="999", unit_id="power"), night_shift("A", phone="998")]
    assert posts(duty_chain(unit(A), roster, MONDAY_10)) == [("A", "87650001")]


def test_a_shift_ends_at_its_end() -> None:
    end = datetime(2026, 9, 29, 8, tzinfo=SHANGHAI)
    with pytest.raises(NobodyOnDutyError):
        duty_chain(unit(A), [night_shift("A")], end)


def test_no_number_is_dialled_twice() -> None:
    same = Contact("B", "钱二", phone=A.phone)
    assert posts(duty_chain(unit(A, same, LEADER), (), MONDAY_10)) == [
        ("A", "87650001"),
        ("leader", "13800000003"),
    ]


def test_a_mobile_is_dialled_where_there_is_no_desk() -> None:
    assert posts(duty_chain(unit(Contact("A", "赵一", mobile="13800000001")), (), MONDAY_10)) == [("A", "13800000001")]


def test_a_post_without_a_number_is_passed_over() -> None:
    assert posts(duty_chain(unit(Contact("A", "赵一"), B), (), MONDAY_10)) == [("B", "87650002")]


def test_a_unit_that_cannot_be_dialled_is_a_clear_error() -> None:
    with pytest.raises(NobodyOnDutyError, match=r"unit water: nobody can be dialled now.*24-hour duty phone"):
        duty_chain(unit(A, B), (), MONDAY_NIGHT)


def test_a_change_told_within_the_limit_is_in_time_and_later_is_late() -> None:
    def two_days(day: date) -> datetime:
        return datetime(day.year, day.month, day.day + 2, 23, 59, 59, tzinfo=SHANGHAI)

    happened = date(2026, 9, 28)
    assert not told_late(happened, datetime(2026, 9, 30, 23, tzinfo=SHANGHAI), two_days)
    assert told_late(happened, datetime(2026, 10, 1, 0, tzinfo=SHANGHAI), two_days)
    assert not told_late(happened, datetime(2027, 10, 1, 0, tzinfo=SHANGHAI), None)
