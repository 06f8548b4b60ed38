"""`hotline restore`: a backup onto a machine that has nothing yet, compared with what it was."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.with_database import fail, run_on_database, settings_or_exit
from app.db.embedded import database_dsn
from app.settings import Settings
from app.setup.backup import BackupError, Manifest, restore, restore_settings
from app.setup.dump import DumpError
from app.setup.process import ProcessFailed
from app.setup.progress import download_bar
from app.sole import ServedAlready, sole_service
from recordings.store import DiskFullError


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Put the backup in FOLDER back: files and settings where there are none, the database into an empty one.

    Checksums are looked through first, and nothing is changed where one is wrong or something else is there already.
    Afterwards the lines of every table, all rights and the units' roles are compared with those at the backup.
    """
    try:
        placed = restore_settings(folder)
        settings = settings_or_exit()
        with sole_service(settings.data_dir):
            manifest = run_on_database(settings, _work(settings, folder))
    except (BackupError, DiskFullError, DumpError, ProcessFailed, ServedAlready) as error:
        fail(str(error), 1)
    except OSError as error:
        fail(f"{error.filename or folder}: {error.strerror}", 1)
    if placed:
        click.echo(f"settings: {placed}")
    held = f"{sum(manifest.database.tables.values())} lines, {manifest.files} files, rights as they were"
    click.echo(f"restored as of {manifest.made_at:%Y-%m-%d %H:%M:%S %z}: {held}")
    if not manifest.audio:
        click.echo("recordings were not in this backup: put them back into their folder by yourself")


async def _work(settings: Settings, folder: Path) -> Manifest:
    async with database_dsn(settings.database.dsn, settings.data_dir) as dsn:
        with download_bar("restore") as progress:
            return await restore(settings, dsn, folder, progress)
