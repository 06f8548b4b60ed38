"""The chain of the audit log: one changed or missing line is one fault, and a chain made anew has other seals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.people.audit import Recorded
from app.people.chain import Fault, Head, Link, check, line_text, sealed

AT = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)


def line(number: int, subject: str = "ticket:1") -> Recorded:
    return Recorded(number, AT, "wang", "operator", "10.0.0.7", "ticket.caller", subject, {"why": "回拨", "times": 2})


def chained(count: int = 5) -> list[Link]:
    return list(sealed(Head(), [line(10 + number) for number in range(1, count + 1)]))


def found(links: list[Link], noted: Head | None = None) -> tuple[Fault, ...]:
    return check(Head(), links, noted)[1]


def test_a_log_as_it_was_written_has_no_fault() -> None:
    links = chained()
    head, faults = check(Head(), links)
    assert faults == ()
    assert head == Head(5, links[-1].seal)


def test_a_chain_goes_on_where_it_ended() -> None:
    whole = chained(5)
    first = chained(3)
    rest = sealed(Head(3, first[-1].seal), [line(14), line(15)])
    assert [*first, *rest] == whole


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "ticket:2"},
        {"user_name": "li"},
        {"address": None},
        {"at": AT + timedelta(microseconds=1)},
        {"detail": {"why": "回拨", "times": 3}},
        {"action": "ticket.read"},
        {"role": "admin"},
        {"id": 99},
    ],
)
def test_whatever_is_changed_in_a_line_shows_as_one_fault(changed: dict[str, object]) -> None:
    links = chained()
    assert links[2].line is not None
    links[2] = replace(links[2], line=replace(links[2].line, **changed))  # type: ignore[arg-type]
    assert found(links) == (Fault("line changed", 3, 13),)


def test_a_line_that_was_taken_out_shows_with_its_seal_left_or_taken_too() -> None:
    links = chained()
    assert found([*links[:2], replace(links[2], line=None), *links[3:]]) == (Fault("line gone", 3, 13),)
    assert found([*links[:1], *links[3:]]) == (Fault("seals gone", 2, count=2),)


def test_a_chain_made_anew_holds_in_itself_but_not_against_a_seal_that_was_noted() -> None:
    noted = Head(4, chained()[3].seal)
    anew = list(sealed(Head(), [line(11), line(12, "ticket:2"), line(13), line(14)]))
    assert found(anew) == ()
    assert found(anew, noted) == (Fault("not the seal that was noted", 4, 14),)
    assert found(chained(), noted) == ()


def test_the_same_moment_in_another_zone_is_the_same_line() -> None:
    here = replace(line(1), at=AT.astimezone(timezone(timedelta(hours=8))))
    assert line_text(here) == line_text(line(1))


def test_a_head_is_read_as_it_is_printed() -> None:
    head = Head(5, chained()[-1].seal)
    assert Head.noted(f" {head}\n") == head


@pytest.mark.parametrize("text", ["", "5", "5:abcd", f"0:{'00' * 32}", f"x:{'00' * 32}", f"5:{'zz' * 32}"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Head.noted(text)
