"""Asking clamd whether a file holds a virus, over its INSTREAM command (clamd(8), section COMMANDS)."""

from __future__ import annotations

import asyncio

_DEADLINE_S = 60.0
_CHUNK = 1 << 16


class ScanError(Exception):
    """The scanner is away or does not understand; the text says what it answered. Nothing was found out."""


async def is_clean(content: bytes, host: str, port: int) -> bool:
    """Whether nothing was found. Raises ScanError."""
    try:
        async with asyncio.timeout(_DEADLINE_S):
            answer = await _ask(content, host, port)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise ScanError(type(error).__name__) from error
    if answer.endswith("OK"):
        return True
    if answer.endswith("FOUND"):
        return False
    raise ScanError(answer)


async def _ask(content: bytes, host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK]
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        return (await reader.readuntil(b"\0")).rstrip(b"\0").decode(errors="replace").strip()
    finally:
        writer.close()
