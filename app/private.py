"""Folders with voices, numbers and names: open to the service's own account and group, closed to all others."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_MODE = 0o750


def make_private(directory: Path) -> Path:
    """Make the folder and close it to others; one that another account owns keeps its mode. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):
        directory.chmod(_MODE)
    return directory
