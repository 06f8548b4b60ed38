"""A file that somebody else writes is followed line by line, through unfinished lines and replaced files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.calls import tail as tail_module
from app.calls.tail import Tail


def lines(tail: Tail) -> list[bytes]:
    return [line for _, line in tail.read()]


def test_only_whole_lines_are_read_and_each_once(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    tail = Tail(path)
    assert tail.read() == []
    path.write_bytes(b"one\ntw")
    assert tail.read() == [(0, b"one")]
    with path.open("ab") as file:
        file.write(b"o\nthree\r\r\n")
    assert tail.read() == [(4, b"two"), (8, b"three\r\r")]
    assert tail.read() == []


def test_reading_goes_on_where_an_earlier_process_stopped(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"one\ntwo\n")
    first = Tail(path)
    first.read()
    path.write_bytes(b"one\ntwo\nthree\n")
    assert lines(Tail(path, first.inode, first.position)) == [b"three"]


def test_a_replaced_or_cut_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(path)
    tail.read()
    path.rename(tmp_path / "journal.1")
    path.write_bytes(b"another file\n")
    assert lines(tail) == [b"another file"]
    path.write_bytes(b"cut\n")
    assert lines(tail) == [b"cut"]


def test_a_line_without_an_end_does_not_stop_those_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "_MOST_BYTES", 8)
    path = tmp_path / "journal"
    path.write_bytes(b"x" * 20 + b"\nnext\n")
    tail = Tail(path)
    read = [line for _ in range(4) for line in lines(tail)]
    assert read[-1] == b"next"
