"""Errors of recognition are counted on what was said, not on how it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.accuracy import character_error_rate, edit_distance, foreign_phrases


@pytest.mark.parametrize(
    ("reference", "hypothesis", "rate"),
    [
        ("路灯坏了", "路灯坏了", 0.0),
        ("路灯坏了", "路灯坏", 0.25),
        ("路灯坏了", "路灯，坏了。", 0.0),
        ("路灯坏了", "绿灯坏了吗", 0.5),
        ("路灯", "", 1.0),
        ("好", "不好吧", 2.0),
        ("", "", 0.0),
        ("", "嗯", 1.0),
        ("12345热线", "一二三四五 热线", 0.0),
        ("一百二十三块", "123块", 0.0),
        ("两个人", "二个人", 0.0),
        ("满意请按1", "满意请按一", 0.0),
        ("ＡＢＣ", "abc", 0.0),
    ],
)
def test_character_error_rate(reference: str, hypothesis: str, rate: float) -> None:
    assert character_error_rate(reference, hypothesis) == pytest.approx(rate)


@given(st.text("甲乙丙", max_size=8), st.text("甲乙丙", max_size=8), st.text("甲乙丙", max_size=8))
def test_the_edit_distance_is_a_distance(one: str, two: str, three: str) -> None:
    assert (edit_distance(one, two) == 0) == (one == two)
    assert edit_distance(one, two) == edit_distance(two, one)
    assert edit_distance(one, three) <= edit_distance(one, two) + edit_distance(two, three)
    assert abs(len(one) - len(two)) <= edit_distance(one, two) <= max(len(one), len(two))


def test_phrases_of_others_are_found_unless_both_said_them() -> None:
    assert foreign_phrases("我家路灯坏了，请您稍等", "我家路灯坏了", "请您稍等。") == ("您稍等", "请您稍")
    assert foreign_phrases("路灯坏了", "我家路灯坏了", "哪里的路灯坏了") == ()
