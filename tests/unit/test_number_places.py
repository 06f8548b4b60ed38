"""Where a number is registered is told by its longest known beginning, and nothing is guessed."""

from __future__ import annotations

import pytest

from app.number_places import NumberPlaces

PLACES = NumberPlaces(
    {"86510": "江苏省无锡市", "861381234": "江苏省连云港市", "8613812345": "江苏省南京市", "8610": "北京市"}
)


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("13812345678", "江苏省南京市"),
        ("13812341111", "江苏省连云港市"),
        ("051087654321", "江苏省无锡市"),
        ("01088888888", "北京市"),
        ("13900000001", ""),
        ("12345", ""),
        ("4008123456", ""),
        ("+85212345678", ""),
        ("anonymous", ""),
        ("", ""),
    ],
)
def test_a_number_is_of_the_place_of_its_longest_known_beginning(number: str, place: str) -> None:
    assert PLACES.of(number) == place


def test_before_the_tables_have_been_read_no_place_is_known() -> None:
    assert NumberPlaces().of("13812345678") == ""
