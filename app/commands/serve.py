"""`hotline serve`: the service, until Ctrl-C."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress

import click
import structlog

from app.commands.running import configure_logging, run, stop_event
from app.commands.with_database import settings_or_exit
from app.jobs.service import working
from app.main import running_service
from app.settings import Settings

log = structlog.get_logger(__name__)


@click.command()
@click.option("--no-worker", is_flag=True, help="Do no jobs here; start `hotline worker` elsewhere.")
def command(no_worker: bool) -> None:
    """Run the hotline with the settings of hotline.toml and HOTLINE_*.

    Without settings it starts an embedded Postgres and its own Asterisk container. Ctrl-C takes no new calls, waits up
    to 30 s for those in progress and ends; a second Ctrl-C ends at once.
    """
    settings = settings_or_exit()
    configure_logging(settings)
    run(lambda: _serve(settings, worker=not no_worker))


async def _serve(settings: Settings, *, worker: bool) -> int:
    with suppress(asyncio.CancelledError):
        async with stop_event() as stopping, running_service(settings) as service, AsyncExitStack() as stack:
            if worker:
                await stack.enter_async_context(working(settings, service.dsn, service.database))
            click.echo(f"Serving on http://{settings.web.host}:{settings.web.port}/ (Ctrl-C ends)", err=True)
            await stopping.wait()
            log.info("ending: no new calls", in_progress=len(service.hub.in_progress()))
            await service.drain()
    return 0
