"""Starts a real Asterisk in its container for a test: own directory, free ports, ended with the test.

`async with running_asterisk(node_settings(tmp_path)) as asterisk, asterisk.manager() as manager: ...`
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import socket
import struct
import wave
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.setup.containers import Container, Mount, find_engine
from app.setup.images import ASTERISK_IMAGE
from asterisk_conf import ConfSettings, new_secret, prepare, render
from asterisk_conf.settings import Ami, Directories, Http, Number, Phone, Prompts, RtpRange, Sip, Trunk
from ivr.prompts import ASTERISK_SOUNDS
from tests.support.workers import FOR_ASTERISK, share

LOOPBACK = "127.0.0.1"
BOOT_S = 20.0
ANSWER_S = 5.0
RTP_PORTS = 400
SAMPLE_RATE = 8000

# What a compiled menu looks like, without a choice: straight to the queue.
DIRECT_MENU = """\
[hotline-menu-direct]
exten => s,1,Set(TIMEOUT(absolute)=0)
 same => n,Playback(welcome)
 same => n,Goto(hotline-queue,s,1)
"""


class ManagerError(Exception):
    """The manager interface refused an action; the text is its own."""


class Manager:
    """A plain AMI client: one action at a time, events kept in the order they came."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.events: list[Mapping[str, str]] = []

    async def action(self, name: str, /, **fields: str) -> Mapping[str, str]:
        """Send one action and return its response, whatever it says. Raises TimeoutError."""
        lines = [f"Action: {name}", *(f"{key}: {value}" for key, value in fields.items())]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        async with asyncio.timeout(ANSWER_S):
            # OriginateResponse is an event with a field named Response.
            while "Event" in (message := await self._read()):
                self.events.append(message)
        return message

    async def done(self, name: str, /, **fields: str) -> Mapping[str, str]:
        """Send one action that must succeed. Raises ManagerError, TimeoutError."""
        response = await self.action(name, **fields)
        if response["Response"] != "Success":
            raise ManagerError(f"{name}: {response.get('Message', response['Response'])}")
        return response

    async def event(self, name: str, /, deadline_s: float = ANSWER_S, **fields: str) -> Mapping[str, str]:
        """Wait for (or find) the first event of that name with these fields. Raises TimeoutError."""

        def found() -> Iterator[Mapping[str, str]]:
            return (
                event
                for event in self.events
                if event["Event"] == name and all(event.get(key) == value for key, value in fields.items())
            )

        async with asyncio.timeout(deadline_s):
            while (event := next(found(), None)) is None:
                self.events.append(await self._read())
        return event

    async def next_event(self, name: str, /, deadline_s: float = ANSWER_S) -> Mapping[str, str]:
        """Wait for an event of that name that was not read before. Raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while True:
                self.events.append(await self._read())
                if self.events[-1]["Event"] == name:
                    return self.events[-1]

    async def _read(self) -> Mapping[str, str]:
        block = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (line.partition(": ") for line in block.splitlines() if line)
        return {key.rstrip(":"): value for key, _, value in pairs}


@dataclass(frozen=True)
class Asterisk:
    """A running instance."""

    settings: ConfSettings
    container: Container

    @property
    def log(self) -> str:
        """Everything that Asterisk has logged so far."""
        return (self.settings.directories.log / "messages.log").read_text(errors="replace")

    @property
    def problems(self) -> list[str]:
        """The warnings and errors among it."""
        return [line for line in self.log.splitlines() if "WARNING[" in line or "ERROR[" in line]

    @property
    def trunk_uri(self) -> str:
        """Where SIPp sends its calls."""
        return f"{self.settings.sip.host}:{self.settings.sip.port}"

    async def cli(self, command: str) -> str:
        """Run a command of Asterisk's console."""
        configuration = str(self.settings.directories.config / "asterisk.conf")
        return await self.container.exec("asterisk", "-C", configuration, "-rx", command)

    @contextlib.asynccontextmanager
    async def manager(self) -> AsyncIterator[Manager]:
        """A logged-in AMI session. Raises ManagerError when the login is refused."""
        ami = self.settings.ami
        reader, writer = await asyncio.open_connection(ami.host, ami.port)
        try:
            async with asyncio.timeout(ANSWER_S):
                await reader.readline()
            manager = Manager(reader, writer)
            await manager.done("Login", Username=ami.username, Secret=ami.secret.get_secret_value())
            yield manager
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def running_asterisk(settings: ConfSettings) -> AsyncIterator[Asterisk]:
    """Render `settings`, start Asterisk, wait until it is fully booted; remove it afterwards.

    Raises TimeoutError with Asterisk's own words when it does not boot, ProcessFailed when the engine refuses.
    """
    directories = settings.directories
    prepare(settings)
    render(settings, directories.config)
    engine = await find_engine()
    command = ("-C", str(directories.config / "asterisk.conf"))
    container = await engine.run(
        f"hotline-{settings.node}-{secrets.token_hex(4)}", ASTERISK_IMAGE.tag, _mounts(settings), command
    )
    try:
        asterisk = Asterisk(settings, container)
        await _booted(asterisk)
        yield asterisk
    finally:
        await container.remove()


