"""The database's own account may enter the directories above its files; nobody else gains anything."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from app.db.account import Account, make_readable

SERVER = Account(uid=54321, gid=54321, switches=True)
_ACL = "system.posix_acl_access"


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    directory = tmp_path / "closed"
    directory.mkdir(mode=0o700)
    return directory


def rights_of_others(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) & 0o007


def test_only_the_account_is_let_in(closed: Path) -> None:
    SERVER.admit(closed / "data")
    assert (54321).to_bytes(4, "little") in os.getxattr(closed, _ACL)
    assert rights_of_others(closed) == 0


def test_letting_in_twice_and_another_keeps_those_who_were_let_in(closed: Path) -> None:
    SERVER.admit(closed / "data")
    once = os.getxattr(closed, _ACL)
    SERVER.admit(closed / "data")
    assert os.getxattr(closed, _ACL) == once
    Account(uid=54322, gid=54322, switches=True).admit(closed / "data")
    both = os.getxattr(closed, _ACL)
    assert all(uid.to_bytes(4, "little") in both for uid in (54321, 54322))


def test_a_directory_open_to_all_is_left_alone(closed: Path) -> None:
    closed.chmod(0o755)
    SERVER.admit(closed / "data")
    with pytest.raises(OSError, match="No data"):
        os.getxattr(closed, _ACL)


def test_without_access_control_lists_all_may_pass_but_not_look(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(os, "setxattr", unsupported)
    SERVER.admit(closed / "data")
    assert rights_of_others(closed) == stat.S_IXOTH


def test_a_user_who_runs_it_as_himself_changes_nothing_above(closed: Path) -> None:
    Account(os.geteuid(), os.getegid(), switches=False).admit(closed / "data")
    assert rights_of_others(closed) == 0


def test_programs_closed_by_an_installers_umask_become_readable(closed: Path) -> None:
    program, data = closed / "initdb", closed / "postgres.bki"
    for path, mode in ((program, 0o700), (data, 0o600)):
        path.touch(mode=mode)
    make_readable(closed)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (closed, program, data)] == [0o755, 0o755, 0o644]
