"""WAV files as Asterisk leaves them, whole or not."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from recordings import wav

PCM = bytes(range(256)) * 50
HEADER_BYTES = 44


def written(path: Path) -> Path:
    wav.write(path, [PCM[:1000], PCM[1000:]])
    return path


def test_what_is_written_is_read_back_by_the_standard_library_and_by_us(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav")
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.readframes(10**9) == PCM
    info = wav.inspect(path)
    assert info.closed
    assert info.seconds == len(PCM) / 2 / 8000
    assert wav.read_pcm(info) == PCM


def test_a_header_never_finished_means_the_rest_of_the_file_is_data(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav")
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes(4) + content[HEADER_BYTES:])
    info = wav.inspect(path)
    assert not info.closed
    assert wav.read_pcm(info) == PCM


def test_a_file_cut_off_behind_its_header_keeps_what_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:-1001])
    info = wav.inspect(path)
    assert not info.closed
    assert wav.read_pcm(info) == PCM[:-1002]


def test_chunks_between_format_and_data_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav")
    content = path.read_bytes()
    path.write_bytes(content[:36] + b"LIST\x03\x00\x00\x00abc\x00" + content[36:])
    assert wav.read_pcm(wav.inspect(path)) == PCM


@pytest.mark.parametrize("length", [0, 3, 11, 20, 40])
def test_a_file_cut_off_in_its_header_is_an_error_that_names_the_file(tmp_path: Path, length: int) -> None:
    path = written(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(wav.WavError, match=r"a\.wav"):
        wav.inspect(path)


def test_other_formats_are_refused_with_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(b"\0" * 400)
    with pytest.raises(wav.WavError, match="found 44100 Hz 16-bit 2 channels"):
        wav.inspect(path)


def test_a_part_of_a_file_is_read_without_running_past_its_end(tmp_path: Path) -> None:
    info = wav.inspect(written(tmp_path / "a.wav"))
    assert b"".join(wav.read_blocks(info, 10, 20)) == PCM[20:60]
    assert b"".join(wav.read_blocks(info, info.samples - 5, 100)) == PCM[-10:]
