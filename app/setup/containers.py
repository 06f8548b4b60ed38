"""Runs containers with whichever engine answers: Docker, else podman."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from app.setup.cache import cache_dir
from app.setup.process import ProcessFailed, run

ANSWER_S = 20.0
COMMAND_S = 60.0
BUILD_S = 900.0
STOP_S = 10
LABEL = "hotline12345"

# runc, because crun refuses hybrid cgroups; cgroupfs and file events, because there may be no systemd;
# no default limits, because an unprivileged podman may not raise them.
PODMAN_CONFIG = """\
[containers]
default_ulimits = []

[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"

[network]
network_backend = "netavark"
"""

Program = Literal["docker", "podman"]


class EngineMissing(Exception):  # noqa: N818 - named for what happened
    """Neither a Docker engine answers nor are podman and runc installed."""

    def __init__(self) -> None:
        super().__init__("no container engine: neither does Docker answer nor are podman and runc installed")


@dataclass(frozen=True)
class Mount:
    """A host directory at the same absolute path inside the container: both sides name files alike."""

    directory: Path
    writable: bool = True

    def argument(self) -> str:
        return f"{self.directory}:{self.directory}:{'rw' if self.writable else 'ro'}"


@dataclass(frozen=True)
class Engine:
    """A container engine that answers.

    Every method raises ProcessFailed, in the engine's own words, when it refuses or is not done in time.
    """

    program: Program
    environment: Mapping[str, str] = field(default_factory=dict)

    async def call(
        self,
        *arguments: str,
        timeout: float = COMMAND_S,  # noqa: ASYNC109 - passed on to the process
        on_line: Callable[[str], None] | None = None,
    ) -> str:
        """Run one engine command and return what it printed."""
        argv = (self.program, *arguments)
        return await run(argv, timeout=timeout, environment=self.environment, on_line=on_line)

    async def has_image(self, image: str) -> bool:
        """Whether the engine has an image of that name."""
        return bool((await self.call("images", "--quiet", image)).strip())

    async def label(self, image: str, name: str) -> str:
        """The value of an image's label; empty when it has none, or when there is no such image."""
        if not await self.has_image(image):
            return ""
        template = f'{{{{index .Config.Labels "{name}"}}}}'
        return (await self.call("image", "inspect", "--format", template, image)).strip()

    async def import_base(self, archive: Path, tag: str) -> None:
        """Make a base image from the tar archive of a root file system."""
        await self.call("import", str(archive), tag, timeout=BUILD_S)

    async def build(
        self,
        context: Path,
        tag: str,
        *,
        dockerfile: Path,
        arguments: Mapping[str, str],
        labels: Mapping[str, str],
        secrets: Mapping[str, Path] = MappingProxyType({}),
        on_line: Callable[[str], None] | None = None,
        fresh: bool = False,
    ) -> None:
        """Build an image from a Dockerfile with the host's network.

        `secrets` are files that the Dockerfile mounts and that do not stay in the image; `fresh` reuses no layer of
        an earlier build.
        """
        # Without a user namespace of its own, podman can only build in a plain chroot.
        isolation = ("--isolation", "chroot") if self.program == "podman" else ()
        options = [
            *(f"--build-arg={key}={value}" for key, value in arguments.items()),
            *(f"--label={key}={value}" for key, value in labels.items()),
            *(f"--secret=id={name},src={file}" for name, file in secrets.items()),
        ]
        file = ("--file", str(dockerfile))
        cache = ("--no-cache",) if fresh else ()
        argv = ("build", *isolation, *cache, "--network", "host", *options, *file, "--tag", tag, str(context))
        await self.call(*argv, timeout=BUILD_S, on_line=on_line)

    async def run(self, name: str, image: str, mounts: Iterable[Mount] = (), command: Sequence[str] = ()) -> Container:
        """Start a container on the host's network, in place of any older one of that name.

        It runs on when this process dies; `Container.stop` or the next `run` of that name ends it.
        """
        container = self.container(name)
        await container.remove()
        volumes = [f"--volume={mount.argument()}" for mount in mounts]
        options = ("--detach", "--name", name, "--label", LABEL, "--network", "host", "--user", self._user())
        await self.call("run", *options, *self._limits(), *volumes, image, *command)
        return container

    async def run_once(self, image: str, command: Sequence[str], *, entrypoint: str) -> str:
        """Run one program of an image to its end, remove the container, return what it printed."""
        options = ("--rm", "--network", "host", "--entrypoint", entrypoint)
        return await self.call("run", *options, *self._limits(), image, *command)

    def container(self, name: str) -> Container:
        """The container of that name, whether it exists or not."""
        return Container(self, name)

    def _limits(self) -> tuple[str, ...]:
        return ("--ulimit", "host") if self.program == "podman" else ()

    def _user(self) -> str:
        """Files must belong to whoever runs the service; rootless podman maps root to that user."""
        return f"{os.getuid()}:{os.getgid()}" if self.program == "docker" else "0:0"


@dataclass(frozen=True)
class Container:
    """One container, known by its name."""

    engine: Engine
    name: str

    async def running(self) -> bool:
        """Whether it runs now; False when there is none of that name."""
        try:
            state = await self.engine.call(
                "container", "inspect", "--format", "{{.State.Running}}", self.name, timeout=ANSWER_S
            )
        except ProcessFailed as error:
            if error.status is None:
                raise
            return False
        return state.strip() == "true"

    async def exec(self, *command: str, timeout: float = ANSWER_S) -> str:  # noqa: ASYNC109 - passed on
        """Run a program inside and return what it printed; raises ProcessFailed when it fails."""
        return await self.engine.call("exec", self.name, *command, timeout=timeout)

    async def logs(self, lines: int = 200) -> str:
        """The last lines the container wrote to its standard output and error."""
        return await self.engine.call("logs", "--tail", str(lines), self.name, timeout=ANSWER_S)

    async def stop(self, timeout: int = STOP_S) -> None:  # noqa: ASYNC109 - the engine keeps this deadline
        """Ask it to end, kill it after `timeout` seconds, and remove it; no error when there is none."""
        if await self.running():
            await self.engine.call("stop", "-t", str(timeout), self.name, timeout=timeout + ANSWER_S)
        await self.remove()

    async def kill(self) -> None:
        """End it at once, as a power cut would; it stays there for `logs` until it is removed."""
        await self.engine.call("kill", self.name, timeout=ANSWER_S)

    async def remove(self) -> None:
        """Remove it, running or not; no error when there is none."""
        try:
            await self.engine.call("rm", "--force", self.name)
        except ProcessFailed as error:
            if "no such container" not in error.tail.lower():
                raise


async def find_engine() -> Engine:
    """Docker when its engine answers, else podman; raises EngineMissing."""
    if await docker_answers():
        return Engine("docker", {"DOCKER_BUILDKIT": "1"})  # build secrets, also with Docker before 23
    if _installed("podman") and _installed("runc"):
        return Engine("podman", {"CONTAINERS_CONF": str(_podman_config())})
    raise EngineMissing


async def docker_answers() -> bool:
    """Whether a Docker engine (not only its client) is there and may be used."""
    if not shutil.which("docker"):
        return False
    try:
        await run(("docker", "info", "--format", "{{.ServerVersion}}"), timeout=ANSWER_S)
    except ProcessFailed:
        return False
    return True


def _installed(program: str) -> bool:
    """Whether a program is there, also where only root's PATH leads."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _podman_config() -> Path:
    path = cache_dir() / "engine" / "containers.conf"
    if not path.is_file() or path.read_text() != PODMAN_CONFIG:
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(PODMAN_CONFIG)
        draft.replace(path)
    return path