def node_settings(root: Path, **changes: Any) -> ConfSettings:
    """One node below `root` with free ports, one number (12345), two operators, and its trunk at 127.0.0.1.

    The trunk's outbound side is a free port, where a test may put a duty phone. `changes` replace whole sections.
    """
    prompts, music = _sounds(root)
    ami, sip, duty, http = free_ports(4)
    directories = Directories.below(root / "node", prompts=prompts, music=music)
    usual: dict[str, Any] = {
        "node": f"test{secrets.randbelow(10**9)}",
        "directories": directories,
        "ami": Ami(port=ami, secret=new_secret()),
        # These telephones listen only while they are in a call.
        "sip": Sip(host=LOOPBACK, port=sip, qualify_seconds=0),
        "http": Http(port=http),
        "rtp": _rtp_range(),
        "raw_recording": f"{root}/raw/${{HOTLINE_CALL}}/${{HOTLINE_ROLE}}-${{UNIQUEID}}.wav",
        "raw_message": f"{root}/raw/${{HOTLINE_CALL}}/message-%d.wav",
        "trunks": (Trunk(outbound_port=duty),),
        "numbers": (Number(number="12345", menu="direct"),),
        "operators": tuple(Phone(id=f"op100{n}", name=f"话务员{n}", password=new_secret()) for n in (1, 2)),
        "menus": {"direct": DIRECT_MENU},
    }
    return ConfSettings(**{**usual, **changes})


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now, neither over TCP nor over UDP."""
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            tcp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            tcp.bind((LOOPBACK, 0))
            port: int = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind((LOOPBACK, port))
                ports.append(port)
        return ports


def write_tone(path: Path, seconds: float, hertz: float) -> Path:
    """A telephone-quality sine tone, in place of a recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = (
        round(8000 * math.sin(2 * math.pi * hertz * n / SAMPLE_RATE)) for n in range(round(seconds * SAMPLE_RATE))
    )
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", "not compressed"))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


def _sounds(root: Path) -> tuple[Path, Path]:
    prompts, music = root / "prompts", root / "music"
    for name in ("welcome", "unit", *Prompts().model_dump().values(), *ASTERISK_SOUNDS):
        write_tone(prompts / "zh-CN" / f"{name}.wav", 0.5, 440)
    write_tone(music / "hold.wav", 5, 330)
    write_tone(_ring_back(music) / "ring-back.wav", 1, 450)
    return prompts, music


def _ring_back(music: Path) -> Path:
    return music.with_name(f"{music.name}-ringback")


def _rtp_range() -> RtpRange:
    """A block of ports."""
    own = share(FOR_ASTERISK)
    start = own.start + 2 * secrets.randbelow((len(own) - RTP_PORTS) // 2)
    return RtpRange(start=start, end=start + RTP_PORTS - 1)


def _mounts(settings: ConfSettings) -> list[Mount]:
    directories = settings.directories
    raw = Path(settings.raw_recording.partition("/$")[0])
    raw.mkdir(parents=True, exist_ok=True)
    written = [directories.config, *directories.written, raw]
    sounds = [directories.prompts, directories.music, _ring_back(directories.music)]
    return [*(Mount(each) for each in written), *(Mount(each, False) for each in sounds)]


async def _booted(asterisk: Asterisk) -> None:
    try:
        async with asyncio.timeout(BOOT_S):
            while not await _accepts(asterisk):  # noqa: ASYNC110 - nobody tells when a container is ready
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise TimeoutError(f"Asterisk did not boot: {await asterisk.container.logs()}") from None


async def _accepts(asterisk: Asterisk) -> bool:
    try:
        async with asterisk.manager() as manager:
            await manager.event("FullyBooted")
    except (OSError, asyncio.IncompleteReadError, ManagerError):
        return False
    return True
