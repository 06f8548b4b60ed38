"""Folders and files with voices, numbers and names: for the service's own account, closed to all others."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_MODE = 0o750


def make_private(directory: Path) -> Path:
    """Make the folder and close it to others; one that another account owns keeps its mode. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):
        directory.chmod(_MODE)
    return directory


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all, readable by its owner only. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
