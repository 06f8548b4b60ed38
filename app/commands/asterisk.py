"""`hotline asterisk`: the Asterisk container: its image, its configuration, starting and stopping it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from app.menus import load_menus
from app.secrets import Secrets, SecretsError
from app.settings import Settings, SettingsError, load_settings
from app.setup.containers import Container, EngineMissing, Mount, find_engine
from app.setup.images import ASTERISK_IMAGE, SourceMissing, ensure_image
from app.setup.process import ProcessFailed
from app.setup.progress import step
from app.setup.telephony import container_name, directories, write_configuration
from asterisk_conf.settings import ConfSettings
from ivr.menu_loader import MenuError

BOOT_S = 30.0
BOOT_POLL_S = 0.1

_T = TypeVar("_T")


@click.group()
def command() -> None:
    """The Asterisk container, when the city has no Asterisk of its own."""


@command.command()
@click.option("--fresh", is_flag=True, help="Build anew with today's packages, even if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def build(fresh: bool, as_json: bool) -> None:
    """Build the Asterisk image, unless it is there already."""
    _run(_build(fresh))
    if as_json:
        click.echo(json.dumps({"image": ASTERISK_IMAGE.tag}))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def render(as_json: bool) -> None:
    """Write Asterisk's configuration from the settings and the menus; print the directory."""
    directory = str(_configure(_settings()).directories.config)
    click.echo(json.dumps({"directory": directory}) if as_json else directory)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def up(as_json: bool) -> None:
    """Write the configuration, start the container, wait until Asterisk takes calls.

    It runs until `hotline asterisk down`; calls in progress in an older container of these settings end.
    """
    settings = _settings()
    container = _run(_up(settings, _configure(settings)))
    click.echo(json.dumps({"container": container.name}) if as_json else container.name)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def down(as_json: bool) -> None:
    """Stop the container and remove it; no error when there is none."""
    settings = _settings()
    _run(_down(settings))
    if as_json:
        click.echo(json.dumps({"container": container_name(settings), "running": False}))


async def _build(fresh: bool) -> None:
    engine = await find_engine()
    with step(f"Asterisk image {ASTERISK_IMAGE.tag}") as show:
        await ensure_image(engine, ASTERISK_IMAGE, show, fresh=fresh)


async def _up(settings: Settings, conf: ConfSettings) -> Container:
    engine = await find_engine()
    config = str(conf.directories.config / "asterisk.conf")
    # The sockets may lie outside the data directory, where their paths are short enough.
    mounts = [Mount(settings.data_dir), Mount(conf.directories.run)]
    container = await engine.run(container_name(settings), settings.asterisk.image, mounts, ("-C", config))
    try:
        async with asyncio.timeout(BOOT_S):
            while not await _booted(container, config):  # noqa: ASYNC110 - Asterisk gives no other sign
                await asyncio.sleep(BOOT_POLL_S)
    except TimeoutError:
        words = await container.logs()
        await container.remove()
        raise TimeoutError(f"not up within {BOOT_S:.0f} s; its last words:\n{words}") from None
    return container


async def _booted(container: Container, config: str) -> bool:
    try:
        await container.exec("asterisk", "-C", config, "-rx", "core waitfullybooted", timeout=BOOT_S)
    except ProcessFailed:
        return False
    return True


async def _down(settings: Settings) -> None:
    engine = await find_engine()
    await engine.container(container_name(settings)).stop()


def _configure(settings: Settings) -> ConfSettings:
    try:
        menus = load_menus(settings, directories(settings).prompts)
        return write_configuration(settings, Secrets(settings.data_dir), menus)
    except ValidationError as error:
        # Without the values: some are secrets.
        problems = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        click.echo(f"Asterisk's configuration cannot be written from these settings:\n{problems}", err=True)
        sys.exit(2)
    except (MenuError, SecretsError) as error:
        click.echo(f"Asterisk's configuration cannot be written: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"Asterisk's configuration cannot be written: {error}; set another data_dir", err=True)
        sys.exit(1)


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    try:
        return asyncio.run(work)
    except (EngineMissing, SourceMissing, ProcessFailed, TimeoutError) as error:
        click.echo(f"Asterisk: {error}", err=True)
        sys.exit(1)
