"""Says what is missing on this machine and which command mends it, from facts gathered elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

SUPPORTED_PYTHON = ((3, 11), (3, 13))
NEEDED_BYTES = 2 * 1024**3
ENGINE_PACKAGES = ("podman", "runc", "netavark", "uidmap", "fuse-overlayfs")

# Program looked for, the Debian package it is in, and what it is for.
NEEDED_PROGRAMS = (("ffmpeg", "ffmpeg", "mixed recordings"),)
TEST_PROGRAMS = (
    ("sipp", "sip-tester", "demonstration and tests"),
    ("tshark", "tshark", "tests"),
    ("chromium", "chromium", "tests"),
)


class State(StrEnum):
    """How a thing stands: `missing` stops the hotline, `optional` only the demonstration or the tests."""

    OK = "ok"
    MISSING = "missing"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` is the command or the change that mends it, empty when nothing needs mending."""

    name: str
    state: State
    detail: str
    mend: str = ""


@dataclass(frozen=True)
class PortFact:
    """A port the hotline wants to listen on, the setting that names it, and whether it is taken."""

    setting: str
    protocol: Literal["udp", "tcp"]
    host: str
    port: int
    taken: bool


@dataclass(frozen=True)
class TrunkFact:
    """A trunk as the running service sees it; `why` calls cannot go out over it."""

    node: str
    name: str
    up: bool
    why: str
    calls: int


@dataclass(frozen=True)
class Facts:
    """What was found on the machine. `None` for a problem means there is none."""

    root: bool
    python: tuple[int, int]
    settings: str
    settings_problem: str | None
    own_asterisk: bool
    engine: str | None
    image: str
    image_problem: str | None
    model_problem: str | None
    database: str
    database_problem: str | None
    data_dir: Path
    free_bytes: int
    programs: Mapping[str, bool] = field(default_factory=dict)
    ports: tuple[PortFact, ...] = ()
    trunks: tuple[TrunkFact, ...] = ()


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Every finding, in the order in which they are best mended."""
    return tuple(_findings(facts))


def _findings(facts: Facts) -> Iterator[Finding]:
    yield _python(facts)
    yield _settings(facts)
    yield _disk(facts)
    if facts.own_asterisk:
        yield _engine(facts)
        yield _image(facts)
    yield from (_program(facts, *entry, State.MISSING) for entry in NEEDED_PROGRAMS)
    yield _model(facts)
    yield _database(facts)
    yield from (_port(port) for port in facts.ports)
    yield from (_trunk(trunk) for trunk in facts.trunks)
    yield from (_program(facts, *entry, State.OPTIONAL) for entry in TEST_PROGRAMS)


def _python(facts: Facts) -> Finding:
    found = ".".join(map(str, facts.python))
    if SUPPORTED_PYTHON[0] <= facts.python <= SUPPORTED_PYTHON[1]:
        return Finding("Python", State.OK, found)
    return Finding("Python", State.MISSING, f"{found}; 3.11 to 3.13 is needed", "make clean demo PYTHON=python3.11")


def _settings(facts: Facts) -> Finding:
    if facts.settings_problem is None:
        return Finding("settings", State.OK, facts.settings)
    mend = f"editor {facts.settings}    (or unset the variable named)"
    return Finding("settings", State.MISSING, facts.settings_problem, mend)


def _disk(facts: Facts) -> Finding:
    detail = f"{facts.free_bytes / 1024**3:.1f} GiB free at {facts.data_dir}"
    if facts.free_bytes >= NEEDED_BYTES:
        return Finding("disk space", State.OK, detail)
    return Finding("disk space", State.MISSING, detail, "export HOTLINE_DATA_DIR=<a directory with 2 GiB or more>")


def _engine(facts: Facts) -> Finding:
    if facts.engine is not None:
        return Finding("container engine", State.OK, facts.engine)
    detail = "neither does a Docker engine answer nor are podman and runc installed"
    return Finding("container engine", State.MISSING, detail, _apt(facts, *ENGINE_PACKAGES))


def _image(facts: Facts) -> Finding:
    if facts.image_problem is None:
        return Finding("Asterisk image", State.OK, facts.image)
    return Finding("Asterisk image", State.MISSING, facts.image_problem, "hotline asterisk build")


def _model(facts: Facts) -> Finding:
    if facts.model_problem is None:
        return Finding("speech model", State.OK, "whole")
    return Finding("speech model", State.MISSING, facts.model_problem, "hotline models fetch")


def _database(facts: Facts) -> Finding:
    if facts.database_problem is None:
        return Finding("database", State.OK, facts.database)
    mend = "export HOTLINE_DATABASE__DSN=postgresql://<user>:<password>@<host>/<database>"
    return Finding("database", State.MISSING, f"{facts.database}: {facts.database_problem}", mend)


def _port(port: PortFact) -> Finding:
    name = f"port {port.protocol}/{port.port}"
    if not port.taken:
        return Finding(name, State.OK, f"{port.host}, free ({port.setting})")
    variable = f"HOTLINE_{port.setting.replace('.', '__').upper()}"
    detail = f"{port.host}, taken by another program ({port.setting})"
    return Finding(name, State.MISSING, detail, f"export {variable}=<a free port>")


def _trunk(trunk: TrunkFact) -> Finding:
    name = f"trunk {trunk.name} of {trunk.node}"
    if trunk.up:
        return Finding(name, State.OK, f"up, {trunk.calls} calls out")
    mend = "ask the carrier, and look at [[trunks]] in the settings"
    return Finding(name, State.MISSING, f"down: {trunk.why}", mend)


def _program(facts: Facts, program: str, package: str, purpose: str, otherwise: State) -> Finding:
    if facts.programs.get(program, False):
        return Finding(program, State.OK, f"for {purpose}")
    return Finding(program, otherwise, f"not installed; for {purpose}", _apt(facts, package))


def _apt(facts: Facts, *packages: str) -> str:
    sudo = "" if facts.root else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {' '.join(packages)}"
