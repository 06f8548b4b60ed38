"""Programs run by the set-up end in time, and none is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.setup.process import ProcessFailed, run

# Starts a child that ignores polite signals, writes both process ids, and would run for a minute.
FAMILY = '(trap "" TERM; exec sleep 60) >&- 2>&- & echo "$$ $!" > "$0.draft"; mv "$0.draft" "$0"; wait'


async def test_output_and_errors_come_back_in_order() -> None:
    lines: list[str] = []
    output = await run(("sh", "-c", "echo one; echo two >&2"), timeout=10, on_line=lines.append)
    assert output == "one\ntwo\n"
    assert lines == ["one", "two"]


async def test_a_failing_program_tells_its_status_and_last_words() -> None:
    with pytest.raises(ProcessFailed, match=r"(?s)ended with status 3.*no such thing") as caught:
        await run(("sh", "-c", "echo no such thing >&2; exit 3"), timeout=10)
    assert caught.value.status == 3


async def test_a_late_program_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match="did not end in time"):
        await run(("sh", "-c", FAMILY, str(tmp_path / "pids")), timeout=1)
    await _wait_until_gone(tmp_path / "pids")


async def test_a_cancelled_program_is_ended_with_its_children(tmp_path: Path) -> None:
    task = asyncio.create_task(run(("sh", "-c", FAMILY, str(tmp_path / "pids")), timeout=60))
    async with asyncio.timeout(10):
        while not (tmp_path / "pids").exists():  # noqa: ASYNC110 - the other process gives no other sign
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _wait_until_gone(tmp_path / "pids")


async def _wait_until_gone(pids: Path) -> None:
    async with asyncio.timeout(5):
        while any(_alive(int(pid)) for pid in pids.read_text().split()):  # noqa: ASYNC110, ASYNC240 - as above
            await asyncio.sleep(0.01)


def _alive(pid: int) -> bool:
    """Whether the process runs; one that only waits for its parent to notice its end does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
