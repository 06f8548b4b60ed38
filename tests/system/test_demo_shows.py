"""Each short demonstration holds what it says, on the machine that runs the tests, and says so in one JSON object."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.demo.shows import SHOWS

HOTLINE = Path(sys.executable).with_name("hotline")
LONGEST_S = 120


@pytest.mark.parametrize("name", SHOWS)
async def test_what_a_demonstration_shows_holds(name: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(str(HOTLINE), "demo", name, "--once", "--json", "--data-dir", str(tmp_path / "demo")),
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("HOTLINE_")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            told, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 0, told.decode() + said.decode()
    shown = json.loads(told)
    assert (shown["demo"], all(one["ok"] for one in shown["holds"])) == (name, True)
    assert len(shown["holds"]) >= 3


def test_the_demonstrations_are_listed_by_name_the_three_party_call_first() -> None:
    result = CliRunner().invoke(main, ["demo", "--list"])
    names = [line.partition("\t")[0] for line in result.output.splitlines()]
    assert (result.exit_code, names) == (0, ["three-party", *SHOWS])
