"""Files that must not be lost: atomic writing and moving, checksums, and what disk and database disagree on."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recordings import naming, wav

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


class StoreError(Exception):
    """Audio could not be stored; what was there before is still there."""


class DiskFullError(StoreError):
    """No space left; the text names the directory and how much is free."""


class BusyError(StoreError):
    """Another worker is building the same recording; try again later."""


@dataclass(frozen=True)
class Disagreement:
    """Stored paths that only one side knows of: the disk, or the database."""

    files_without_rows: tuple[str, ...]
    rows_without_files: tuple[str, ...]


def compare(files: Iterable[str], rows: Iterable[str]) -> Disagreement:
    """What disk and database disagree on; both are stored paths (relative to the store). Pure."""
    on_disk, in_rows = set(files), set(rows)
    return Disagreement(tuple(sorted(on_disk - in_rows)), tuple(sorted(in_rows - on_disk)))


def stored_files(store_dir: Path) -> tuple[str, ...]:
    """Every audio file of the store, relative to it; manifests and unfinished files are left out."""
    found = (path for path in store_dir.rglob("*") if path.is_file())
    return tuple(
        sorted(
            naming.stored_path(store_dir, path)
            for path in found
            if path.name != naming.MANIFEST and not path.name.startswith(".")
        )
    )


def raw_legs(raw_dir: Path, call_id: str) -> tuple[naming.RawLeg, ...]:
    """The raw legs that lie on disk for one call. Raises NameRefusedError."""
    directory = naming.raw_directory(raw_dir, call_id)
    if not directory.is_dir():
        return ()
    parsed = (naming.parse_raw_leg(path) for path in sorted(directory.iterdir()))
    return tuple(leg for leg in parsed if leg is not None)


def raw_calls_without_audio(raw_dir: Path) -> tuple[str, ...]:
    """The calls whose raw legs on disk are headers and nothing more. Raises OSError."""
    found = (naming.parse_raw_leg(path) for path in raw_dir.glob("*/*.wav"))
    legs = [leg for leg in found if leg is not None]
    audible = {leg.call_id for leg in legs if leg.path.stat().st_size > wav.HEADER_BYTES}
    return tuple(sorted({leg.call_id for leg in legs} - audible))


def discard_raw(raw_dir: Path, call_id: str) -> int:
    """Delete one call's raw legs, once the database has its recording; returns how many there were.

    Files that are not raw legs are left alone. Raises NameRefusedError, OSError.
    """
    legs = raw_legs(raw_dir, call_id)
    for leg in legs:
        leg.path.unlink(missing_ok=True)
    directory = naming.raw_directory(raw_dir, call_id)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()
    return len(legs)


def discard_stored(store_dir: Path, stored: Iterable[str]) -> None:
    """Delete finished audio for good, and the directory of a call that has none left.

    `stored` are paths relative to the store; those that are gone already are no error. Raises OSError.
    """
    paths = [store_dir / path for path in stored]
    for path in paths:
        path.unlink(missing_ok=True)
    for directory in {path.parent for path in paths if path.parent.is_dir()}:
        if not stored_files(directory):
            (directory / naming.MANIFEST).unlink(missing_ok=True)
        if not any(directory.iterdir()):
            directory.rmdir()


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a hidden file beside `target`, force it to disk and rename it: all or nothing.

    Raises DiskFullError, and whatever `write` raises; the hidden file is removed.
    """
    unfinished = naming.partial(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write(unfinished)
        _sync(unfinished)
        unfinished.replace(target)
        _sync(target.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        _explain(error, target.parent)
        raise
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def move(source: Path, target: Path) -> None:
    """Move a file, also to another file system; the source goes only when the target is safely on disk.

    Run again after a crash it completes the move; a source that is gone while the target is there is a move done.
    Raises DiskFullError, FileNotFoundError, OSError.
    """
    if not source.exists() and target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        publish(target, lambda unfinished: _copy(source, unfinished))
        source.unlink()
    _sync(target.parent)
    if source.parent.exists():
        _sync(source.parent)


@contextmanager
def only_builder(directory: Path) -> Iterator[None]:
    """Hold one call's directory for oneself; the kernel lets go when the process dies. Raises BusyError."""
    directory.mkdir(parents=True, exist_ok=True)
    lock = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BusyError(f"{directory}: another worker is building this recording") from error
    finally:
        os.close(lock)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(error: OSError, directory: Path) -> None:
    if error.errno in _DISK_FULL:
        raise DiskFullError(
            f"{directory}: no space left ({free_megabytes(directory)} MB free); nothing was lost, "
            "free some and try again"
        ) from error


def free_megabytes(directory: Path) -> int:
    """Free megabytes where `directory` is or will be."""
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    return shutil.disk_usage(existing).free // 2**20
