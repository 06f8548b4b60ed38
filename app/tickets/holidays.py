"""The city's holiday file, read again whenever it changes, so that a calendar published later needs no restart."""

from __future__ import annotations

from pathlib import Path

import structlog

from app.matters.clock import Calendar, HolidayFileError, load_calendar

log = structlog.get_logger(__name__)


class HolidayFile:
    """A `holidays.toml`, and which version of it was read; one that cannot be used leaves the last one in force."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, int] | None = None

    def changed(self) -> Calendar | None:
        """The calendar, when the file has not been read yet or has changed; None otherwise, or when it is no good."""
        version = self._version()
        if version is None or version == self._read:
            return None
        self._read = version
        try:
            return load_calendar(self._path)
        except HolidayFileError as error:
            log.error("the holiday file cannot be used, the last one holds", error=str(error))
            return None

    def _version(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size
