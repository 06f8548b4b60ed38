"""A backup is a folder that explains itself: the database's dump, the files beside it, and their SHA-256.

`sha256sum -c files.sha256` looks through it without any program of ours. `manifest.json` is written last: without it
the backup was not finished. The database is taken first: a recording's file is there before its row is.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from app.settings import Settings, settings_file
from app.setup import dump
from app.setup.dump import Contents
from app.setup.telephony import raw_directory
from recordings import store

Progress = Callable[[int, int | None], None]

_MANIFEST, _SUMS, _DATABASE, _FILES = "manifest.json", "files.sha256", "database.dump", "files"
_SETTINGS, _SECRETS, _HOLIDAYS = "settings/hotline.toml", "secrets.json", "settings/holidays"
_AUDIO = frozenset({"recordings", "raw"})
_CHUNK = 1 << 20


class BackupError(Exception):
    """A backup that cannot be made or put back; the text says what, where and how to mend it."""


class Manifest(BaseModel):
    """What a backup holds. `audio`: with recordings; `files` are counted without the dump."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    made_at: datetime
    audio: bool
    files: int
    bytes: int
    database: Contents


async def back_up(
    settings: Settings, dsn: str, target: Path, now: datetime, progress: Progress, *, audio: bool
) -> Manifest:
    """Write a backup into an empty folder, while calls go on. Without `audio` the recordings stay out.

    Raises BackupError, DumpError, DatabaseUnavailable, ProcessFailed, DiskFullError, OSError.
    """
    await asyncio.to_thread(_new_folder, target)
    contents = await dump.dump(dsn, target / _DATABASE)
    return await asyncio.to_thread(_copy_out, settings, target, now, progress, contents, audio)


async def restore(settings: Settings, dsn: str, source: Path, progress: Progress) -> Manifest:
    """Put a backup back where there is nothing yet: files first, the database last, compared with what it was.

    Raises BackupError where the backup is damaged or something is there already, and then nothing was changed;
    DumpError, DatabaseUnavailable, MigrationError, ProcessFailed, DiskFullError, OSError.
    """
    manifest = read_manifest(source)
    sums = await asyncio.to_thread(check, source, manifest, progress)
    places = await asyncio.to_thread(_places, settings, source, sums)
    await asyncio.to_thread(_copy_back, places, progress)
    await dump.restore(dsn, source / _DATABASE, manifest.database)
    return manifest


