"""The service's own Asterisk: its configuration from the settings, its container from start to clean end."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ami_bridge.events import NEEDED_EVENTS
from app.menus import MenuSet
from app.operators.roster import Operator, Roster, read_roster
from app.private import make_private
from app.prompt_book import desk_sounds
from app.secrets import Secrets
from app.settings import NodeSettings, QueueLineSettings, QueueSettings, Settings
from app.setup.containers import Container, Mount, find_engine
from app.setup.process import ProcessFailed
from asterisk_conf.renderer import RELOADS, prepare, render, render_menus, render_roster
from asterisk_conf.settings import (
    Ami,
    Certificate,
    ConfSettings,
    Directories,
    Http,
    Line,
    Number,
    Phone,
    Queue,
    RtpRange,
    Sip,
    Trunk,
)
from ivr.audio import AudioError
from ivr.prompts import HOLD_MUSIC, PromptError, install_prompts
from recordings.naming import raw_leg_expression, raw_message_expression

log = structlog.get_logger(__name__)

OWN_NODE = "node1"
_AMI_SECRET = "ami"  # noqa: S105 - the secret's name
_MAX_SOCKET_PATH = 90
_LOOPBACK = "127.0.0.1"
# What of a trunk is decided here and not by Asterisk.
_NOT_ASTERISKS = {"most_calls", "priority", "weight"}
_REALM = "hotline"
_BOOT_S = 30.0
# Where only the hours end a queue: as long as any caller may wait.
_LONGEST_WAIT_S = 7200
_LOOK_S = 0.05


class AsteriskFailed(Exception):  # noqa: N818 - named for what happened
    """The Asterisk container did not start; the text ends with its last words."""


@dataclass(frozen=True, slots=True)
class OwnAsterisk:
    """The own Asterisk and how to reach it; `container` is None when somebody else starts and stops it."""

    node: NodeSettings
    container: Container | None
    config: Path = Path()

    async def reload(self) -> bool:
        """Have Asterisk read operators and queues anew; no call is touched. False when that is not for us to do."""
        if self.container is None:
            return False
        for command in RELOADS:
            config = str(self.config / "asterisk.conf")
            await self.container.exec("asterisk", "-C", config, "-rx", command)
        return True

    async def refuse_new_calls(self) -> bool:
        """Let the calls in progress go on and refuse new ones (Asterisk CLI, `core stop gracefully`).

        False when that is not for us to do.
        """
        if self.container is None:
            return False
        # With no call in progress Asterisk is gone before the command has ended.
        with suppress(ProcessFailed):
            config = str(self.config / "asterisk.conf")
            await self.container.exec("asterisk", "-C", config, "-rx", "core stop gracefully")
        return True


def directories(settings: Settings) -> Directories:
    """Where the own Asterisk keeps its files: below the data directory, the sockets where their paths stay short."""
    root = settings.data_dir / "asterisk"
    placed = Directories.below(root, prompts=root / "prompts", music=(root / "prompts" / HOLD_MUSIC).parent)
    if len(str(root)) < _MAX_SOCKET_PATH:
        return placed
    short = Path("/tmp") / f"hotline-{_digest(root)}"  # noqa: S108 - sockets only, in a directory of mode 0700
    return placed.model_copy(update={"run": short})


def conf_settings(settings: Settings, secrets: Secrets, menus: MenuSet, roster: Roster | None = None) -> ConfSettings:
    """The whole configuration of the own Asterisk. Raises pydantic.ValidationError naming what does not fit.

    Without a roster it is the one last copied to disk.
    """
    placed, roster = directories(settings), roster or read_roster(settings)
    own = settings.asterisk
    certificate = (
        Certificate(certificate=own.tls_certificate, key=own.tls_key) if own.tls_certificate and own.tls_key else None
    )
    return ConfSettings(
        node=OWN_NODE,
        directories=placed,
        ami=Ami(port=own.ami_port, secret=secrets.get(_AMI_SECRET), events=NEEDED_EVENTS),
        raw_recording=raw_leg_expression(raw_directory(settings)),
        raw_message=raw_message_expression(raw_directory(settings)),
        sip=Sip(
            host=own.sip_host,
            port=own.sip_port,
            tls=certificate,
            tls_port=own.tls_port,
            tls_ca=own.tls_ca,
            realm=_REALM,
            external_address=str(own.external_address) if own.external_address else None,
            local_networks=tuple(map(str, own.local_networks)),
            phone_rtp_timeout_seconds=own.phone_rtp_timeout_seconds,
            qualify_seconds=own.qualify_seconds,
        ),
        rtp=RtpRange(start=own.rtp_start, end=own.rtp_end),
        # Without a certificate only this machine's browsers, or its proxy, may come: others would have no microphone.
        http=Http(port=own.http_port, tls_host=own.sip_host, tls_port=own.https_port, tls=certificate),
        trunks=tuple(Trunk(**trunk.model_dump(exclude=_NOT_ASTERISKS)) for trunk in settings.trunks),
        numbers=tuple(Number(number=number.number, menu=number.menu) for number in settings.numbers),
        operators=tuple(phone(operator, settings, secrets) for operator in roster.on_duty),
        queue=Queue(
            name=settings.queue.name,
            ring_seconds=settings.queue.ring_seconds,
            wrapup_seconds=settings.queue.wrapup_seconds,
            announce_seconds=settings.queue.announce_seconds,
            keys_after_seconds=settings.queue.keys_after_seconds,
            keys_seconds=settings.queue.keys_seconds,
        ),
        lines=lines(settings, roster),
        menus=menus.dialplan(),
    )


def lines(settings: Settings, roster: Roster) -> tuple[Line, ...]:
    """The queues as Asterisk knows them, the general one first."""
    ordered = sorted(roster.queues, key=lambda queue: queue.name != roster.general)
    return tuple(_line(settings.queue, queue) for queue in ordered)


def _line(usual: QueueSettings, queue: QueueLineSettings) -> Line:
    return Line(
        name=queue.name,
        ring_seconds=usual.ring_seconds if queue.ring_seconds is None else queue.ring_seconds,
        wrapup_seconds=wrap_up_seconds(usual, queue),
        priority=queue.priority,
        music=queue.music or "hotline",
        announcement=queue.announcement,
        overflow_after=queue.longest_wait or _LONGEST_WAIT_S,
        overflow_to=queue.overflow_to,
    )


def wrap_up_seconds(usual: QueueSettings, queue: QueueLineSettings | None) -> int:
    """The time after a call of a queue."""
    return usual.wrapup_seconds if queue is None or queue.wrapup_seconds is None else queue.wrapup_seconds


def phone(operator: Operator, settings: Settings, secrets: Secrets) -> Phone:
    """An operator's SIP account; a password that was not set is generated, and either is kept."""
    for line in settings.operators:
        if line.id == operator.id and line.password:
            secrets.keep(operator.id, line.password.get_secret_value())
    return Phone(id=operator.id, name=operator.name, password=secrets.get(operator.id), webrtc=operator.webrtc)


