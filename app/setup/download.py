"""Downloads a file so that it can be interrupted, goes on where it stopped, and is whole or not there at all."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import aiohttp

CONNECT_S = 8.0
SILENCE_S = 30.0
CHUNK = 1 << 18

Progress = Callable[[int, int | None], None]
"""Told the bytes had so far and the total, when it is known."""


class DownloadFailed(Exception):  # noqa: N818 - named for what happened
    """The file cannot be had, or is not the one expected; the text says which and why."""


async def download(url: str, target: Path, *, sha256: str | None, progress: Progress) -> None:
    """Fetch `url` into `target`, going on from an earlier interrupted attempt.

    A file whose SHA-256 is not `sha256` is removed again. None leaves the checking to the caller.
    Raises DownloadFailed.
    """
    part = target.with_name(target.name + ".part")
    try:
        await _transfer(url, part, progress)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DownloadFailed(f"{url}: {error or type(error).__name__}") from error
    if sha256 is not None:
        found = await asyncio.to_thread(file_sha256, part)
        if found != sha256:
            part.unlink()
            raise DownloadFailed(f"{url}: SHA-256 is {found}, expected {sha256}")
    part.replace(target)


async def _transfer(url: str, part: Path, progress: Progress) -> None:
    have = _size(part)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    headers = {"Range": f"bytes={have}-"} if have else {}
    async with (
        aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
        session.get(url, headers=headers) as response,
    ):
        if response.status == 416:  # RFC 9110 15.5.17: nothing is left to send
            return
        response.raise_for_status()
        if response.status != 206:
            have = 0
        await _write(response, part, have, progress)


async def _write(response: aiohttp.ClientResponse, part: Path, have: int, progress: Progress) -> None:
    total = None if response.content_length is None else have + response.content_length
    with part.open("ab" if have else "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK):
            file.write(chunk)
            have += len(chunk)
            progress(have, total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
