"""`hotline job`: jobs that were given up after their last attempt, and trying them again."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.commands.with_database import fail, in_database, print_json, settings_or_exit
from app.db.jobs import FailedJob, failed_jobs, requeue
from app.db.pool import Database


@click.group()
def command() -> None:
    """Jobs that failed for good (a recording on a full disk, say) and wait for a person."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(limit: int, as_json: bool) -> None:
    """List failed jobs, latest first, each with its last error."""
    settings = settings_or_exit()

    async def read(database: Database) -> tuple[FailedJob, ...]:
        async with database.acquire() as connection:
            return await failed_jobs(connection, limit=limit)

    jobs = in_database(settings, read)
    if as_json:
        print_json([asdict(job) for job in jobs])
        return
    for job in jobs:
        failed_at = job.failed_at.astimezone(settings.zone)
        payload = "  ".join(f"{key}={value}" for key, value in job.payload.items())
        click.echo(f"{failed_at:%Y-%m-%d %H:%M:%S}  {job.id:>8}  {job.entrypoint:<20} {payload}  {job.error_type}")


@command.command("retry")
@click.argument("job_ids", type=int, nargs=-1, required=True)
def retry_command(job_ids: tuple[int, ...]) -> None:
    """Try failed jobs again from their first attempt."""
    settings = settings_or_exit()

    async def put_back(database: Database) -> list[int]:
        async with database.transaction() as connection:
            return [job_id for job_id in job_ids if not await requeue(connection, job_id)]

    unknown = in_database(settings, put_back)
    if unknown:
        fail(f"no failed job {', '.join(map(str, unknown))}; `hotline job list` shows them", 1)
