"""Call events that Postgres will never take: kept in a file, with the reason, for a person to look at."""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.calls.events import CallEvent


def keep_refused(path: Path, event: CallEvent, error: Exception) -> None:
    """Add one line of JSON; it is on the disk when this returns. Blocks. Raises OSError.

    The file holds personal data and is readable by its owner only.
    """
    line = json.dumps({"error": f"{type(error).__name__}: {error}", "event": event.as_dict()}, ensure_ascii=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab", opener=_private) as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
