"""How well and how fast a form is filled from what was said: unit, category, place, duplicates of labelled matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter

from app.tickets import suggest
from app.tickets.categories import category
from bench.figures import Figure, Target, percentile
from bench.measurement import Conditions, Measurement
from tests.matters.matters import Matter, directory, matters

TOP1 = Target("suggest_unit_top1", "ratio", 0.75, at_most=False)
TOP3 = Target("suggest_unit_top3", "ratio", 0.92, at_most=False)
CATEGORY = Target("suggest_category", "ratio", 0.9, at_most=False)
PLACE = Target("suggest_place", "ratio", 0.85, at_most=False)
PRECISION = Target("suggest_duplicates_precision", "ratio", 0.9, at_most=False)
RECALL = Target("suggest_duplicates_recall", "ratio", 0.7, at_most=False)
MS = Target("suggest_ms_p95", "ms", 50)
TARGETS = (TOP1, TOP3, CATEGORY, PLACE, PRECISION, RECALL, MS)
_AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
_MOST_CONFUSED = 6


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """On the half that nothing is learnt from, with a directory that has no key words and no closed tickets."""
    held_out = [one for one in matters() if one.held_out]
    conditions.say(f"{len(held_out)} matters")
    return [*units_figures(held_out), *kinds_and_places(held_out), *duplicate_figures(matters())]


def units_figures(asked: Sequence[Matter]) -> list[Figure]:
    """Unit at the first place and among the first three, which were taken for which, and the time of one suggestion."""
    first, three, took, confused = 0, 0, [], Counter[str]()
    units = directory()
    for matter in asked:
        began = perf_counter()
        guesses = [guess.unit for guess in suggest.units(matter.text, units)]
        category(matter.text)
        suggest.place(matter.text)
        took.append(perf_counter() - began)
        first += guesses[:1] == [matter.unit]
        three += matter.unit in guesses[:3]
        if guesses[:1] != [matter.unit]:
            confused[f"{matter.unit} taken for {guesses[0] if guesses else 'none'}"] += 1
    return [
        Figure(TOP1, (first / len(asked),), _told(confused)),
        Figure(TOP3, (three / len(asked),)),
        Figure(MS, (percentile(took, 0.95) * 1000,)),
    ]


def kinds_and_places(asked: Sequence[Matter]) -> list[Figure]:
    """Category; and place, right where the label is in what is suggested, or neither names one."""
    right, there, confused = 0, 0, Counter[str]()
    for matter in asked:
        guess, where = category(matter.text), suggest.place(matter.text)
        found = guess.category if guess else "none"
        right += found == matter.category
        if found != matter.category:
            confused[f"{matter.category} taken for {found}"] += 1
        there += matter.place in where.text if matter.place and where else bool(matter.place) == bool(where)
    count = len(asked)
    return [Figure(CATEGORY, (right / count,), _told(confused)), Figure(PLACE, (there / count,))]


def duplicate_figures(every: Sequence[Matter]) -> list[Figure]:
    """Each matter comes in an hour after the one before; of all earlier ones, which are named as the same."""
    right, wrong, missed = 0, 0, 0
    for n, matter in enumerate(every):
        earlier = [suggest.Other(str(m), one.text, "", _AT + timedelta(hours=m)) for m, one in enumerate(every[:n])]
        where = suggest.place(matter.text)
        found = suggest.duplicates(matter.text, where.text if where else "", _AT + timedelta(hours=n), earlier)
        same = {str(m) for m, one in enumerate(every[:n]) if matter.incident and one.incident == matter.incident}
        named = {one.number for one in found}
        right, wrong, missed = right + len(named & same), wrong + len(named - same), missed + len(same - named)
    note = f"{right} right, {wrong} wrong, {missed} missed"
    shares = (right / max(1, right + wrong), right / max(1, right + missed))
    return [Figure(PRECISION, shares[:1], note), Figure(RECALL, shares[1:], note)]


def _told(confused: Counter[str]) -> str:
    return ", ".join(f"{what} ({times})" for what, times in confused.most_common(_MOST_CONFUSED))


MEASUREMENT = Measurement("filling the form", TARGETS, 120, measure)
