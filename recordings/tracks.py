"""From raw legs to aligned tracks: which samples of which file go where on the call's clock. Pure.

MixMonitor with option ``b`` writes only while its channel is bridged, so a raw file is the concatenation of the
channel's bridged intervals, known from Asterisk's events. Its length never fits exactly: frames queue up to 80 ms
before they are written, are flushed when 500 ms have queued (Asterisk ``main/audiohook.c``), and RTP clocks drift. A
mismatch is shared out like this:

* Within the tolerance the file is cut in proportion to the lengths of the intervals, so that no interval's first
  syllable lands at the end of the one before; each piece starts where its interval starts, silence fills the rest.
* A file far too short was cut off (full disk, killed Asterisk): the intervals are filled from the first on.
* A file far too long has an interval that nobody told us of: what is left follows the last known interval.
* No sample is dropped: a piece that would overlap the one before is moved behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path

from recordings.naming import Role
from recordings.wav import SAMPLE_RATE

# Per interval the longest queue that Asterisk flushes; over the whole length what loss and drift may take.
TOLERANCE_PER_INTERVAL = SAMPLE_RATE // 2
TOLERANCE_SHARE = 0.02

Bridged = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Leg:
    """One channel's raw recording.

    `name` is the track it belongs to (``citizen``, ``operator``, ``unit-1``); legs of the same name share a track.
    `bridged` are the aware times between which the channel was bridged, in order. The last end may be None when it is
    not known (the service was down): the rest of the file follows that start. Empty: the file is put at the call's
    clock start. An unknown end before the last counts as the next start.
    """

    role: Role
    name: str
    path: Path
    bridged: tuple[Bridged, ...] = ()


@dataclass(frozen=True)
class Piece:
    """`length` samples of the file at `path` from `source` on belong at sample `target` of the call's clock."""

    path: Path
    source: int
    length: int
    target: int

    @property
    def end(self) -> int:
        return self.target + self.length


def place(leg: Leg, samples: int, clock_start: datetime) -> tuple[Piece, ...]:
    """Cut a raw file of `samples` into the pieces of its bridged intervals."""
    spans = [_span(interval, clock_start) for interval in _closed(leg.bridged)] or [(0, None)]
    lengths = share_out(samples, [length for _, length in spans])
    sources = accumulate(lengths, initial=0)
    return tuple(
        Piece(leg.path, source, length, target)
        for (target, _), length, source in zip(spans, lengths, sources, strict=False)
        if length > 0
    )


def share_out(samples: int, lengths: Sequence[int | None]) -> list[int]:
    """How many of a file's samples belong to each interval of the given lengths (None: not known)."""
    known = [length or 0 for length in lengths]
    if lengths[-1] is None or not fits(samples, lengths):
        return _fill(samples, known)
    total = sum(known)
    cuts = [round(samples * end / total) for end in accumulate(known, initial=0)]
    return [end - start for start, end in pairwise(cuts)]


def fits(samples: int, lengths: Sequence[int | None]) -> bool:
    """Whether a file's length can be that of its intervals; always when an interval's length is not known."""
    if not lengths or None in lengths:
        return True
    total = sum(length or 0 for length in lengths)
    tolerance = TOLERANCE_PER_INTERVAL * len(lengths) + TOLERANCE_SHARE * total
    return total > 0 and abs(samples - total) <= tolerance


def interval_samples(leg: Leg) -> tuple[int | None, ...]:
    """The lengths of a leg's bridged intervals in samples, None where the end is not known."""
    return tuple(_span(interval, interval[0])[1] for interval in _closed(leg.bridged))


def in_sequence(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """One track's pieces in time order; one that would overlap the piece before is moved behind it."""
    placed: list[Piece] = []
    free = 0
    for piece in sorted(pieces, key=lambda piece: piece.target):
        placed.append(replace(piece, target=max(piece.target, free)))
        free = placed[-1].end
    return tuple(placed)


def call_length(legs: Iterable[Leg], pieces: Iterable[Piece], clock_start: datetime) -> int:
    """The samples that every track of the call gets: until the last bridged interval and the last piece are over."""
    ends = [_samples(end - clock_start) for leg in legs for _, end in leg.bridged if end is not None]
    return max([0, *ends, *(piece.end for piece in pieces)])


def _fill(samples: int, lengths: Sequence[int]) -> list[int]:
    shares = []
    left = samples
    for length in lengths[:-1]:
        shares.append(min(length, left))
        left -= shares[-1]
    return [*shares, left]


def _closed(bridged: Sequence[Bridged]) -> list[Bridged]:
    """Every unknown end but the last becomes the next start: the channel was not bridged twice at a time."""
    following: list[datetime | None] = [start for start, _ in bridged[1:]]
    return [(start, end or next_start) for (start, end), next_start in zip(bridged, [*following, None], strict=False)]


def _span(interval: Bridged, clock_start: datetime) -> tuple[int, int | None]:
    start, end = interval
    length = None if end is None else max(0, _samples(end - start))
    return max(0, _samples(start - clock_start)), length


def _samples(time: timedelta) -> int:
    return round(time.total_seconds() * SAMPLE_RATE)
