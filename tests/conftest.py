"""What holds for every test: `bench`, which is not installed, can be imported; no test inherits another's logging.

Modules of tests run in several processes at once; one marked `alone` measures times or needs the whole machine.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

_REPOSITORY = str(Path(__file__).parents[1])
if _REPOSITORY not in sys.path:
    sys.path.append(_REPOSITORY)

from tests.support.workers import turn  # noqa: E402 - found by the line above

# The turn of the module that runs in this process; none between two modules.
_turns: list[ExitStack] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """A module waits for its turn before its first fixture is made: what runs in it must not be left standing later."""
    if not _turns:
        _turns.append(ExitStack())
        _turns[-1].enter_context(turn(alone=item.get_closest_marker("alone") is not None))
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.path != item.path:
            _turns.pop().close()


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Commands run in the test's process point structlog at their own standard error, which is then closed."""
    yield
    structlog.reset_defaults()