@dataclass(frozen=True, slots=True)
class BrowserPhone:
    """What a browser needs to register. `ha1` serves for this realm as the password does, and is not the password."""

    uri: str
    realm: str
    ha1: str = field(repr=False)


def browser_phones(settings: Settings, secrets: Secrets, roster: Roster | None = None) -> Mapping[str, BrowserPhone]:
    """The phones of the operators who have theirs in the browser, by operator id."""
    operators = (roster or read_roster(settings)).on_duty
    phones = (phone(operator, settings, secrets) for operator in operators if operator.webrtc)
    return {one.id: BrowserPhone(f"sip:{one.id}@{_REALM}", _REALM, _ha1(one)) for one in phones}


def _ha1(account: Phone) -> str:
    """RFC 2617 section 3.2.2.2: MD5 is what SIP's digest is made of."""
    secret = f"{account.id}:{_REALM}:{account.password.get_secret_value()}"
    return hashlib.md5(secret.encode(), usedforsecurity=False).hexdigest()


def own_node(settings: Settings, secrets: Secrets) -> NodeSettings:
    """How the service reaches its own Asterisk."""
    return NodeSettings(
        name=OWN_NODE,
        ami_host=_LOOPBACK,
        ami_port=settings.asterisk.ami_port,
        ami_secret=secrets.get(_AMI_SECRET),
        trunk=settings.trunks[0].name,
        journal=directories(settings).journal,
        raw_recordings=raw_directory(settings),
    )


def raw_directory(settings: Settings) -> Path:
    """Where the own Asterisk writes raw legs."""
    return settings.data_dir / "raw"


def container_name(settings: Settings) -> str:
    """One container per data directory, found again after a crash."""
    return f"hotline-asterisk-{_digest(settings.data_dir)}"


def write_configuration(settings: Settings, secrets: Secrets, menus: MenuSet) -> ConfSettings:
    """Render the configuration and lay out everything the container needs. Raises OSError, ValidationError."""
    conf = conf_settings(settings, secrets, menus)
    lay_out_prompts(settings, menus, conf)
    make_private(raw_directory(settings))
    conf.directories.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    prepare(conf)
    render(conf, conf.directories.config)
    return conf


def lay_out_prompts(settings: Settings, menus: MenuSet, conf: ConfSettings) -> None:
    """Put every sound where Asterisk looks for it: those that ship, the city's, those of the desk.

    Raises PromptError, AudioError for the city's own; one of the desk's that cannot be used costs no call.
    """
    city = [settings.prompts_dir] if settings.prompts_dir else []
    desk = desk_sounds(settings)
    extra = menus.prompt_names() | {f"zh-CN/{line.announcement}" for line in conf.lines if line.announcement}
    extra |= {path.relative_to(desk).with_suffix("").as_posix() for path in desk.glob("*/*.wav")}
    try:
        install_prompts(conf.directories.prompts, own=[*city, desk], extra=extra)
    except (PromptError, AudioError) as error:
        log.error("recordings of the desk are left out", why=str(error))
        install_prompts(conf.directories.prompts, own=city, extra=extra)


