"""Forms fill themselves: topics name units that registered only their duties, wants and urgent words are heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.tickets import suggest, topics
from app.tickets.categories import category
from app.tickets.learning import FEWEST, Example, held_out, lesson
from app.tickets.learnt import from_json, learn, likelihoods
from app.units.model import Unit
from bench import understanding
from tests.matters.matters import matters

WATER = Unit("water", "水务局", remit="城市供水、排水")
ORDER = Unit("order", "城市管理局", remit="市容、路灯")
SCHOOL = Unit("school", "教育局")
DIRECTORY = (WATER, ORDER, SCHOOL)
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "unit"),
    [("水龙头里一滴水都没有，停水了", "water"), ("路灯不亮", "order"), ("孩子上学报不上名", "school")],
)
def test_a_unit_is_known_by_its_duties_without_any_key_word(said: str, unit: str) -> None:
    assert suggest.units(said, DIRECTORY)[0].unit == unit


def test_a_word_that_was_recognised_as_another_of_the_same_sound_still_counts_but_less() -> None:
    [right], [heard] = (topics.heard(said, topics.topics()) for said in ("换了暖气片", "换了暖汽片"))
    assert right.topic == heard.topic
    assert right.worth > heard.worth > 0


def test_sounds_do_not_reach_over_what_is_no_word() -> None:
    assert topics.heard("停。水", topics.topics()) == ()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("请问办健康证要什么材料", "consult"),
        ("建议在路口装个红绿灯", "suggestion"),
        ("我要投诉，物业收钱不干活，没人管", "complaint"),
        ("麻烦你们赶快派人来，帮帮我", "help_public"),
    ],
)
def test_what_a_caller_wants_is_told_from_how_they_say_it(said: str, wanted: str) -> None:
    guess = category(said)
    assert guess is not None
    assert (guess.category, bool(guess.because), 0 < guess.confidence < 1) == (wanted, True, True)


def test_nothing_said_wants_nothing() -> None:
    assert category(" 。") is None


def test_words_that_want_a_person_now_are_named() -> None:
    assert suggest.urgent("楼上着火了，有人要跳楼，着火了") == ("着火", "跳楼")
    assert suggest.urgent("路灯不亮") == ()


def test_two_callers_about_one_thing_in_words_of_their_own_are_duplicates_at_one_place_only() -> None:
    said = "长青路有棵大树倒了，把车压了"
    told = [
        suggest.Other("same", "长青路树枝断了一地，要来人修剪", "", AT - timedelta(hours=3)),
        suggest.Other("elsewhere", "北京路有棵大树倒了，把车压了", "", AT - timedelta(hours=3)),
        suggest.Other("other matter", "长青路停电了", "", AT - timedelta(hours=3)),
    ]
    assert [one.number for one in suggest.duplicates(said, "长青路", AT, told)] == ["same"]


def test_the_classifier_learns_labels_and_survives_being_kept() -> None:
    classifier = from_json(learn([("暖气不热", "heat"), ("停水了", "water")]).as_json())
    likely = likelihoods(classifier, "家里暖气一点不热")
    assert likely["heat"] > likely["water"]
    assert sum(likely.values()) == pytest.approx(1)
    assert likelihoods(learn([]), "暖气") == {}


def test_pieces_that_hardly_any_text_holds_are_forgotten() -> None:
    classifier = learn([("张三停水", "water"), ("李四停水", "water")], seen=2)
    assert set(classifier.pieces["water"]) == {"停", "水", "停水"}


def examples(count: int, odd: str) -> list[Example]:
    """Half of them about water, the others about what no duty names."""
    told = [("停水", "water"), ("门牌掉了", odd)]
    return [Example(f"20260101-{n:06d}", *told[n % 2]) for n in range(count)]


def test_a_version_that_is_right_more_often_takes_over() -> None:
    made = lesson("unit", examples(2000, "school"), DIRECTORY, None)
    assert made is not None
    assert made.takes_over
    assert made.right_now == made.held_out > made.right_before


def test_a_version_that_is_worse_than_the_one_in_force_does_not_take_over() -> None:
    good = lesson("unit", examples(2000, "school"), DIRECTORY, None)
    assert good is not None
    spoilt = [
        true if held_out(true) else false
        for true, false in zip(examples(2000, "school"), examples(2000, "order"), strict=True)
    ]
    made = lesson("unit", spoilt, DIRECTORY, good.classifier)
    assert made is not None
    assert not made.takes_over
    assert made.right_now < made.right_before


def test_too_few_closed_tickets_teach_nothing() -> None:
    assert lesson("unit", examples(FEWEST - 1, "school"), DIRECTORY, None) is None


def test_two_hundred_matters_are_labelled_and_half_of_them_held_out() -> None:
    every = matters()
    assert (len(every), sum(one.held_out for one in every), len({one.text for one in every})) == (200, 100, 200)


def test_the_held_out_matters_are_understood_as_well_as_is_promised() -> None:
    asked = [one for one in matters() if one.held_out]
    figures = [*understanding.units_figures(asked), *understanding.kinds_and_places(asked)]
    missed = [figure.target.name for figure in figures if figure.target.unit != "ms" and not figure.reached]
    assert missed == []
