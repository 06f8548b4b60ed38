"""Makes passwords for phones and for the manager interface."""

from __future__ import annotations

import secrets
import string

# No character here has a meaning in Asterisk's files, in a SIP header or in a shell.
ALPHABET = string.ascii_letters + string.digits
LENGTH = 32


def new_secret(length: int = LENGTH) -> str:
    """A new random secret of letters and digits; 32 of them carry 190 bits. Raises ValueError below 16."""
    if length < 16:
        raise ValueError(f"a secret of {length} characters can be guessed: want at least 16")
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
