"""What happened so far to the calls in progress, kept on this machine: outlives the service and does without Postgres.

Asterisk does not know why a telephone rings, which posts follow, who asked; the call's events do. An event that
announces an action is on the disk here before the action is sent.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from app.calls.events import CallEvent
from app.spool import SpoolError, checked_line, open_checked, read_checked, write_at

log = structlog.get_logger(__name__)

# The file is written anew without finished calls when it has grown to this, and then to twice what was left of it.
_COMPACT_BYTES = 1 << 20
_REMEMBERED = 10_000


class Unfinished:
    """The events of calls that are not finished, in memory and in a file of checked lines.

    `note` keeps an event in memory; `write` brings noted events to the file; `forget` lets a finished call go. The
    file holds personal data and is readable by its owner only. Safe to use from several threads; one process at a
    time (SpoolError).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._calls: dict[str, dict[str, CallEvent]] = {}
        self._written: set[tuple[str, str]] = set()
        self._over: dict[str, None] = {}
        self._compact_at = _COMPACT_BYTES
        self._file = open_checked(path)
        self._size = read_checked(self._file, path, self._load)

    def calls(self) -> list[str]:
        return list(self._calls)

    def events(self, call_id: str) -> list[CallEvent]:
        """What is known here of one call, in the order it was told."""
        return list(self._calls.get(call_id, {}).values())

    def note(self, event: CallEvent) -> None:
        """Keep an event in memory. What comes late, of a finished call, is not kept."""
        if event.call_id not in self._over:
            self._calls.setdefault(event.call_id, {}).setdefault(event.key, event)

    def write(self, events: Iterable[CallEvent], *, durable: bool) -> None:
        """Append those noted events that the file does not have; with `durable` they are on the disk on return.

        Blocks: call it from a thread. Raises SpoolError when the disk does not take them: then none are written.
        """
        with self._guard:
            new = {
                name: event
                for event in events
                if (name := (event.call_id, event.key)) not in self._written
                and event.key in self._calls.get(event.call_id, ())
            }
            self._append(list(new.values()), durable=durable)
            self._written.update(new)

    def forget(self, call_ids: Iterable[str]) -> None:
        """These calls are finished and kept elsewhere. Blocks now and then: call it from a thread."""
        with self._guard:
            for call_id in call_ids:
                gone = self._calls.pop(call_id, {})
                self._written.difference_update((call_id, key) for key in gone)
                self._over[call_id] = None
            while len(self._over) > _REMEMBERED:
                del self._over[next(iter(self._over))]
            if not self._written or self._size > self._compact_at:
                self._compact()

    def close(self) -> None:
        """Let go of the file; what it holds stays."""
        os.close(self._file)

    def _load(self, record: Any) -> None:
        try:
            event = CallEvent.from_dict(record)
        except (KeyError, ValueError, TypeError) as error:
            log.error("not a call event: passed over", file=self._path.name, error=type(error).__name__)
            return
        self._calls.setdefault(event.call_id, {}).setdefault(event.key, event)
        self._written.add((event.call_id, event.key))

    def _append(self, events: Sequence[CallEvent], *, durable: bool) -> None:
        data = b"".join(checked_line(event.as_dict()) for event in events)
        try:
            write_at(self._file, data, self._size)
            if durable:
                os.fdatasync(self._file)
        except OSError as error:
            with suppress(OSError):  # the next append overwrites what a full disk did take
                os.ftruncate(self._file, self._size)
            raise SpoolError(f"{self._path}: {error.strerror}; nothing was written, free some space") from error
        self._size += len(data)

    def _compact(self) -> None:
        """Write the file anew with the events of unfinished calls; when the disk is full it stays as it is."""
        living = [event for call in list(self._calls.values()) for event in list(call.values())]
        data = b"".join(
            checked_line(event.as_dict()) for event in living if (event.call_id, event.key) in self._written
        )
        if data:
            self._replace(data)
        else:
            os.ftruncate(self._file, 0)
            self._size = 0
        self._compact_at = max(_COMPACT_BYTES, 2 * self._size)

    def _replace(self, data: bytes) -> None:
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.unlink(missing_ok=True)
        try:
            file = open_checked(beside)
            write_at(file, data, 0)
            os.fsync(file)
            beside.replace(self._path)
        except OSError as error:
            log.warning("unfinished calls: file not written anew", why=error.strerror)
            return
        os.close(self._file)
        self._file, self._size = file, len(data)


def merged(stored: Iterable[CallEvent], kept: Iterable[CallEvent]) -> list[CallEvent]:
    """One call's events from both places, each once, in order of time; the database's telling comes first. Pure."""
    events: dict[str, CallEvent] = {}
    for event in (*stored, *kept):
        events.setdefault(event.key, event)
    return sorted(events.values(), key=lambda event: event.at)
