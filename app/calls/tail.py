"""The lines added to a file since the last look: what a journal written by somebody else is followed with."""

from __future__ import annotations

import os
from pathlib import Path

from app.calls import journal

_MOST_BYTES = 4 << 20


class Tail:
    """Follows one file; notices when it was replaced or cut. Positions in bytes."""

    def __init__(self, path: Path, inode: int = 0, position: int = 0) -> None:
        self._path = path
        self.inode = inode
        self.position = position

    def read(self) -> list[tuple[int, bytes]]:
        """New whole lines, each with the position of its first byte; an unfinished last line waits.

        Blocks: call it from a thread. A line longer than any piece that is read comes in pieces: it is none of a
        journal's.
        """
        try:
            with self._path.open("rb") as file:
                self._follow(file.fileno())
                file.seek(self.position)
                data = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return []
        lines = journal.cut(data)
        if not lines and len(data) == _MOST_BYTES:
            lines = [data[:-1]]
        found = []
        for line in lines:
            found.append((self.position, line))
            self.position += len(line) + 1
        return found

    def _follow(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if status.st_ino != self.inode or status.st_size < self.position:
            self.inode, self.position = status.st_ino, 0
