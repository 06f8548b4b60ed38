"""Where the samples of a raw leg land on the call's clock."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from recordings.tracks import Leg, Piece, call_length, fits, in_sequence, interval_samples, place, share_out

START = datetime(2026, 10, 1, 8, 0, 0, 123456, tzinfo=UTC)
PATH = Path("/raw/c.1/citizen-c.1.wav")
SECOND = 8000


def leg(*bridged: tuple[float, float | None]) -> Leg:
    def at(seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)

    intervals = tuple((at(start), None if end is None else at(end)) for start, end in bridged)
    return Leg("citizen", "citizen", PATH, intervals)


def piece(source_s: float, length_s: float, target_s: float) -> Piece:
    return Piece(PATH, round(source_s * SECOND), round(length_s * SECOND), round(target_s * SECOND))


def test_each_interval_gets_its_part_of_the_file_at_its_own_start() -> None:
    assert place(leg((0, 10), (40, 45)), 15 * SECOND, START) == (piece(0, 10, 0), piece(10, 5, 40))


def test_a_file_slightly_short_is_cut_in_proportion_and_padded_behind_each_piece() -> None:
    assert place(leg((0, 10), (40, 50)), round(19.8 * SECOND), START) == (
        piece(0, 9.9, 0),
        piece(9.9, 9.9, 40),
    )


def test_a_file_slightly_long_loses_nothing_and_overlaps_nothing() -> None:
    pieces = in_sequence(place(leg((0, 10), (10.006, 20.006)), round(20.2 * SECOND), START))
    assert sum(part.length for part in pieces) == round(20.2 * SECOND)
    assert pieces[1].target == pieces[0].end == round(10.1 * SECOND)


def test_a_file_cut_off_fills_the_intervals_from_the_first_on() -> None:
    assert place(leg((0, 100), (200, 400)), 60 * SECOND, START) == (piece(0, 60, 0),)


def test_a_file_far_too_long_goes_on_behind_the_last_interval() -> None:
    assert place(leg((0, 10), (20, 30)), 50 * SECOND, START) == (piece(0, 10, 0), piece(10, 40, 20))


def test_an_unknown_end_takes_the_rest_of_the_file() -> None:
    assert place(leg((0, 10), (20, None)), 17 * SECOND, START) == (piece(0, 10, 0), piece(10, 7, 20))


def test_an_unknown_end_before_the_last_counts_as_the_next_start() -> None:
    assert place(leg((0, None), (20, 30)), 30 * SECOND, START) == (piece(0, 20, 0), piece(20, 10, 20))


def test_without_any_interval_the_file_starts_with_the_call() -> None:
    assert place(leg(), 3 * SECOND, START) == (piece(0, 3, 0),)


def test_an_interval_before_the_clock_start_is_not_cut() -> None:
    assert place(leg((-0.5, 4.5)), 5 * SECOND, START) == (piece(0, 5, 0),)


def test_an_empty_file_has_no_pieces() -> None:
    assert place(leg((0, 10)), 0, START) == ()


def test_microseconds_count() -> None:
    assert place(leg((0.000125, 1.000125)), SECOND, START)[0].target == 1


def test_a_length_fits_within_half_a_second_an_interval_and_two_percent() -> None:
    intervals = interval_samples(leg((0, 100), (200, 300)))
    assert fits(round(204.9 * SECOND), intervals)
    assert fits(round(195.1 * SECOND), intervals)
    assert not fits(round(205.1 * SECOND), intervals)
    assert not fits(round(194.9 * SECOND), intervals)
    assert fits(1, interval_samples(leg((0, None))))


def test_every_track_lasts_until_the_last_bridging_or_the_last_sample_is_over() -> None:
    first, second = leg((0, 30)), leg((10, 25))
    assert call_length([first, second], [], START) == 30 * SECOND
    assert call_length([first, second], [piece(0, 26, 10)], START) == 36 * SECOND
    assert call_length([leg()], [], START) == 0


@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 10**5), min_size=1, max_size=6),
)
def test_no_sample_is_dropped_or_used_twice(samples: int, lengths: list[int]) -> None:
    shares = share_out(samples, lengths)
    assert len(shares) == len(lengths)
    assert sum(shares) == samples
    assert min(shares) >= 0


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 500)), max_size=8))
def test_pieces_in_sequence_never_overlap_and_never_start_early(spans: list[tuple[int, int]]) -> None:
    placed = in_sequence(Piece(PATH, 0, length, target) for target, length in spans)
    wanted = sorted((Piece(PATH, 0, length, target) for target, length in spans), key=lambda part: part.target)
    assert [part.length for part in placed] == [part.length for part in wanted]
    assert all(before.end <= after.target for before, after in itertools.pairwise(placed))
    assert all(part.target >= asked.target for part, asked in zip(placed, wanted, strict=True))
