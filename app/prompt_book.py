"""Recordings of prompts, changed while calls go on: made fit for telephones, kept, laid out for Asterisk, gone back."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from app.db.pool import Connection, Database, once_there
from app.db.queries import QUERIES
from app.menu_book import Asking
from app.menus import forget_lengths
from app.people.audit import Entry, record
from app.settings import Settings
from ivr.audio import AudioError, level, read_audio, trim, write_telephone

log = structlog.get_logger(__name__)

MOST_BYTES = 20_000_000
MOST_SECONDS = 120.0
_LEAST_SECONDS = 0.2


class UnknownSound(LookupError):  # noqa: N818 - named for what is the matter
    """The prompt has no such recording."""


class PromptBook:
    """`lay_out` puts every sound where Asterisk finds it, the desk's over the city's over those that ship.

    A caller who hears a prompt hears it to its end; the next one hears the new.
    """

    def __init__(self, settings: Settings, lay_out: Callable[[], None]) -> None:
        self._folder = desk_sounds(settings)
        self._lay_out = lay_out
        self._changing = asyncio.Lock()

    async def take_over(self, database: Database) -> None:
        """Go by the database from now on; waits while it is away."""
        try:
            await once_there(lambda: self._change(database, _nothing))
        except (OSError, ValueError) as error:
            log.error("prompts stay as they were", why=str(error))

    async def put_in_force(self, database: Database, name: str, content: bytes, who: Asking) -> int:
        """Keep a recording and let the next caller hear it; its number. Raises AudioError, DatabaseUnavailable."""
        sound, seconds = await asyncio.to_thread(for_telephones, content)
        made: list[int] = []

        async def work(connection: Connection) -> None:
            kept = (name, sound, seconds, who.person.name, who.at)
            made.append(await connection.fetchval(QUERIES["prompt_sound_add"], *kept))
            await _switch(connection, name, made[0], who)

        await self._change(database, work)
        return made[0]

    async def go_back(self, database: Database, name: str, sound: int | None, who: Asking) -> None:
        """Put an earlier recording in force, or the file again (None). Raises UnknownSound, DatabaseUnavailable."""

        async def work(connection: Connection) -> None:
            if sound is not None and not await connection.fetchval(QUERIES["prompt_sound_exists"], name, sound):
                raise UnknownSound(name)
            await _switch(connection, name, sound, who)

        await self._change(database, work)

    async def _change(self, database: Database, work: Callable[[Connection], Awaitable[None]]) -> None:
        async with self._changing:
            async with database.transaction() as connection:
                await work(connection)
                rows = await connection.fetch(QUERIES["prompts_in_force"])
            if await asyncio.to_thread(self._write_copies, {row["name"]: row["sound"] for row in rows}):
                await asyncio.to_thread(self._lay_out)
                forget_lengths()

    def _write_copies(self, sounds: Mapping[str, bytes]) -> bool:
        """Make the folder hold these and no others; whether anything has changed."""
        changed = False
        for path in self._folder.glob("*/*.wav"):
            if path.relative_to(self._folder).with_suffix("").as_posix() not in sounds:
                path.unlink()
                changed = True
        for name, sound in sounds.items():
            path = self._folder / f"{name}.wav"
            if path.is_file() and path.read_bytes() == sound:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".part")
            draft.write_bytes(sound)
            draft.replace(path)
            changed = True
        return changed


def desk_sounds(settings: Settings) -> Path:
    """Where recordings are kept that were put in force in the desk: for a start without Postgres."""
    return settings.data_dir / "prompt-sounds"


def for_telephones(content: bytes) -> tuple[bytes, float]:
    """A recording as the prompts are (8 kHz, levelled, without silence at its ends), and its seconds. Blocks.

    Raises AudioError: no sound that ffmpeg understands, or one too short or too long.
    """
    with tempfile.TemporaryDirectory(prefix="hotline-prompt-") as folder:
        given, made = Path(folder) / "given", Path(folder) / "made.wav"
        given.write_bytes(content)
        sound = trim(read_audio(given))
        if not _LEAST_SECONDS <= sound.duration_seconds <= MOST_SECONDS:
            raise AudioError(f"{sound.duration_seconds:.1f} s of sound; between {_LEAST_SECONDS} and {MOST_SECONDS:g}")
        write_telephone(level(sound), made)
        return made.read_bytes(), float(sound.duration_seconds)


async def _nothing(_connection: Connection) -> None:
    """Nothing is changed: what the database holds is read."""


async def _switch(connection: Connection, name: str, sound: int | None, who: Asking) -> None:
    await connection.execute(QUERIES["prompt_put_in_force"], name, sound, who.person.name, who.at)
    await record(connection, Entry(who.person, "prompt.change", f"prompt:{name}", who.address, {"sound": sound}))
