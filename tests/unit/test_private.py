"""Folders with voices and numbers are closed to other accounts, also where they were open before."""

from __future__ import annotations

import stat
from pathlib import Path

from app.private import make_private


def test_a_folder_that_was_open_is_closed_to_others(tmp_path: Path) -> None:
    open_before = tmp_path / "recordings"
    open_before.mkdir(mode=0o755)
    for directory in (open_before, tmp_path / "new" / "raw"):
        assert stat.S_IMODE(make_private(directory).stat().st_mode) == 0o750
