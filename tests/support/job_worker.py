"""A worker process to be killed: it starts the job, says so on standard output, and never ends it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.jobs.worker import Worker


async def _start_and_hang(payload: Mapping[str, Any]) -> None:
    print(f"started {payload['n']} in {os.getpid()}", flush=True)  # noqa: T201 - read by the test
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(Worker(sys.argv[1], {"work": _start_and_hang}, heartbeat=timedelta(seconds=1)).run())
