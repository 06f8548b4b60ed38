"""Downloads over a line that breaks: they go on where they stopped, and only the right file is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.setup.download import DownloadFailed, download

BODY = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(BODY).hexdigest()


@asynccontextmanager
async def _server(tmp_path: Path, *, cut_first: bool = False) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve BODY; `cut_first` breaks the first answer in the middle. Gives the address and the ranges asked for."""
    file = tmp_path / "served"
    file.write_bytes(BODY)
    ranges: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        ranges.append(request.headers.get("Range", ""))
        if not cut_first or len(ranges) > 1:
            return web.FileResponse(file)
        response = web.StreamResponse(headers={"Content-Length": str(len(BODY))})
        await response.prepare(request)
        await response.write(BODY[: len(BODY) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    application = web.Application()
    application.router.add_get("/file", answer)
    async with TestServer(application, host="127.0.0.1") as server:
        yield str(server.make_url("/file")), ranges


def _ignore(_done: int, _total: int | None) -> None:
    pass


async def test_a_broken_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    target = tmp_path / "file"
    async with _server(tmp_path, cut_first=True) as (address, ranges):
        with pytest.raises(DownloadFailed, match=address):
            await download(address, target, sha256=SHA256, progress=_ignore)
        assert not target.exists()
        await download(address, target, sha256=SHA256, progress=_ignore)
    assert target.read_bytes() == BODY
    first, second = ranges
    assert first == ""
    assert int(second.removeprefix("bytes=").removesuffix("-")) > 0


async def test_a_download_that_was_whole_already_is_only_checked(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(BODY)
    async with _server(tmp_path) as (address, _):
        await download(address, tmp_path / "file", sha256=SHA256, progress=_ignore)
    assert (tmp_path / "file").read_bytes() == BODY


async def test_the_wrong_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    async with _server(tmp_path) as (address, _):
        with pytest.raises(DownloadFailed, match=f"SHA-256 is {SHA256}, expected 0000"):
            await download(address, tmp_path / "file", sha256="0" * 64, progress=_ignore)
    assert os.listdir(tmp_path) == ["served"]


async def test_progress_counts_up_to_the_total(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    async with _server(tmp_path) as (address, _):
        await download(
            address, tmp_path / "file", sha256=SHA256, progress=lambda done, total: told.append((done, total))
        )
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told)


async def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    async with _server(tmp_path) as (address, _):
        with pytest.raises(DownloadFailed, match="404"):
            await download(f"{address}-not", tmp_path / "file", sha256=None, progress=_ignore)
