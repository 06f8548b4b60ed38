"""Where attachments lie on disk: one folder a ticket, named by content, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the folder of attachments: its path relative to it, its checksum, its length."""

    path: str
    sha256: str
    bytes: int


def put(folder: Path, number: str, content: bytes, extension: str) -> Stored:
    """Write the content, on the disk before this returns; the same content twice is one file. Raises OSError."""
    sha256 = hashlib.sha256(content).hexdigest()
    relative = Path(number[:8]) / number / f"{sha256}.{extension}"
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with partial.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return Stored(relative.as_posix(), sha256, len(content))
