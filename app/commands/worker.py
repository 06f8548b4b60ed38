"""`hotline worker`: does the jobs (recordings, transcripts, limits of tickets); start as many as you need."""

from __future__ import annotations

import asyncio

import click

from app.commands.running import configure_logging, run, stop_event
from app.commands.with_database import settings_or_exit
from app.db.embedded import database_dsn
from app.db.pool import open_database
from app.jobs.service import hotline_worker
from app.settings import Settings


@click.command()
def command() -> None:
    """Do jobs from the database's queue until Ctrl-C; a job in hand goes back to the queue."""
    settings = settings_or_exit()
    configure_logging(settings)
    run(lambda: _work(settings))


async def _work(settings: Settings) -> int:
    async with (
        stop_event() as stopping,
        database_dsn(settings.database.dsn, settings.data_dir) as dsn,
        open_database(dsn, application_name="hotline-worker") as database,
        hotline_worker(settings, dsn, database) as worker,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(worker.run())
        await stopping.wait()
        worker.stop()
    return 0
