"""Several processes that run tests at once: each has ports of its own, and a test that must be alone is alone."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Media ports. Asterisk takes its ports call by call: what it may take later must not be given to telephones.
FOR_ASTERISK, FOR_PHONES = range(10000, 16000), range(16000, 32000)


def share(ports: range) -> range:
    """This process's part of a range that all take from."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = len(ports) // count
    return ports[mine * size : (mine + 1) * size]


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Run some tests now, or wait for it: beside those of other processes or, `alone`, while none of them runs any.

    Who wants to be alone holds the door meanwhile: whoever comes later waits behind it.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        yield
        return
    with _file(f"{run}.door") as door, _file(f"{run}.room") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


@contextmanager
def _file(name: str) -> Iterator[int]:
    file = os.open(Path(tempfile.gettempdir()) / f"hotline-tests-{name}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield file
    finally:
        os.close(file)
