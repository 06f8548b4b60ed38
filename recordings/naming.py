"""The only place that knows where audio lies: raw legs as Asterisk writes them, and the store they end up in.

Raw:   ``<raw>/<call id>/<role>-<uniqueid>.wav``, messages ``<raw>/<call id>/message-<n>.wav``
Store: ``<store>/YYYY/MM/DD/<call id>/{citizen,operator,unit-1,...}.wav``, ``mixed.opus`` (or ``.mp3``), the manifest
``recording.json``; messages ``{message,message-2,...}.wav``. The day is the day of the call's clock start, or of its
first message, in the city's time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Role = Literal["citizen", "operator", "unit"]
MixedFormat = Literal["opus", "mp3"]

ROLES: tuple[Role, ...] = get_args(Role)
SHANGHAI = ZoneInfo("Asia/Shanghai")
MANIFEST = "recording.json"
PARTIAL_SUFFIX = ".part"

_ID = re.compile(r"[A-Za-z0-9.-]{1,100}")
_TRACK = re.compile(r"(citizen|operator|unit)(-[1-9][0-9]{0,3})?")
_RAW_LEG = re.compile(r"(citizen|operator|unit)-([A-Za-z0-9.-]{1,120})\.wav")
_RAW_MESSAGE = re.compile(r"message-([0-9]{1,3})\.wav")
_MESSAGE = re.compile(r"message(?:-[1-9][0-9]{0,3})?\.wav")
_DIALPLAN_SAFE = re.compile(r"/[A-Za-z0-9._/-]*")


class NameRefusedError(ValueError):
    """A name that must not become part of a path; the text says which and why."""


@dataclass(frozen=True)
class RawLeg:
    """What the path of a raw leg says."""

    call_id: str
    role: Role
    uniqueid: str
    path: Path


def check_id(value: str, what: str = "call id") -> str:
    """Return `value` when it can be a path component: ``[A-Za-z0-9.-]``, no ``..``, not hidden.

    Raises NameRefusedError.
    """
    if not _ID.fullmatch(value) or ".." in value or value.startswith("."):
        raise NameRefusedError(
            f"{what} {value!r}: only letters, digits, '.' and '-' are allowed, without '..', not starting with '.'"
        )
    return value


def check_track_name(name: str) -> str:
    """Return `name` when it names a track: a role, or a role and a number (``unit-2``). Raises NameRefusedError."""
    if not _TRACK.fullmatch(name):
        raise NameRefusedError(f"track name {name!r}: want citizen, operator or unit, optionally with '-<number>'")
    return name


def raw_directory(raw_dir: Path, call_id: str) -> Path:
    """The directory of one call's raw legs. Raises NameRefusedError."""
    return raw_dir / check_id(call_id)


def raw_leg_path(raw_dir: Path, call_id: str, role: Role, uniqueid: str) -> Path:
    """The raw file of one leg. Raises NameRefusedError."""
    return raw_directory(raw_dir, call_id) / f"{role}-{check_id(uniqueid, 'uniqueid')}.wav"


def raw_leg_expression(raw_dir: PurePath) -> str:
    """The raw file as a dialplan expression, for ``MixMonitor(,br(...))``; Asterisk fills in the variables.

    Raises NameRefusedError when `raw_dir` is not absolute or has a character that the dialplan would interpret.
    """
    return f"{_dialplan_safe(raw_dir)}/${{HOTLINE_CALL}}/${{HOTLINE_ROLE}}-${{UNIQUEID}}.wav"


def raw_message_expression(raw_dir: PurePath) -> str:
    """The raw file of a message as a dialplan expression, for ``Record``, which counts ``%d`` up from 0.

    Raises NameRefusedError as `raw_leg_expression` does.
    """
    return f"{_dialplan_safe(raw_dir)}/${{HOTLINE_CALL}}/message-%d.wav"


def _dialplan_safe(raw_dir: PurePath) -> str:
    text = raw_dir.as_posix()
    if not _DIALPLAN_SAFE.fullmatch(text) or ".." in text:
        raise NameRefusedError(
            f"raw recordings directory {text!r}: want an absolute path of letters, digits, '.', '_', '-' and '/'"
        )
    return text.rstrip("/")


def raw_message_path(raw_dir: Path, call_id: str, number: int) -> Path:
    """The raw file of one message, counted from 0. Raises NameRefusedError."""
    return raw_directory(raw_dir, call_id) / f"message-{number}.wav"


def raw_message_number(path: Path) -> int | None:
    """Which message of its call a raw file holds, counted from 0, or None when it holds none."""
    match = _RAW_MESSAGE.fullmatch(path.name)
    return int(match.group(1)) if match else None


def message_name(number: int) -> str:
    """The name of a call's message, counted from 0: ``message``, ``message-2``, ``message-3`` ..."""
    return f"message-{number + 1}" if number else "message"


def is_message(path: Path) -> bool:
    """Whether a stored file is a message."""
    return _MESSAGE.fullmatch(path.name) is not None


def parse_raw_leg(path: Path) -> RawLeg | None:
    """What a raw leg's path says, or None when it is not one of ours."""
    match = _RAW_LEG.fullmatch(path.name)
    call_id = path.parent.name
    if match is None or not _ID.fullmatch(call_id) or ".." in call_id:
        return None
    role: Role = next(known for known in ROLES if known == match.group(1))
    return RawLeg(call_id, role, match.group(2), path)


def call_directory(store_dir: Path, call_id: str, clock_start: datetime, zone: ZoneInfo = SHANGHAI) -> Path:
    """The directory of one call's finished audio. `clock_start` is aware. Raises NameRefusedError, ValueError."""
    if clock_start.tzinfo is None:
        raise ValueError(f"clock start of call {call_id} has no time zone")
    return store_dir / day_directory(clock_start.astimezone(zone).date()) / check_id(call_id)


def day_directory(day: date) -> str:
    """Where the calls of one day lie, relative to the store."""
    return day.strftime("%Y/%m/%d")


def track_file(name: str) -> str:
    """The file name of a track. Raises NameRefusedError."""
    return f"{check_track_name(name)}.wav"


def mixed_file(extension: MixedFormat) -> str:
    """The file name of the copy for listening."""
    return f"mixed.{extension}"


def partial(path: Path) -> Path:
    """Where a file is written before it gets its name; hidden, beside the target, so that a rename is atomic."""
    return path.with_name(f".{path.name}{PARTIAL_SUFFIX}")


def stored_path(store_dir: Path, path: Path) -> str:
    """A stored file relative to the store, with ``/``: what the database keeps, so that a store can be moved."""
    return path.relative_to(store_dir).as_posix()
