"""The spool keeps records in order through crashes, full disks and handlers that fail."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.spool import Spool, SpoolError
from tests.support.disk import disk_with_room_for


def numbered(*numbers: int) -> list[dict[str, Any]]:
    return [{"n": number, "name": "张三\n\r\u2028"} for number in numbers]


async def drain(spool: Spool, *, batch: int = 200) -> list[int]:
    taken: list[int] = []

    async def take(records: Sequence[Mapping[str, Any]]) -> None:
        taken.extend(record["n"] for record in records)

    await spool.replay(take, batch=batch)
    return taken


def size(path: Path) -> int:
    return path.stat().st_size


def damage(path: Path, line: int) -> bytes:
    """Change one byte of a line; returns the line as it is then."""
    lines = path.read_bytes().split(b"\n")
    lines[line] = lines[line].replace(b"2", b"7")
    path.write_bytes(b"\n".join(lines))
    return lines[line]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "events.jsonl"


async def test_records_come_back_in_order_and_the_file_is_emptied(path: Path) -> None:
    spool = Spool(path)
    spool.append(numbered(1, 2))
    spool.append(numbered(3))
    assert spool.pending() == 3
    assert await drain(spool, batch=2) == [1, 2, 3]
    assert spool.pending() == 0
    assert size(path) == 0


async def test_records_outlive_the_process(path: Path) -> None:
    first = Spool(path)
    first.append(numbered(1, 2, 3))
    first.close()
    second = Spool(path)
    assert second.pending() == 3
    assert await drain(second) == [1, 2, 3]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_a_crash_at_any_byte_loses_only_what_was_not_acknowledged(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "torn.jsonl"
    path.unlink(missing_ok=True)
    whole = Spool(path)
    whole.append(numbered(1, 2))
    acknowledged = size(path)
    whole.append(numbered(3, 4))
    whole.close()
    cut = data.draw(st.integers(acknowledged, size(path)))
    with path.open("r+b") as file:
        file.truncate(cut)
    after = Spool(path)
    after.append(numbered(5))
    taken = asyncio.run(drain(after))
    after.close()
    assert taken[:2] == [1, 2]
    assert taken[-1] == 5
    assert taken == sorted(taken)


async def test_a_damaged_line_is_set_aside_and_the_rest_is_replayed(path: Path) -> None:
    spool = Spool(path)
    spool.append(numbered(1, 2, 3))
    spool.close()
    line = damage(path, 1)
    after = Spool(path)
    assert after.pending() == 2
    assert await drain(after) == [1, 3]
    assert path.with_name("events.jsonl.damaged").read_bytes() == line + b"\n"


async def test_a_handler_that_fails_gets_the_same_records_again(path: Path) -> None:
    spool = Spool(path)
    spool.append(numbered(1, 2, 3))
    taken: list[int] = []

    async def fail_at_three(records: Sequence[Mapping[str, Any]]) -> None:
        if records[0]["n"] == 3:
            raise ConnectionError
        taken.extend(record["n"] for record in records)

    with pytest.raises(ConnectionError):
        await spool.replay(fail_at_three, batch=1)
    assert taken == [1, 2]
    assert spool.pending() == 1
    spool.append(numbered(4))
    assert await drain(spool) == [3, 4]


async def test_records_appended_during_a_replay_are_replayed_after_the_older_ones(path: Path) -> None:
    spool = Spool(path)
    spool.append(numbered(1, 2))
    taken: list[int] = []

    async def take(records: Sequence[Mapping[str, Any]]) -> None:
        if not taken:
            spool.append(numbered(3))
        taken.extend(record["n"] for record in records)

    assert await spool.replay(take) == 3
    assert taken == [1, 2, 3]
    assert size(path) == 0


async def test_a_full_disk_is_a_clear_error_and_keeps_what_was_written(path: Path) -> None:
    spool = Spool(path)
    spool.append(numbered(1))
    with (
        disk_with_room_for(size(path) + 10),
        pytest.raises(SpoolError, match=r"events\.jsonl: .*free some space"),
    ):
        spool.append(numbered(2, 3))
    assert spool.pending() == 1
    spool.append(numbered(4))
    spool.close()
    assert await drain(Spool(path)) == [1, 4]


async def test_a_record_longer_than_one_read_is_replayed(path: Path) -> None:
    spool = Spool(path)
    spool.append([{"n": 1, "text": "长" * (1 << 20)}, {"n": 2}])
    assert await drain(spool) == [1, 2]


def test_a_second_process_is_refused(path: Path) -> None:
    spool = Spool(path)
    with pytest.raises(SpoolError, match="another process"):
        Spool(path)
    spool.close()
    Spool(path).close()


def test_the_file_is_readable_by_its_owner_only(path: Path) -> None:
    Spool(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_not_json_is_refused_and_nothing_is_written(path: Path) -> None:
    spool = Spool(path)
    with pytest.raises(ValueError, match="JSON"):
        spool.append([{"n": 1}, {"n": float("nan")}])
    assert spool.pending() == 0
    assert size(path) == 0
