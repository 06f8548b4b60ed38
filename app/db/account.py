"""The unprivileged account that Postgres runs under when the service runs as root, and what that account may enter.

Postgres refuses to run as root. Started by root, the embedded one gets a system account of its own; directories on
the way to its files are opened to that account alone (an access control list entry with search permission), never
to everybody.
"""

from __future__ import annotations

import errno
import os
import pwd
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

ACCOUNT = "hotline-postgres"
_ACL = "system.posix_acl_access"
# linux/posix_acl_xattr.h: a version word, then (tag, permissions, id) for each entry, in the order of the tags.
_ACL_VERSION, _ENTRY = struct.pack("<I", 2), struct.Struct("<HHI")
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
_SEARCH = 1


@dataclass(frozen=True, slots=True)
class Account:
    """Who owns and runs the server."""

    uid: int
    gid: int
    switches: bool
    """Whether this process is another user (root) and must change to the account."""

    @property
    def process_options(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switches else {}

    def own(self, path: Path) -> None:
        """Make `path` this account's, closed to all others."""
        if self.switches:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)

    def admit(self, path: Path) -> None:
        """Let this account enter every directory above `path`."""
        if not self.switches:
            return
        for directory in path.resolve().parents:
            if not _may_enter(directory.stat(), self):
                _open_to(directory, self.uid)


def server_account(data: Path) -> Account:
    """The account for the server: this user; for root the owner of the data, or of new data the system account.

    The system account is made when it is missing. Raises subprocess.CalledProcessError when that cannot be done.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switches=False)
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid, switches=True)
    entry = _look_up()
    if entry is None:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run(
            ["useradd", *options, "--shell", "/usr/sbin/nologin", ACCOUNT], check=True, capture_output=True, timeout=30
        )
        entry = pwd.getpwnam(ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid, switches=True)


def make_readable(tree: Path) -> None:
    """Let everybody read and run the installed programs under `tree` (an installer's umask may have closed them)."""
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = 0o055 if mode & stat.S_IXUSR else 0o044
        if mode & wanted != wanted:
            path.chmod(stat.S_IMODE(mode) | wanted)


def _look_up() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None


def _may_enter(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _open_to(directory: Path, uid: int) -> None:
    entries = _entries(directory)
    if entries.get((_USER, uid), 0) & entries.get((_MASK, _NOBODY), 0) & _SEARCH:
        return
    entries[_USER, uid] = entries.get((_USER, uid), 0) | _SEARCH
    entries[_MASK, _NOBODY] = entries.get((_MASK, _NOBODY), entries[_GROUP, _NOBODY]) | _SEARCH
    packed = b"".join(_ENTRY.pack(tag, bits, who) for (tag, who), bits in sorted(entries.items()))
    try:
        os.setxattr(directory, _ACL, _ACL_VERSION + packed)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        # Without access control lists: search permission for all, which shows nobody the directory's contents.
        directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)
    log.info("directory opened to the database's account", directory=str(directory), uid=uid)


def _entries(directory: Path) -> dict[tuple[int, int], int]:
    """The access control list of a directory, or the one its permission bits stand for."""
    try:
        raw = os.getxattr(directory, _ACL)
    except OSError as error:
        if error.errno not in {errno.ENODATA, errno.ENOTSUP}:
            raise
        mode = directory.stat().st_mode
        return {
            (_OWNER, _NOBODY): mode >> 6 & 7,
            (_GROUP, _NOBODY): mode >> 3 & 7,
            (_OTHER, _NOBODY): mode & 7,
        }
    return {(tag, who): bits for tag, bits, who in _ENTRY.iter_unpack(raw[len(_ACL_VERSION) :])}
