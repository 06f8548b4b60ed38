"""An entry of the audit log is one line at the command line, whatever a path held."""

from __future__ import annotations

import pytest

from app.commands.audit import one_line


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("ticket:20260930-000001", "ticket:20260930-000001"),
        ("caller:\n2026-01-01 00:00:00  admin  login", "caller:\\n2026-01-01 00:00:00  admin  login"),
        ("x\x1b[2Jy\x85\u2028z", "x\\x1b[2Jy\\x85\\u2028z"),
        ("水务局", "水务局"),
    ],
)
def test_what_could_forge_a_line_or_steer_the_terminal_is_spelled_out(subject: str, shown: str) -> None:
    assert one_line(subject) == shown
