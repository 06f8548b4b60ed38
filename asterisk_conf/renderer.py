"""Fills the templates and writes Asterisk's configuration, each file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asterisk_conf.settings import ConfSettings

TEMPLATES = Path(__file__).with_name("templates")
SUFFIX = ".j2"

# These hold secrets: only the user that Asterisk runs as may read them.
SECRET_FILES = frozenset({"manager.conf", "pjsip.conf", "pjsip-operators.conf"})

# Each number's menu is in it, for the time when the service is down.
MENU_FILES = ("extensions.conf",)

# What changes while calls run (operators, queues), and the console's commands that have Asterisk read it anew: none of
# them touches a call.
ROSTER_FILES = ("pjsip-operators.conf", "queues-hotline.conf", "extensions-queues.conf", "musiconhold.conf")
RELOADS = ("module reload res_pjsip.so", "moh reload", "dialplan reload", "module reload app_queue.so")

# Asterisk complains when these are missing; empty, they mean its defaults.
EMPTY_FILES = (
    "acl.conf",
    "ccss.conf",
    "cli_permissions.conf",
    "codecs.conf",
    "dsp.conf",
    "features.conf",
    "pjproject.conf",
    "queuerules.conf",
    "stasis.conf",
    "udptl.conf",
)


def render(settings: ConfSettings, directory: Path) -> list[Path]:
    """Write every configuration file into `directory` (made if missing) and return their paths.

    Files with secrets get mode 0600, the others 0640. A file is replaced in one step, so an Asterisk that reloads
    meanwhile never reads half of one. Raises OSError when the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return [_write(directory / name, text) for name, text in _texts(settings)]


def render_roster(settings: ConfSettings, directory: Path) -> list[Path]:
    """Write only the files of operators and queues (ROSTER_FILES), as `render` does."""
    return [_write(directory / name, text) for name, text in _texts(settings) if name in ROSTER_FILES]


def render_menus(settings: ConfSettings, directory: Path) -> list[Path]:
    """Write only the files that menus are compiled into (MENU_FILES), as `render` does."""
    return [_write(directory / name, text) for name, text in _texts(settings) if name in MENU_FILES]


def prepare(settings: ConfSettings) -> None:
    """Make the directories that Asterisk writes to, closed to others, and lay the prompts where it looks for sounds.

    Its log and its journal name callers, and its files are 0644.

    Only for an Asterisk that sees this machine's paths. Raises OSError when they cannot be made.
    """
    directories = settings.directories
    for directory in (*directories.written, directories.journal.parent):
        directory.mkdir(parents=True, exist_ok=True)
        # Whoever reaches its control socket, in `run`, commands it.
        directory.chmod(0o700 if directory == directories.run else 0o750)
    _link(directories.data / "sounds", directories.prompts)
    _link(directories.data / "documentation", directories.package_data / "documentation")


def _texts(settings: ConfSettings) -> Iterator[tuple[str, str]]:
    # The files are no HTML: escaping would corrupt them; `settings` refuses what could break out instead.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for template in sorted(environment.list_templates(extensions=[SUFFIX.removeprefix(".")])):
        yield template.removesuffix(SUFFIX), environment.get_template(template).render(conf=settings)
    for name in EMPTY_FILES:
        yield name, "; The defaults are meant; without this file Asterisk would complain.\n"


def _write(path: Path, text: str) -> Path:
    """`mkstemp` makes the draft 0600, so a secret is never readable by others, not even for a moment."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o600 if path.name in SECRET_FILES else 0o640)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)
