"""One service for one data directory: a second one would stop the first one's Asterisk, and its calls, when it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ServedAlready(Exception):  # noqa: N818 - named for what is the matter
    """Another service uses this data directory."""


@contextmanager
def sole_service(data_dir: Path) -> Iterator[None]:
    """Hold the data directory. The kernel lets go of it for a process that is killed. Raises ServedAlready, OSError."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "service.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 32, 0).decode(errors="replace").strip() or "unknown"
            raise ServedAlready(
                f"{data_dir} is in use by another service (process {holder}); end that one, or set another data_dir"
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)
