"""A file that keeps records in order while Postgres is away: a checked line each, on the disk when `append` returns."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import threading
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Record = Mapping[str, Any]

BATCH = 200
_CHECKSUM_DIGITS = 8
_READ_BYTES = 1 << 20


class SpoolError(Exception):
    """The spool cannot be used or written (disk full, in use by another process); the text says which file and why."""


class Spool:
    """An append-only file of JSON records, emptied when all of it has been replayed.

    A line is `<crc32, 8 hex digits> <json>`. Opening it cuts off a last line torn by a crash (`append` never returned
    for it) and counts what waits. A line damaged later is set aside in `<path>.damaged`. The file holds personal data
    and is readable by its owner only. Safe to use from several threads; one process at a time (SpoolError).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._replaying = asyncio.Lock()
        self._file = open_checked(path)
        self._pending = 0
        self._size = read_checked(self._file, path, self._count)
        self._done = 0

    def _count(self, _: Record) -> None:
        self._pending += 1

    def pending(self) -> int:
        """How many records wait to be replayed."""
        return self._pending

    def append(self, records: Sequence[Record]) -> None:
        """Write records after those that wait; they are on the disk when this returns. Blocks: call it from a thread.

        All or nothing: raises SpoolError when the disk does not take them, and what was in the file stays as it was.
        """
        data = b"".join(map(checked_line, records))
        with self._guard:
            try:
                write_at(self._file, data, self._size)
                os.fsync(self._file)
            except OSError as error:
                with suppress(OSError):  # the next append overwrites what a full disk did take
                    os.ftruncate(self._file, self._size)
                raise SpoolError(f"{self._path}: {error.strerror}; nothing was written, free some space") from error
            self._size += len(data)
            self._pending += len(records)

    async def replay(self, handler: Callable[[Sequence[Record]], Awaitable[None]], *, batch: int = BATCH) -> int:
        """Give all records to `handler`, in order, at most `batch` at a time; returns how many were taken.

        What `handler` raises ends the replay and is raised; it gets the same records again next time, and after a
        crash those it had taken as well: taking a record twice must be harmless. Records appended meanwhile are
        replayed too. The file is emptied when nothing waits any more.
        """
        taken = 0
        async with self._replaying:
            while lines := await asyncio.to_thread(self._next, batch):
                records = [record for line in lines if (record := parse_line(line)) is not None]
                if records:
                    await handler(records)
                await asyncio.to_thread(self._advance, lines)
                taken += len(records)
        return taken

    def close(self) -> None:
        """Let go of the file; what waits stays in it."""
        os.close(self._file)

    def _next(self, most: int) -> list[bytes]:
        """The next whole lines not yet replayed; when there are none the file is emptied."""
        with self._guard:
            if self._done == self._size:
                self._empty()
                return []
            wanted = _READ_BYTES
            while True:
                data = os.pread(self._file, min(wanted, self._size - self._done), self._done)
                whole = data.split(b"\n")[:-1]
                if whole:
                    return whole[:most]
                wanted *= 2

    def _advance(self, lines: Sequence[bytes]) -> None:
        damaged = [line for line in lines if parse_line(line) is None]
        if damaged:
            _set_aside(damaged, self._path)
        with self._guard:
            self._done += sum(len(line) + 1 for line in lines)
            self._pending -= len(lines) - len(damaged)

    def _empty(self) -> None:
        if self._size:
            os.ftruncate(self._file, 0)
            os.fsync(self._file)
        self._size = self._done = self._pending = 0


def open_checked(path: Path) -> int:
    """Open a file of checked lines for this process alone. Raises SpoolError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        raise SpoolError(f"{path}: another process of the service is using it") from error
    _sync_directory(path.parent)
    return file


def _sync_directory(directory: Path) -> None:
    """Make the file's name as durable as its contents (fsync(2), notes)."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_checked(file: int, path: Path, take: Callable[[Record], None]) -> int:
    """Give every whole record to `take` and cut off a torn last line; returns the size that is left."""
    size = 0
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                log.warning("cut off a line torn by a crash", file=path.name, bytes=len(line))
                os.ftruncate(file, size)
                break
            size += len(line)
            record = parse_line(line[:-1])
            if record is not None:
                take(record)
    return size


def checked_line(record: Record) -> bytes:
    """One record as a line that a reader can tell from a damaged one."""
    body = json.dumps(dict(record), ensure_ascii=False, allow_nan=False).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def parse_line(line: bytes) -> Record | None:
    """The record of a line without its end, or None when the line is damaged."""
    checksum, body = line[:_CHECKSUM_DIGITS], line[_CHECKSUM_DIGITS + 1 :]
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    record: Record = json.loads(body)
    return record


def write_at(file: int, data: bytes, position: int) -> None:
    """Write all of it. Raises OSError."""
    while data:
        written = os.pwrite(file, data, position)
        data, position = data[written:], position + written


def _set_aside(lines: Sequence[bytes], path: Path) -> None:
    """Keep damaged lines for a person to look at."""
    log.error("spool: damaged lines set aside", lines=len(lines))
    with open(path.with_name(f"{path.name}.damaged"), "ab", opener=_private) as file:
        file.write(b"".join(line + b"\n" for line in lines))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
