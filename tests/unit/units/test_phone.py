"""Only real telephone numbers enter the directory."""

from __future__ import annotations

import pytest

from app.units.phone import NumberError, parse_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0510-87654321", "051087654321"),
        ("138 0000 0000", "13800000000"),
        ("(0510)87654321", "051087654321"),
        ("138０００", "138000"),
        ("8765\r\n4321", "87654321"),
        ("+8651087654321", "051087654321"),
        ("+86 138 0000 0000", "13800000000"),
        ("0510/87654321", "051087654321"),
        ("010 6552 1234", "01065521234"),
        ("", ""),
        (" ", ""),
    ],
)
def test_what_people_write_between_the_digits_is_left_out(written: str, number: str) -> None:
    assert parse_number(written) == number


@pytest.mark.parametrize("written", ["1", "1" * 21, "87654321转801", "87654321;87654322", "${EXTEN}", "PJSIP,1", "无"])
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(NumberError, match="is not a telephone number"):
        parse_number(written)


@pytest.mark.parametrize("written", ["8523456/8523457", "8523456 8523457", "0972-8523456\n13800000000"])
def test_two_numbers_in_one_field_are_not_dialled_as_one(written: str) -> None:
    with pytest.raises(NumberError, match="these are two"):
        parse_number(written)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("010-12345678-801", "an extension"),
        ("12345678-801", "an extension"),
        ("(0510)87654321(801)", "an extension"),
        ("010-1234-5678-801", "an extension"),
        ("13800000001.0", "made a decimal"),
        ("13800000001.00", "made a decimal"),
        ("1.3800000001E+10", "made a decimal"),
        ("2026-09-05", "made a date"),
        ("51087654321", "the 0 in front"),
        ("1065521234", "the 0 in front"),
    ],
)
def test_what_is_not_one_number_as_it_was_meant_is_never_dialled(written: str, why: str) -> None:
    with pytest.raises(NumberError, match=why):
        parse_number(written)


@pytest.mark.parametrize("written", ["1391234-5678", "4008123456", "8008101234", "12345", "96116", "913800000001"])
def test_numbers_that_only_look_odd_are_numbers(written: str) -> None:
    assert parse_number(written) == written.replace("-", "")
