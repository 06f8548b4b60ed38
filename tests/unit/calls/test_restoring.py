"""A restarted service reads in a call's events whom it was ringing, who follows, and how many attempts were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ami_bridge.errands import DUTY, Manner, Mode, Post, Summons
from ami_bridge.errands import Kind as Whose
from app.calls.events import CallEvent, Kind
from app.calls.restoring import Told, told_by

CALL = "node1-1.1"
BEGAN = datetime(2026, 11, 27, 9, tzinfo=UTC)
B, LEADER = Post("B", "乙", "87650002"), Post("leader", "丙", "87650003")


def attempt(number: int, post: str, *remaining: Post, unit: str = "water") -> Summons:
    posts = Post(post, "", ""), remaining
    return Summons(DUTY, unit, "水务局", Mode.JOIN, f"{CALL}-u{number}", *posts)


def events(*steps: tuple[Kind, dict[str, object]]) -> list[CallEvent]:
    return [CallEvent(CALL, kind, BEGAN + timedelta(seconds=n), data) for n, (kind, data) in enumerate(steps)]


def started(summons: Summons) -> tuple[Kind, dict[str, object]]:
    return Kind.ATTEMPT_STARTED, summons.as_data() | {"trunk": "trunk"}


def ended(summons: Summons, outcome: str, *, goes_on: bool = False) -> tuple[Kind, dict[str, object]]:
    return Kind.ATTEMPT_ENDED, {"attempt": summons.attempt_id, "outcome": outcome, "goes_on": goes_on}


def test_a_telephone_that_was_ringing_is_known_with_its_unit_and_those_that_follow_it() -> None:
    rings = attempt(1, "A", B, LEADER)
    told = told_by(events(started(rings)))
    assert told == Told({rings.attempt_id: rings}, open=(rings.attempt_id,), attempts_made=1)
    assert [post.phone for post in told.attempts[rings.attempt_id].remaining] == ["87650002", "87650003"]


def test_what_has_ended_is_not_rung_for_again_and_its_number_is_not_used_again() -> None:
    first, second = attempt(1, "A", B), attempt(2, "B")
    told = told_by(
        events(started(first), ended(first, "busy", goes_on=True), started(second), ended(second, "no-answer"))
    )
    assert (told.open, told.broken_off, told.attempts_made) == ((), (), 2)


def test_a_summons_that_was_to_go_on_and_did_not_is_broken_off() -> None:
    first = attempt(1, "A", B)
    told = told_by(events(started(first), ended(first, "busy", goes_on=True)))
    assert (told.open, told.broken_off) == ((), (first.attempt_id,))


def test_a_summons_that_somebody_ended_does_not_go_on() -> None:
    first = attempt(1, "A", B)
    assert told_by(events(started(first), ended(first, "cancelled"))).broken_off == ()


def test_how_a_service_number_is_called_is_known_again() -> None:
    police = Manner(Whose.SERVICE, needs_key=False, shows_caller=True, urgent=True)
    rings = Summons(police, "110", "公安报警", Mode.JOIN, f"{CALL}-u1", Post("line", "", ""))
    assert told_by(events(started(rings))).attempts == {rings.attempt_id: rings}


def test_two_units_are_told_apart() -> None:
    water, power = attempt(1, "A", B), attempt(2, "A", LEADER, unit="power")
    told = told_by(events(started(water), started(power), ended(water, "busy", goes_on=True)))
    assert (told.open, told.broken_off, told.attempts_made) == ((power.attempt_id,), (water.attempt_id,), 2)


def test_people_are_not_shown_the_telephones_of_duty_officers() -> None:
    [event] = events(started(attempt(1, "A", B, LEADER)))
    assert "87650002" not in str(event.shown())
    assert event.shown()["data"]["unit"] == "water"
