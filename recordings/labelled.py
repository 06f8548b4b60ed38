"""Audio with reference texts: where the two lie in a folder, and how many errors recognition made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings.accuracy import edit_distance, normalised

AUDIO = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus")
TEXTS = "text"
"""One file for a whole folder, as speech corpora have it: a line is a file's name without its ending, and its words."""


class LabelError(ValueError):
    """The folder cannot be used; the text says what and where."""


@dataclass(frozen=True)
class Labelled:
    """One audio file and what is said in it. `name` is its path below the folder, without its ending."""

    name: str
    audio: Path
    text: str


@dataclass(frozen=True)
class Errors:
    """Characters said, and edits (insertions, deletions, substitutions) that make the recognised text of them."""

    characters: int
    edits: int

    @property
    def rate(self) -> float:
        """Edits per character said."""
        return self.edits / self.characters if self.characters else float(bool(self.edits))


def labelled(folder: Path) -> list[Labelled]:
    """Every audio file of a folder that has a reference: in the file `text`, or in `<name>.txt` beside it.

    Raises LabelError where there is none, a line has no words, or a line's audio is missing.
    """
    texts = _from_list(folder / TEXTS) if (folder / TEXTS).is_file() else {}
    audio = {_name(folder, path): path for path in sorted(folder.rglob("*")) if path.suffix.lower() in AUDIO}
    for name, path in audio.items():
        if path.with_suffix(".txt").is_file():
            texts[name] = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
    missing = sorted(texts.keys() - audio.keys())
    if missing:
        raise LabelError(f"{folder}: no audio for {', '.join(missing[:5])}")
    if not texts:
        raise LabelError(
            f"{folder}: no references; want a file {TEXTS!r} of `name words` lines, or NAME.txt by NAME.wav"
        )
    return [Labelled(name, audio[name], texts[name]) for name in sorted(texts)]


def errors(said: str, heard: str) -> Errors:
    """The errors of one text; numbers, punctuation and width do not count (`recordings.accuracy`)."""
    wanted = normalised(said)
    return Errors(len(wanted), edit_distance(wanted, normalised(heard)))


def together(parts: Sequence[Errors]) -> Errors:
    """The errors of several texts."""
    return Errors(sum(part.characters for part in parts), sum(part.edits for part in parts))


def _from_list(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        name, _, words = line.strip().partition(" ")
        if name and not words.strip():
            raise LabelError(f"{path}:{number}: {name} has no words")
        if name:
            found[name] = words.strip()
    return found


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()
