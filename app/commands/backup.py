"""`hotline backup`: database, files, settings and rights into one folder, while calls go on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from app.commands.with_database import fail, run_on_database, settings_or_exit
from app.db.embedded import database_dsn
from app.settings import Settings
from app.setup.backup import BackupError, Manifest, back_up
from app.setup.dump import DumpError
from app.setup.process import ProcessFailed
from app.setup.progress import download_bar
from recordings.store import DiskFullError


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--no-audio", is_flag=True, help="Leave recordings out: they are kept by another backup.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON on standard output.")
def command(folder: Path, *, no_audio: bool, as_json: bool) -> None:
    """Back up into FOLDER (new or empty) database and rights, recordings, attachments, settings and secrets.

    The service goes on meanwhile. FOLDER holds personal data and passwords: it is closed to other accounts, and should
    leave this machine encrypted. `sha256sum -c files.sha256` in it needs nothing of ours.
    """
    settings = settings_or_exit()
    try:
        made = run_on_database(settings, _work(settings, folder, audio=not no_audio))
    except (BackupError, DiskFullError, DumpError, ProcessFailed) as error:
        fail(str(error), 1)
    except OSError as error:
        fail(f"{error.filename or folder}: {error.strerror}; what is in {folder} is not a backup yet", 1)
    if as_json:
        click.echo(made.model_dump_json(indent=2))
    else:
        lines = sum(made.database.tables.values())
        click.echo(
            f"{folder}: {lines} lines in {len(made.database.tables)} tables, {made.files} files, {made.bytes} bytes"
        )


async def _work(settings: Settings, folder: Path, *, audio: bool) -> Manifest:
    async with database_dsn(settings.database.dsn, settings.data_dir) as dsn:
        with download_bar("backup") as progress:
            return await back_up(settings, dsn, folder, datetime.now(settings.zone), progress, audio=audio)
