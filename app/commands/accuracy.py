"""`hotline accuracy`: how many characters in a hundred are recognised wrongly, ours against the bare recogniser."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.progress import track

from app.commands.speech_settings import speech_settings
from app.setup.models import FETCH_COMMAND
from app.setup.progress import console
from recordings import media, wav
from recordings.labelled import Errors, LabelError, Labelled, errors, labelled, together
from recordings.recogniser import ModelMissingError, Recogniser, RecognitionError
from recordings.transcript import text_of

BAD_INPUT = 2


@dataclass(frozen=True)
class _Heard:
    """What one way of recognising made of all files, and the CPU seconds it took, loading the model included."""

    texts: tuple[str, ...]
    cpu_s: float


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--telephone", is_flag=True, help="Make telephone sound of it first: 300 to 3400 Hz, A-law.")
@click.option(
    "--model", type=click.Path(path_type=Path, file_okay=False), help="Folder of a Vosk model. [speech.model]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def command(folder: Path, telephone: bool, model: Path | None, as_json: bool) -> None:
    """Measure the character error rate over the audio in DIR that has reference texts.

    A reference is NAME.txt beside NAME.wav, or a line `NAME words` in the file `text`. Every file is recognised twice
    in the same run: the way the service does it, and by Vosk alone.
    """
    directory, _ = speech_settings(model, None)
    try:
        with tempfile.TemporaryDirectory(prefix="hotline-accuracy-") as work:
            files = labelled(folder)
            tracks = _decoded(files, Path(work), telephone=telephone)
            ours, plain = (asyncio.run(_hear(directory, tracks, plain=way)) for way in (False, True))
    except (LabelError, media.MediaError) as error:
        _fail(str(error), BAD_INPUT)
    except ModelMissingError as error:
        _fail(f"{error}: run `{FETCH_COMMAND}`", 1)
    except RecognitionError as error:
        _fail(str(error), 1)
    report = _report(files, ours, plain)
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else _as_text(report))


def _decoded(files: Sequence[Labelled], work: Path, *, telephone: bool) -> list[Path]:
    decode = media.decode_as_telephone if telephone else media.decode
    tracks = []
    for number, file in enumerate(track(files, "decoding", console=console())):
        tracks.append(work / f"{number}.wav")
        wav.write(tracks[-1], [decode(file.audio)])
    return tracks


async def _hear(model: Path, tracks: Sequence[Path], *, plain: bool) -> _Heard:
    before = _children_s()
    texts = []
    async with Recogniser(model, plain=plain) as recogniser:
        for path in track(tracks, "Vosk alone" if plain else "ours", console=console()):
            texts.append(text_of(await recogniser.recognise(path)))
    return _Heard(tuple(texts), _children_s() - before)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(files: Sequence[Labelled], ours: _Heard, plain: _Heard) -> dict[str, Any]:
    lines, mine, theirs = [], [], []
    for file, heard, bare in zip(files, ours.texts, plain.texts, strict=True):
        mine.append(errors(file.text, heard))
        theirs.append(errors(file.text, bare))
        rates = {"cer": round(mine[-1].rate, 4), "plain_cer": round(theirs[-1].rate, 4)}
        lines.append({"name": file.name, **rates, "said": file.text, "heard": heard})
    return {"files": lines, "ours": _total(mine, ours), "plain": _total(theirs, plain)}


def _total(parts: Sequence[Errors], heard: _Heard) -> dict[str, float]:
    total = together(parts)
    rate = round(total.rate, 4)
    return {"cer": rate, "edits": total.edits, "characters": total.characters, "cpu_s": round(heard.cpu_s, 2)}


def _as_text(report: dict[str, Any]) -> str:
    lines = [f"{line['cer']:7.1%} {line['plain_cer']:7.1%}  {line['name']}" for line in report["files"]]
    totals = [
        f"{way}: {report[way]['cer']:.2%} ({report[way]['edits']} of {report[way]['characters']} characters), "
        f"{report[way]['cpu_s']:.1f} CPU seconds"
        for way in ("ours", "plain")
    ]
    return "\n".join(["   ours    Vosk", *lines, *totals])


def _fail(text: str, status: int) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(status)
