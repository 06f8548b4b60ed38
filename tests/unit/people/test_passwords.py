"""Weak passwords are refused with a reason; stored ones are Argon2id and verified."""

from __future__ import annotations

import pytest

from app.people.passwords import hash_password, needs_rehash, password_problems, verify_password


@pytest.mark.parametrize("password", ["Dn7-kmv_Qw2", "correct horse battery", "市民热线Zx81务必保密"])
def test_long_or_mixed_passwords_are_good(password: str) -> None:
    assert password_problems("zhang", password) == ()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Ab1-xyz", "shorter than 10"),
        ("A1-" + "xyzw" * 40, "longer than 128"),
        ("abcdefghijkm", "3 of"),
        ("A1-aaaaaaaaaaaaaaaa", "too few different"),
        ("My-Zhang-2026", "user's name"),
        ("Password12!", "common word"),
        ("", "shorter than 10"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, why: str) -> None:
    assert any(why in problem for problem in password_problems("zhang", password))


async def test_a_password_is_stored_as_argon2id_and_only_the_right_one_matches() -> None:
    stored = await hash_password("Dn7-kmv_Qw2")
    assert stored.startswith("$argon2id$")
    assert "Dn7" not in stored
    assert await verify_password(stored, "Dn7-kmv_Qw2")
    assert not await verify_password(stored, "Dn7-kmv_Qw3")
    assert not needs_rehash(stored)


async def test_no_password_is_right_for_a_user_who_does_not_exist() -> None:
    assert not await verify_password(None, "no user has this password")


async def test_a_damaged_hash_matches_nothing() -> None:
    assert not await verify_password("$argon2id$broken", "Dn7-kmv_Qw2")


def test_a_hash_of_weaker_parameters_is_to_be_made_again() -> None:
    assert needs_rehash("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$4vGZQnQ0kQ9xQb8Wf3UtDg")
