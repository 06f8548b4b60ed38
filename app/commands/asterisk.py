"""`hotline asterisk`: the Asterisk container: its image, its configuration, starting and stopping it."""

from __future__ import annotations

import asyncio
import sys

import click

from app.setup.containers import EngineMissing, find_engine
from app.setup.images import ASTERISK_IMAGE, SourceMissing, ensure_image
from app.setup.process import ProcessFailed
from app.setup.progress import step


@click.group()
def command() -> None:
    """The Asterisk container."""


@command.command()
@click.option("--fresh", is_flag=True, help="Build anew with today's packages, even if it is there.")
def build(fresh: bool) -> None:
    """Build the Asterisk image, unless it is there already."""
    try:
        asyncio.run(_build(fresh))
    except (EngineMissing, SourceMissing, ProcessFailed, TimeoutError) as error:
        click.echo(f"The Asterisk image cannot be built: {error}", err=True)
        sys.exit(1)


async def _build(fresh: bool) -> None:
    engine = await find_engine()
    with step(f"Asterisk image {ASTERISK_IMAGE.tag}") as show:
        await ensure_image(engine, ASTERISK_IMAGE, show, fresh=fresh)
