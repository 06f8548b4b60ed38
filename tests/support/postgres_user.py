"""A process that uses the embedded Postgres until it is ended; it prints the server's process id when it has it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.db.embedded import embedded_postgres
from app.db.pool import connect


async def _use(home: Path) -> None:
    async with embedded_postgres(home) as dsn:
        connection = await connect(dsn)
        pid = await connection.fetchval("SELECT pg_read_file('postmaster.pid')")
        await connection.close()
        print(pid.split()[0], flush=True)  # noqa: T201 - read by the test
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_use(Path(sys.argv[1])))
