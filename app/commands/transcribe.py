"""`hotline transcribe`: recordings to text, the same way the service does it."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.speech_settings import speech_settings
from app.setup.models import FETCH_COMMAND
from app.setup.progress import console
from recordings import media, wav
from recordings.recogniser import ModelMissingError, Recogniser, RecognitionError
from recordings.transcript import Speech, Turn, transcript

BAD_INPUT = 2


@dataclass(frozen=True)
class _Speaker:
    """One file, decoded to 8 kHz in a working folder."""

    role: str
    name: str
    source: Path
    audio: Path
    seconds: float


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--role", "roles", multiple=True, help="Who speaks in a file: as many as files, in the same order. [file's name]"
)
@click.option(
    "--model", type=click.Path(path_type=Path, file_okay=False), help="Folder of a Vosk model. [speech.model]"
)
@click.option("--processes", type=click.IntRange(1, 64), help="Files recognised at a time. [speech.processes]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def command(
    files: tuple[Path, ...], roles: tuple[str, ...], model: Path | None, processes: int | None, as_json: bool
) -> None:
    """Write down what is said in FILE... (any audio that ffmpeg reads).

    Several files are several speakers of one conversation that start at the same moment, such as the tracks of a
    stored call: their turns come out in time order.
    """
    if roles and len(roles) != len(files):
        raise click.UsageError(f"{len(files)} files but {len(roles)} --role: want one for each file, or none")
    directory, processes = speech_settings(model, processes)
    try:
        with tempfile.TemporaryDirectory(prefix="hotline-transcribe-") as folder:
            speakers = [_decoded(*pair, Path(folder)) for pair in enumerate(_named(files, roles))]
            turns = asyncio.run(_transcribe(speakers, directory, processes))
    except media.MediaError as error:
        _fail(str(error), BAD_INPUT)
    except ModelMissingError as error:
        _fail(f"{error}: run `{FETCH_COMMAND}`")
    except RecognitionError as error:
        _fail(str(error))
    click.echo(_as_json(speakers, turns) if as_json else _as_text(turns))


def _named(files: Sequence[Path], roles: Sequence[str]) -> list[tuple[str, Path]]:
    return list(zip(roles or [file.stem for file in files], files, strict=True))


def _decoded(number: int, speaker: tuple[str, Path], folder: Path) -> _Speaker:
    role, source = speaker
    audio = folder / f"{number}.wav"
    wav.write(audio, [media.decode(source)])
    return _Speaker(role, f"{role}-{number}", source, audio, wav.inspect(audio).seconds)


async def _transcribe(speakers: Sequence[_Speaker], model: Path, processes: int) -> tuple[Turn, ...]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console()) as bars:
        async with Recogniser(model, processes=processes) as recogniser:
            speeches = await _all(_hear(recogniser, speaker, _bar(bars, speaker)) for speaker in speakers)
    return transcript(speeches)


async def _all(hearing: Iterable[Coroutine[None, None, Speech]]) -> list[Speech]:
    """Every result, or the first error after the rest has been stopped."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in hearing]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _hear(recogniser: Recogniser, speaker: _Speaker, on_heard: Callable[[float], None]) -> Speech:
    words = await recogniser.recognise(speaker.audio, on_heard=on_heard)
    on_heard(speaker.seconds)
    return Speech(speaker.role, speaker.name, words)


def _bar(bars: Progress, speaker: _Speaker) -> Callable[[float], None]:
    task = bars.add_task(speaker.source.name, total=speaker.seconds)
    return lambda heard_s: bars.update(task, completed=heard_s)


def _as_text(turns: Sequence[Turn]) -> str:
    return "\n".join(f"{_clock(turn.start)} {turn.role}: {turn.text}" for turn in turns)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes):02d}:{rest:05.2f}"


def _as_json(speakers: Sequence[_Speaker], turns: Sequence[Turn]) -> str:
    files = [
        {"path": str(speaker.source), "role": speaker.role, "seconds": round(speaker.seconds, 2)}
        for speaker in speakers
    ]
    said = [{"role": turn.role, "start": turn.start, "end": turn.end, "text": turn.text} for turn in turns]
    return json.dumps({"files": files, "transcript": said}, ensure_ascii=False)


def _fail(text: str, status: int = 1) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(status)