def lay_out_again(settings: Settings, secrets: Secrets, menus: MenuSet) -> None:
    """As at the start, for sounds that have changed meanwhile. Raises as `lay_out_prompts`."""
    lay_out_prompts(settings, menus, conf_settings(settings, secrets, menus))


def write_roster(settings: Settings, secrets: Secrets, menus: MenuSet, roster: Roster) -> None:
    """Write only what operators and queues change. Raises OSError, ValidationError."""
    conf = conf_settings(settings, secrets, menus, roster)
    conf.directories.config.mkdir(parents=True, exist_ok=True)
    render_roster(conf, conf.directories.config)


def write_menus(settings: Settings, secrets: Secrets, menus: MenuSet) -> None:
    """Write only what menus change. Raises OSError, ValidationError."""
    conf = conf_settings(settings, secrets, menus)
    conf.directories.config.mkdir(parents=True, exist_ok=True)
    render_menus(conf, conf.directories.config)


@asynccontextmanager
async def own_asterisk(settings: Settings, secrets: Secrets, menus: MenuSet) -> AsyncIterator[OwnAsterisk]:
    """Run the own Asterisk; an instance that a killed service left behind goes on, with its calls.

    Raises AsteriskFailed, EngineMissing, ProcessFailed.
    """
    if not settings.asterisk.start:
        yield OwnAsterisk(own_node(settings, secrets), None)
        return
    conf = await asyncio.to_thread(write_configuration, settings, secrets, menus)
    engine = await find_engine()
    container = engine.container(container_name(settings))
    if await container.running():
        log.info("asterisk is running already", container=container.name)
        await _reload(container, conf)
    else:
        mounts = [Mount(settings.data_dir), *_outside(settings, conf)]
        arguments = ("-C", str(conf.directories.config / "asterisk.conf"))
        _refuse_taken_ports(settings, conf)
        container = await engine.run(container.name, settings.asterisk.image, mounts, arguments)
        await _until_up(container, settings)
    try:
        yield OwnAsterisk(own_node(settings, secrets), container, conf.directories.config)
    finally:
        await asyncio.shield(container.stop())


def _refuse_taken_ports(settings: Settings, conf: ConfSettings) -> None:
    """Asterisk goes on without a port it cannot have, and says so only in its log. Raises AsteriskFailed."""
    own = settings.asterisk
    wanted = [
        ("asterisk.sip_port", own.sip_host, own.sip_port, socket.SOCK_DGRAM),
        ("asterisk.sip_port", own.sip_host, own.sip_port, socket.SOCK_STREAM),
        ("asterisk.ami_port", _LOOPBACK, own.ami_port, socket.SOCK_STREAM),
    ]
    if conf.sip.tls:
        wanted.append(("asterisk.tls_port", own.sip_host, own.tls_port, socket.SOCK_STREAM))
    if conf.needs_http:
        wanted.append(("asterisk.http_port", conf.http.host, own.http_port, socket.SOCK_STREAM))
    if conf.needs_http and conf.http.tls:
        wanted.append(("asterisk.https_port", conf.http.tls_host, own.https_port, socket.SOCK_STREAM))
    for setting, host, port, kind in wanted:
        with socket.socket(socket.AF_INET, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError as error:
                raise AsteriskFailed(f"{setting}: {host}:{port} cannot be used ({error.strerror})") from error


async def _until_up(container: Container, settings: Settings) -> None:
    """Wait until the manager interface can be reached. Raises AsteriskFailed with Asterisk's last words."""
    try:
        async with asyncio.timeout(_BOOT_S):
            while not await _reachable(settings.asterisk.ami_port):  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        words = (await container.logs(20)).strip()
        await container.stop()
        raise AsteriskFailed(f"Asterisk did not come up within {_BOOT_S:g} s: {words}") from None


async def _reachable(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _outside(settings: Settings, conf: ConfSettings) -> list[Mount]:
    """What Asterisk needs from outside the data directory: short socket paths, and a certificate (links followed)."""
    run, own = conf.directories.run, settings.asterisk
    files = [file for file in (own.tls_certificate, own.tls_key, own.tls_ca) if file]
    folders = {folder for file in files for folder in (file.parent, file.resolve().parent)}
    mounts = [Mount(run), *(Mount(folder, writable=False) for folder in sorted(folders))]
    return [mount for mount in mounts if not mount.directory.is_relative_to(settings.data_dir)]


async def _reload(container: Container, conf: ConfSettings) -> None:
    """Take up a changed configuration without touching the calls in progress."""
    config = str(conf.directories.config / "asterisk.conf")
    await container.exec("asterisk", "-C", config, "-rx", "core reload")


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
