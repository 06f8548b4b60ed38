"""Builds container images, on a base that a registry gives or that Debian's own packages make."""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.setup.cache import cache_dir, locked
from app.setup.containers import Engine
from app.setup.process import ProcessFailed, run

CONTENT_LABEL = "hotline12345.content"
LOCK_S = 1200.0
MMDEBSTRAP_S = 900.0
PULL_S = 120.0
APT_S = 30.0
CHECKOUT = Path(__file__).parents[2]
DOCKER_DIR = CHECKOUT / "docker"

OnLine = Callable[[str], None]


class SourceMissing(Exception):  # noqa: N818 - named for what happened
    """There is no Dockerfile: the hotline was installed without its source tree."""


@dataclass(frozen=True)
class ImageSpec:
    """An image, the Dockerfile it is built from, and the Debian release of its base."""

    tag: str
    suite: str
    dockerfile: Path
    context: Path

    @property
    def public_base(self) -> str:
        """The base as registries have it."""
        return f"debian:{self.suite}-slim"

    @property
    def local_base(self) -> str:
        """The same made here."""
        return f"localhost/hotline-base:{self.suite}"

    def content(self) -> str:
        """A hash over what decides what is in the image; raises SourceMissing."""
        if not self.dockerfile.is_file():
            raise SourceMissing(f"{self.dockerfile}: no such file; build the image from a checkout of the project")
        return hashlib.sha256(f"{self.suite}\n{self.dockerfile.read_text()}".encode()).hexdigest()


ASTERISK_IMAGE = ImageSpec(
    tag="hotline-asterisk:22",
    suite="forky",
    dockerfile=DOCKER_DIR / "asterisk" / "Dockerfile",
    context=DOCKER_DIR / "asterisk",
)

SERVICE_IMAGE = ImageSpec(
    tag="hotline-app:latest",
    suite="bookworm",
    dockerfile=DOCKER_DIR / "app" / "Dockerfile",
    context=CHECKOUT,
)


async def is_current(engine: Engine, spec: ImageSpec) -> bool:
    """Whether the engine has the image and it was built from the Dockerfile as it is now; raises SourceMissing."""
    return await engine.label(spec.tag, CONTENT_LABEL) == spec.content()


async def ensure_image(engine: Engine, spec: ImageSpec, on_line: OnLine, *, fresh: bool = False) -> None:
    """Build the image unless it is current; `fresh` builds it anew with today's packages.

    Safe to interrupt and to run twice at once. Raises SourceMissing, ProcessFailed, or TimeoutError when another
    set-up holds the lock too long.
    """
    async with locked("images", timeout=LOCK_S):
        if not fresh and await is_current(engine, spec):
            return
        base = await ensure_base(engine, spec, on_line, fresh=fresh)
        await engine.build(
            spec.context,
            spec.tag,
            dockerfile=spec.dockerfile,
            arguments={"BASE": base},
            labels={CONTENT_LABEL: spec.content()},
            on_line=on_line,
            fresh=fresh,
        )


async def ensure_base(engine: Engine, spec: ImageSpec, on_line: OnLine, *, fresh: bool = False) -> str:
    """The name of a base image the engine has: pulled where Docker reaches a registry, else made by mmdebstrap."""
    if not fresh and await engine.has_image(spec.local_base):
        return spec.local_base
    if engine.program == "docker" and await _pulled(engine, spec.public_base, on_line):
        return spec.public_base
    archive = cache_dir() / "images" / f"{spec.suite}.tar"
    if fresh or not await asyncio.to_thread(archive.is_file):
        await _make_archive(archive, spec.suite, on_line)
    await engine.import_base(archive, spec.local_base)
    return spec.local_base


def mmdebstrap_command(archive: Path, suite: str, mirror: str | None, *, root: bool) -> tuple[str, ...]:
    """The command that makes the root file system of a Debian release; `mirror` None is mmdebstrap's default."""
    # What root mounts meanwhile goes with the namespace, even if mmdebstrap is killed.
    alone = ("unshare", "--mount") if root else ()
    # A mirror that is no longer fed outlives its own expiry date; its signatures are checked all the same.
    options = ('--aptopt=Acquire::Check-Valid-Until "false"', "--include=ca-certificates")
    where = () if mirror is None else (mirror,)
    return (*alone, "mmdebstrap", "--variant=minbase", "--format=tar", *options, suite, str(archive), *where)


def own_mirror(targets: str, codename: str) -> str | None:
    """This machine's Debian mirror, from lines "address release" as apt lists them; None when it names none."""
    for line in targets.splitlines():
        address, _, release = line.partition(" ")
        if release == codename and address.startswith(("http://", "https://")):
            return address
    return None


async def _pulled(engine: Engine, image: str, on_line: OnLine) -> bool:
    try:
        await engine.call("pull", image, timeout=PULL_S, on_line=on_line)
    except ProcessFailed:
        return False
    return True


async def _make_archive(archive: Path, suite: str, on_line: OnLine) -> None:
    archive.parent.mkdir(exist_ok=True)
    draft = archive.with_name(f"{archive.name}.{os.getpid()}")
    try:
        command = mmdebstrap_command(draft, suite, await _machine_mirror(), root=os.geteuid() == 0)
        await run(command, timeout=MMDEBSTRAP_S, on_line=on_line)
        draft.replace(archive)
    finally:
        draft.unlink(missing_ok=True)


async def _machine_mirror() -> str | None:
    """Governments keep mirrors of their own; what this machine's apt reaches, mmdebstrap reaches."""
    wanted = ("Created-By: Packages", "Origin: Debian", "Component: main")
    command = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", *wanted)
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    return own_mirror(await run(command, timeout=APT_S), codename)
