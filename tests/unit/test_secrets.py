"""Secrets are made once, kept, and readable by their owner only."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.secrets import Secrets, SecretsError


def test_a_secret_is_the_same_after_a_restart_and_differs_from_others(tmp_path: Path) -> None:
    first = Secrets(tmp_path).get("ami")
    again = Secrets(tmp_path)
    assert again.get("ami") == first
    assert again.get("op1001") != first
    assert len(first) >= 32


def test_the_file_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    Secrets(tmp_path).get("ami")
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{", '["a"]', '{"ami": 1}'])
def test_a_broken_file_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    with pytest.raises(SecretsError, match=r"secrets\.json"):
        Secrets(tmp_path)
    assert path.read_text() == content
