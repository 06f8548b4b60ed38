"""The same person is the same number, however the network or a clerk writes it; a word is no number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.numbers import caller_number, typed_number

AREA = "0510"


@pytest.mark.parametrize(
    "said",
    [
        "13912345678",
        "+8613912345678",
        "8613912345678",
        "008613912345678",
        "013912345678",
        "0086013912345678",
        "+86-139-1234-5678",
        "139 1234 5678",
        "１３９１２３４５６７８",
        "1795113912345678",
    ],
)
def test_a_mobile_is_eleven_digits(said: str) -> None:
    assert caller_number(said, AREA) == "13912345678"


@pytest.mark.parametrize(
    "said",
    ["051087650001", "51087650001", "+8651087650001", "8651087650001", "0510-87650001", "(0510)8765 0001", "87650001"],
)
def test_a_landline_has_its_area_code(said: str) -> None:
    assert caller_number(said, AREA) == "051087650001"


def test_without_an_area_code_of_its_own_the_city_leaves_local_numbers_as_they_are() -> None:
    assert caller_number("87650001") == "87650001"


@pytest.mark.parametrize("said", ["12345", "110", "95588", "10086", "8001", "4008123123", "*98", "#31#13912345678"])
def test_short_and_service_numbers_stay(said: str) -> None:
    assert caller_number(said, AREA) == said


def test_a_short_number_behind_the_country_code_loses_it() -> None:
    assert caller_number("+8612345", AREA) == "12345"


@pytest.mark.parametrize("said", ["+85291234567", "0085291234567"])
def test_a_foreign_number_is_e164(said: str) -> None:
    assert caller_number(said, AREA) == "+85291234567"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "anonymous",
        "Anonymous",
        "unavailable",
        "unknown",
        "Restricted",
        "private",
        "<unknown>",
        "+",
        "**",
        "1",
        "alice",
    ],
)
def test_a_word_is_no_number(said: str) -> None:
    assert caller_number(said, AREA) == ""


def test_what_a_clerk_typed_is_kept_when_it_is_no_number() -> None:
    assert typed_number("  隔壁王阿姨代打 ") == "隔壁王阿姨代打"
    assert typed_number("139-1234-5678") == "13912345678"


@given(st.text(alphabet="0123456789+*#", max_size=24))
def test_the_one_form_of_a_number_is_its_own_one_form(said: str) -> None:
    once = caller_number(said, AREA)
    assert caller_number(once, AREA) == once
