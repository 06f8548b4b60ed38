"""Where the embedded server's Unix socket may lie: beside its data, or where that path is too long, somewhere short."""

from __future__ import annotations

import os
from pathlib import Path

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
# sizeof(sockaddr_un.sun_path) is 108 with the closing NUL (unix(7)).
SOCKET_PATH_BYTES = 107
# The directory is handed to a shell between quotes, as an element of a comma list.
_UNSAFE = set("\"'$`\\\n, ")


def fits_socket(directory: Path) -> bool:
    """Whether a socket can have its path in this directory, and the server can be told of it."""
    length = len(os.fsencode(directory / SOCKET_NAME))
    return length <= SOCKET_PATH_BYTES and not _UNSAFE & set(str(directory))


def runtime_directory() -> Path:
    """A short directory for this user's sockets, the same for all processes whatever their environment."""
    return Path("/run/hotline12345") if os.geteuid() == 0 else Path(f"/tmp/hotline12345-{os.geteuid()}")  # noqa: S108


def is_own(directory: Path) -> bool:
    """Whether a directory is this user's, and not a link that somebody else laid in its place."""
    return directory.lstat().st_uid == os.geteuid() and not directory.is_symlink()
