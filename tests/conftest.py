"""What holds for every test: `bench`, which is not installed, can be imported; no test inherits another's logging."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

_REPOSITORY = str(Path(__file__).parents[1])
if _REPOSITORY not in sys.path:
    sys.path.append(_REPOSITORY)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Commands run in the test's process point structlog at their own standard error, which is then closed."""
    yield
    structlog.reset_defaults()
