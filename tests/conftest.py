"""Lets tests import `bench`, which is not installed, however pytest was started."""

from __future__ import annotations

import sys
from pathlib import Path

_REPOSITORY = str(Path(__file__).parents[1])
if _REPOSITORY not in sys.path:
    sys.path.append(_REPOSITORY)
