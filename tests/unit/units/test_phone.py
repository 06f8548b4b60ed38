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
