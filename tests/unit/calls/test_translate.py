"""Every change of the live model is either kept as a call event or left out on purpose."""

from __future__ import annotations

from typing import get_args

from ami_bridge import changes
from app.calls import translate


def test_no_change_is_forgotten() -> None:
    every = set(get_args(changes.Change))
    kept = set(translate._KEPT)
    assert kept | translate.NOT_KEPT == every
    assert not kept & translate.NOT_KEPT
