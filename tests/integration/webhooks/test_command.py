"""`hotline webhook` as a person uses it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main

URL = "http://127.0.0.1:1/tickets"


@pytest.fixture
def hotline(dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ["webhook", *arguments])

    return run


async def test_an_endpoint_comes_and_goes(hotline: Any) -> None:
    made = await hotline("add", URL, "--json")
    assert made.exit_code == 0, made.output
    added = json.loads(made.stdout)
    assert len(added["secret"]) >= 32

    (listed,) = json.loads((await hotline("list", "--json")).stdout)
    assert (listed["url"], listed["given_up"]) == (URL, 0)
    assert "0 to be delivered again" in (await hotline("redeliver", str(added["id"]))).stdout
    assert (await hotline("remove", str(added["id"]))).exit_code == 0
    assert json.loads((await hotline("list", "--json")).stdout) == []


async def test_what_cannot_be_is_said_in_one_line(hotline: Any) -> None:
    wrong = await hotline("add", "ftp://x")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)
    unknown = await hotline("remove", "99")
    assert (unknown.exit_code, unknown.stderr) == (1, "no webhook 99\n")
