"""Passwords: which ones are good enough (pure), and how they are kept (Argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 128
PASSPHRASE_LENGTH = 16
KINDS_WANTED = 3
_COMMON = ("password", "12345", "qwerty", "abcdef", "admin", "hotline", "letmein", "welcome", "iloveyou")

# RFC 9106 section 4, second recommended option: 64 MiB, 3 passes, 4 lanes; two at a time bound the memory.
_hasher = PasswordHasher()
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


def password_problems(user_name: str, password: str) -> tuple[str, ...]:
    """What is wrong with a new password, in sentences for the person who chose it; empty when it is good.

    At least 10 characters of three kinds (GB/T 22239-2019 asks for length and mixture), or 16 of any kind
    (NIST SP 800-63B prefers length); neither the user's name nor a common word with little else.
    """
    problems = []
    if len(password) < MIN_LENGTH:
        problems.append(f"shorter than {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        problems.append(f"longer than {MAX_LENGTH} characters")
    if len(password) < PASSPHRASE_LENGTH and _kinds(password) < KINDS_WANTED:
        problems.append(
            f"under {PASSPHRASE_LENGTH} characters it needs {KINDS_WANTED} of: small letters, capitals, digits, others"
        )
    if len(set(password)) < MIN_LENGTH // 2:
        problems.append("too few different characters")
    if user_name.lower() in password.lower():
        problems.append("contains the user's name")
    if any(word in password.lower() and len(password) - len(word) < MIN_LENGTH // 2 for word in _COMMON):
        problems.append("little more than a common word")
    return tuple(problems)


async def hash_password(password: str) -> str:
    """The Argon2id hash to store, computed off the event loop (about 50 ms)."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, _bytes(password))


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one. `stored` None (no such user) takes as long and is False."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _verify, stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), _bytes(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """UTF-8; half a surrogate pair, which JSON allows, is a wrong password and no error."""
    return password.encode(errors="surrogatepass")


def _kinds(password: str) -> int:
    return sum(
        (
            any(character.islower() for character in password),
            any(character.isupper() for character in password),
            any(character.isdigit() for character in password),
            any(not character.isalnum() for character in password),
        )
    )


@cache
def _nobody() -> str:
    """A hash to compare with when there is no such user, so that the answer takes as long."""
    return _hasher.hash("no user has this password")
