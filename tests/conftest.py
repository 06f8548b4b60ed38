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

_turn = ExitStack()
_module = pytest.StashKey[str]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """A module waits for its turn before its first fixture is made: what runs in it must not be left standing later."""
    if item.config.stash.get(_module, "") != item.location[0]:
        _turn.enter_context(turn(alone=item.get_closest_marker("alone") is not None))
        item.config.stash[_module] = item.location[0]
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.location[0] != item.location[0]:
            _turn.close()
            item.config.stash[_module] = ""


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Commands run in the test's process point structlog at their own standard error, which is then closed."""
    yield
    structlog.reset_defaults()
