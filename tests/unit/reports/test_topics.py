"""Terms are found without a dictionary, told once, and never when they could point to one person."""

from __future__ import annotations

from app.reports.topics import LEAST, count_runs, topics

_OTHERS = ["小区停水两天", "公交车晚点", "道路积水严重", "幼儿园噪音", "医保怎么办理", "垃圾没有清运", "房产证办理慢"]
NOTHING = count_runs([])


def found(texts: list[str]) -> dict[str, int]:
    return {topic.term: topic.tickets for topic in topics(count_runs(texts), NOTHING)}


def test_characters_that_belong_together_are_a_term() -> None:
    texts = [f"{text}，路灯不亮" for text in _OTHERS] + _OTHERS
    assert found(texts)["路灯不亮"] == len(_OTHERS)


def test_a_term_that_every_text_holds_is_found_too() -> None:
    assert found([f"噪音扰民{n}" for n in "甲乙丙丁戊己"])["噪音扰民"] == 6


def test_a_piece_of_a_longer_term_is_not_told_again() -> None:
    terms = found([f"{text}，施工噪音" for text in _OTHERS])
    assert "施工" not in terms
    assert "工噪" not in terms


def test_a_piece_that_stands_alone_more_often_is_told_as_well() -> None:
    terms = found([f"{text}，施工噪音" for text in _OTHERS] + [f"{text}，施工扬尘" for text in _OTHERS])
    assert {"施工噪音", "施工扬尘", "施工"} <= set(terms)


def test_particles_do_not_begin_or_end_a_term() -> None:
    assert not [term for term in found(["我们的路灯坏了"] * LEAST) if term.startswith("我") or term.endswith("了")]


def test_what_only_a_few_tickets_hold_is_never_told() -> None:
    assert found(["欧阳不具名投诉"] * (LEAST - 1)) == {}


def test_the_same_word_twice_in_a_text_is_one_ticket() -> None:
    assert found(["停电，停电"] * LEAST)["停电"] == LEAST


def test_digits_and_latin_letters_are_no_terms() -> None:
    assert found(["13800000000 ABC"] * LEAST) == {}


def test_the_period_before_is_told_beside_it() -> None:
    (topic,) = topics(count_runs(["停电"] * 6), count_runs(["停电"] * 2))
    assert (topic.tickets, topic.before) == (6, 2)