def restore_settings(source: Path) -> Path | None:
    """Put the settings file back where there is none; where it is then. Raises BackupError, DiskFullError, OSError."""
    read_manifest(source)
    kept, place = source / _FILES / _SETTINGS, settings_file()
    if place.exists() or not kept.exists():
        return None
    _copy(kept, place)
    return place


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises BackupError."""
    try:
        return Manifest.model_validate_json((source / _MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BackupError(f"{source}: has no {_MANIFEST}: not a backup, or one that was not finished") from None
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise BackupError(f"{source / _MANIFEST}: cannot be read: {error}") from error


def check(source: Path, manifest: Manifest, progress: Progress) -> Mapping[str, str]:
    """Read the whole backup through; its files with their SHA-256. Raises BackupError naming what is damaged."""
    sums = _read_sums(source / _SUMS)
    bad, done = [], 0
    for name, expected in sums.items():
        try:
            found = store.sha256(source / name)
            done += (source / name).stat().st_size
        except OSError:
            bad.append(f"{name}: is not there")
            continue
        progress(done, manifest.bytes)
        if found != expected:
            bad.append(f"{name}: is not what was written")
    if len(sums) != manifest.files + 1 or _DATABASE not in sums:
        bad.append(f"{_SUMS}: lists {len(sums)} files, not {manifest.files + 1}")
    if bad:
        raise BackupError(f"{source} is damaged:\n" + "\n".join(bad))
    return sums


def _new_folder(target: Path) -> None:
    if target.exists() and any(target.iterdir()):
        raise BackupError(f"{target}: is not empty; name a new folder for each backup")
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o700)


def _copy_out(
    settings: Settings, target: Path, now: datetime, progress: Progress, contents: Contents, audio: bool
) -> Manifest:
    files = dict(_sources(settings, audio=audio))
    total = sum(size for path in files.values() if (size := _size(path)) is not None)
    sums, done = {_DATABASE: store.sha256(target / _DATABASE)}, (target / _DATABASE).stat().st_size
    for name, path in files.items():
        try:
            sums[f"{_FILES}/{name}"], size = _copy(path, target / _FILES / name)
        except FileNotFoundError:
            # Its time was over, or it was built into a recording, while we copied.
            continue
        done += size
        progress(done, max(total, done))
    _write(target / _SUMS, "".join(f"{sha}  {name}\n" for name, sha in sums.items()))
    manifest = Manifest(made_at=now, audio=audio, files=len(sums) - 1, bytes=done, database=contents)
    _write(target / _MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def _folders(settings: Settings) -> Mapping[str, Path | None]:
    """The folders of an installation by their names in a backup."""
    return {
        "spool": settings.data_dir / "spool",
        "attachments": settings.attachments_dir,
        "recordings": settings.recordings_dir,
        "raw": raw_directory(settings),
        "menus": settings.menus_dir,
        "prompts": settings.prompts_dir,
    }


def _single_files(settings: Settings) -> Mapping[str, Path | None]:
    return {
        _SETTINGS: settings_file(),
        _SECRETS: settings.data_dir / "secrets.json",
        _HOLIDAYS: settings.regulation.holidays,
    }


def _sources(settings: Settings, *, audio: bool) -> Iterator[tuple[str, Path]]:
    for name, path in _single_files(settings).items():
        if path is not None and path.is_file():
            yield name, path
    for name, folder in _folders(settings).items():
        if folder is None or (name in _AUDIO and not audio):
            continue
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder).as_posix()
            if path.is_file() and not path.is_symlink() and "\n" not in relative:
                yield f"{name}/{relative}", path


def _places(settings: Settings, source: Path, sums: Mapping[str, str]) -> Mapping[Path, Path]:
    """Where each file of a backup goes; those that are there already, and the same, are left out."""
    folders, single = _folders(settings), _single_files(settings)
    places: dict[Path, Path] = {}
    for name, sha in sums.items():
        if name == _DATABASE:
            continue
        inner = PurePosixPath(name).relative_to(_FILES)
        if ".." in inner.parts or inner.is_absolute():
            raise BackupError(f"{name}: leads out of the backup")
        alone = single.get(str(inner))
        folder = folders.get(inner.parts[0])
        if alone is None and folder is None:
            raise BackupError(f"the settings name no place for {inner}: set it (menus_dir, prompts_dir or holidays)")
        place = alone if alone is not None else Path(folder or "").joinpath(*inner.parts[1:])
        if not place.exists():
            places[place] = source / name
        elif str(inner) != _SETTINGS and store.sha256(place) != sha:
            raise BackupError(f"{place}: is there already, with something else in it; restore to an empty data_dir")
    return places


def _copy_back(places: Mapping[Path, Path], progress: Progress) -> None:
    total, done = sum(path.stat().st_size for path in places.values()), 0
    for place, path in places.items():
        done += _copy(path, place)[1]
        progress(done, total)


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file with its mode, safely on the disk or not at all; SHA-256 and bytes of what was copied."""
    digest, size = hashlib.sha256(), 0

    def write(unfinished: Path) -> None:
        nonlocal size
        with source.open("rb") as reading, unfinished.open("wb") as writing:
            os.fchmod(writing.fileno(), source.stat().st_mode & 0o777)
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                writing.write(chunk)
                size += len(chunk)

    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    store.publish(target, write)
    return digest.hexdigest(), size


def _write(target: Path, text: str) -> None:
    def write(unfinished: Path) -> None:
        unfinished.write_text(text, encoding="utf-8")

    store.publish(target, write)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _read_sums(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{path}: cannot be read: {error}") from error
    return {name: sha for line in lines if line for sha, _, name in [line.partition("  ")]}
