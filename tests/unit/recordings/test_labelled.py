"""Labelled audio: references are found in both forms, and what does not fit together is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from recordings.labelled import Errors, LabelError, errors, labelled, together
from tests.speech.speeches import FOLDER, long_speeches, short_speeches


def test_a_reference_lies_beside_the_audio_or_in_the_list_of_its_folder(tmp_path: Path) -> None:
    for name in ("a.wav", "sub/b.mp3", "unlabelled.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "text").write_text("sub/b 路灯 坏了\n\n")
    (tmp_path / "a.txt").write_text("停水了\n")
    assert [(one.name, one.text) for one in labelled(tmp_path)] == [("a", "停水了"), ("sub/b", "路灯 坏了")]


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [("gone 你好\n", "no audio for gone"), ("a\n", "text:1: a has no words"), ("", "no references")],
)
def test_what_does_not_fit_together_is_named(tmp_path: Path, texts: str, complaint: str) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "text").write_text(texts)
    with pytest.raises(LabelError, match=complaint):
        labelled(tmp_path)


def test_errors_of_a_folder_are_those_of_its_characters_not_the_mean_of_its_files() -> None:
    parts = [errors("路灯坏了", "路灯坏了"), errors("好", "号")]
    assert parts == [Errors(4, 0), Errors(1, 1)]
    assert together(parts).rate == 0.2


def test_our_own_labelled_speech_says_what_its_texts_say() -> None:
    sides = [*long_speeches().values(), *(side for call in short_speeches() for side in call.values())]
    said = {side.path: side.text for side in sides}
    assert {one.audio: one.text for one in labelled(FOLDER)} == said
