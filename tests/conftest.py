"""What holds for every test: `bench`, which is not installed, can be imported; no test inherits another's logging.

Tests run in several processes at once; one marked `alone` measures times or needs the whole machine.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog

_REPOSITORY = str(Path(__file__).parents[1])
if _REPOSITORY not in sys.path:
    sys.path.append(_REPOSITORY)

from tests.support.workers import turn  # noqa: E402 - found by the line above


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Wait for this test's turn before its fixtures are made and its time runs."""
    with turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Commands run in the test's process point structlog at their own standard error, which is then closed."""
    yield
    structlog.reset_defaults()
