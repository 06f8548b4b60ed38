"""`hotline models`: gets speech models and checks them."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from app.setup.download import DownloadFailed
from app.setup.models import DEFAULT_MODEL, fetch_default_model, fetch_model
from app.setup.progress import download_bar


@click.group()
def command() -> None:
    """Speech models for the transcripts."""


@command.command()
@click.option("--model", "url", metavar="URL", help="Another Vosk model, a zip file; needs --sha256.")
@click.option("--sha256", metavar="HEX", help="The SHA-256 of that zip file.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fetch(url: str | None, sha256: str | None, as_json: bool) -> None:
    """Get the speech model, check every file of it, and keep it in the cache folder.

    Without options this is vosk-model-small-cn-0.22. A larger one is used once `speech.model` in the
    settings names its folder.
    """
    if (url is None) != (sha256 is None):
        raise click.UsageError("--model and --sha256 go together")
    try:
        with download_bar(DEFAULT_MODEL.name if url is None else "speech model") as progress:
            work = fetch_default_model(progress) if not url or not sha256 else fetch_model(url, sha256, progress)
            directory = asyncio.run(work)
    except (DownloadFailed, TimeoutError) as error:
        click.echo(f"The speech model cannot be had:\n{error}", err=True)
        sys.exit(1)
    click.echo(json.dumps({"model": str(directory)}) if as_json else directory)
