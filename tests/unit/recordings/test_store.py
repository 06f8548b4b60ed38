"""Files are moved and written whole or not at all, and disagreements with the database are found."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from recordings import naming, store


def test_publish_gives_the_file_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "2026" / "a.wav"
    target.parent.mkdir()
    target.write_text("old")

    def write(unfinished: Path) -> None:
        unfinished.write_text("new")
        assert target.read_text() == "old"

    store.publish(target, write)
    assert target.read_text() == "new"
    assert os.listdir(target.parent) == ["a.wav"]


def test_a_full_disk_is_a_clear_error_that_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.wav"
    target.write_text("old")

    def write(unfinished: Path) -> None:
        unfinished.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(store.DiskFullError, match=r"no space left \(\d+ MB free\); nothing was lost"):
        store.publish(target, write)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.wav"]


def test_a_write_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    def write(unfinished: Path) -> None:
        unfinished.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.publish(tmp_path / "a.wav", write)
    assert os.listdir(tmp_path) == []


@pytest.fixture
def other_file_system() -> Path:
    shared_memory = Path("/dev/shm")  # noqa: S108
    assert shared_memory.is_dir(), "Linux mounts a file system of its own here"
    return shared_memory


def test_a_move_to_another_file_system_copies_before_it_removes(tmp_path: Path, other_file_system: Path) -> None:
    target = other_file_system / f"{tmp_path.parent.name}-{tmp_path.name}-{os.getpid()}.wav"
    source = tmp_path / "a.wav"
    source.write_text("audio")
    assert source.stat().st_dev != other_file_system.stat().st_dev
    try:
        store.move(source, target)
        assert target.read_text() == "audio"
        assert not source.exists()
    finally:
        target.unlink(missing_ok=True)


def test_a_move_within_a_file_system_can_be_run_again(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "deep" / "b"
    source.write_text("audio")
    store.move(source, target)
    store.move(source, target)
    assert target.read_text() == "audio"


def test_a_move_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.move(tmp_path / "a", tmp_path / "b")


def test_disk_and_database_are_compared_both_ways() -> None:
    assert store.compare(["a", "b"], ["b", "c"]) == store.Disagreement(("a",), ("c",))


def test_manifests_and_unfinished_files_are_no_orphans(tmp_path: Path) -> None:
    directory = tmp_path / "2026/10/01/c.1"
    directory.mkdir(parents=True)
    for name in ("citizen.wav", "mixed.opus", naming.MANIFEST, naming.partial(directory / "unit-1.wav").name):
        (directory / name).touch()
    assert store.stored_files(tmp_path) == ("2026/10/01/c.1/citizen.wav", "2026/10/01/c.1/mixed.opus")


def test_a_call_has_no_audio_when_all_its_raw_legs_are_headers(tmp_path: Path) -> None:
    for path, size in (("c.1/citizen-c.1.wav", 44), ("c.2/citizen-c.2.wav", 46), ("c.2/unit-c.2-u1.wav", 0)):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(bytes(size))
    assert store.raw_calls_without_audio(tmp_path) == ("c.1",)
    assert store.raw_calls_without_audio(tmp_path / "nowhere") == ()


def test_discarding_raw_legs_leaves_other_files_and_other_calls(tmp_path: Path) -> None:
    for path in ("c.1/citizen-c.1.wav", "c.1/unit-c.1-u1.wav", "c.1/notes.txt", "c.2/citizen-c.2.wav"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert [leg.uniqueid for leg in store.raw_legs(tmp_path, "c.1")] == ["c.1", "c.1-u1"]
    assert store.discard_raw(tmp_path, "c.1") == 2
    assert store.discard_raw(tmp_path, "c.1") == 0
    assert store.discard_raw(tmp_path, "c.2") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["c.1", "notes.txt"]


def test_only_one_builds_a_recording_at_a_time(tmp_path: Path) -> None:
    with (
        store.only_builder(tmp_path / "c.1"),
        pytest.raises(store.BusyError, match="another worker"),
        store.only_builder(tmp_path / "c.1"),
    ):
        pass
    with store.only_builder(tmp_path / "c.1"):
        pass


def test_checksums_are_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert store.sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
