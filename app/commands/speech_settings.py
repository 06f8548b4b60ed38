"""Which speech model a command uses, and in how many processes: what was asked for, else the settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from app.settings import SettingsError, load_settings
from app.setup.models import FETCH_COMMAND, ModelMissing, model_path

BAD_INPUT = 2


def speech_settings(model: Path | None, processes: int | None) -> tuple[Path, int]:
    """The model's folder and the number of processes; ends the command with a clear error where there is no model."""
    try:
        speech = load_settings().speech
        return model or model_path(speech.model), processes or speech.processes
    except SettingsError as error:
        _fail(str(error), BAD_INPUT)
    except ModelMissing as error:
        _fail(str(error) if FETCH_COMMAND in str(error) else f"{error}: run `{FETCH_COMMAND}`", 1)


def _fail(text: str, status: int) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(status)
