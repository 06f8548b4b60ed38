"""Migrations run once, in order, forward only, each wholly or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db.cluster import Cluster
from app.db.migrate import MigrationError, find_migrations, migrate, status
from app.db.pool import DatabaseUnavailable, connect
from tests.support.postgres import PostgresProxy, fresh_database


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[str]:
    """The address of a database without anything in it."""
    async with fresh_database(cluster, template="template0") as name:
        yield cluster.dsn(name)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Three small migrations."""
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (n int); INSERT INTO one VALUES (1);")
    (tmp_path / "0002_two.sql").write_text("CREATE TABLE two (n int);\nINSERT INTO one VALUES (2);")
    (tmp_path / "0005_three.sql").write_text("-- first\nCREATE TABLE three (n int);\nINSERT INTO one VALUES (3);")
    return tmp_path


async def numbers(dsn: str) -> list[int]:
    connection = await connect(dsn)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM one ORDER BY n")]
    finally:
        await connection.close()


async def test_the_service_migrations_bring_an_empty_database_up_to_date(empty: str) -> None:
    before = await status(empty)
    assert before.revision is None
    assert not before.current
    applied = await migrate(empty)
    assert list(applied) == [migration.revision for migration in find_migrations()]
    after = await status(empty)
    assert after.revision == applied[-1]
    assert after.current
    assert await migrate(empty) == ()


async def test_files_run_in_order_once_and_later_ones_when_they_appear(empty: str, files: Path) -> None:
    assert await migrate(empty, to=2, directory=files) == ("0001_one", "0002_two")
    assert (await status(empty, directory=files)).pending == ("0005_three",)
    assert await migrate(empty, directory=files) == ("0005_three",)
    assert await numbers(empty) == [1, 2, 3]


async def test_a_file_that_fails_leaves_nothing_and_names_its_line(empty: str, files: Path) -> None:
    (files / "0005_three.sql").write_text("CREATE TABLE three (n int);\nINSERT INTO one VALUES (3);\nSELEKT 1;\n")
    with pytest.raises(MigrationError, match=r"0005_three\.sql:3: .*SELEKT"):
        await migrate(empty, directory=files)
    assert await numbers(empty) == [1, 2]
    assert (await status(empty, directory=files)).revision == "0002_two"
    (files / "0005_three.sql").write_text("CREATE TABLE three (n int);")
    assert await migrate(empty, directory=files) == ("0005_three",)


async def test_a_statement_that_fails_when_it_runs_takes_back_those_before_it(empty: str, files: Path) -> None:
    (files / "0005_three.sql").write_text("INSERT INTO one VALUES (3);\nSELECT 1 / 0;\n")
    with pytest.raises(MigrationError, match="division by zero"):
        await migrate(empty, directory=files)
    assert await numbers(empty) == [1, 2]


async def test_services_that_start_at_once_migrate_once(empty: str, files: Path) -> None:
    applied = await asyncio.gather(*(migrate(empty, directory=files) for _ in range(4)))
    assert sorted(applied) == [(), (), (), ("0001_one", "0002_two", "0005_three")]
    assert await numbers(empty) == [1, 2, 3]


async def test_going_back_is_refused(empty: str, files: Path) -> None:
    await migrate(empty, directory=files)
    with pytest.raises(MigrationError, match="forward only, restore a backup"):
        await migrate(empty, to=1, directory=files)
    assert (await status(empty, directory=files)).revision == "0005_three"


async def test_an_unknown_target_and_a_database_of_a_newer_version_are_clear_errors(empty: str, files: Path) -> None:
    with pytest.raises(MigrationError, match="no migration 4; there are 1, 2, 5"):
        await migrate(empty, to=4, directory=files)
    await migrate(empty, directory=files)
    (files / "0005_three.sql").unlink()
    with pytest.raises(MigrationError, match="0005_three, which this version does not know"):
        await migrate(empty, directory=files)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("one.sql", "not a migration's name"),
        ("0002_again.sql", "already taken"),
        (f"0009_{'x' * 40}.sql", "at most 32"),
    ],
)
def test_a_file_with_a_bad_name_is_refused(files: Path, name: str, complaint: str) -> None:
    (files / name).write_text("SELECT 1;")
    with pytest.raises(MigrationError, match=complaint):
        find_migrations(files)


async def test_tables_of_an_older_pgqueuer_are_upgraded(empty: str) -> None:
    await migrate(empty)
    connection = await connect(empty)
    await connection.execute("ALTER TABLE pgqueuer DROP COLUMN slot")
    assert not (await status(empty)).jobs_current
    await migrate(empty)
    assert (await status(empty)).current
    assert await connection.fetchval("SELECT count(slot) FROM pgqueuer") == 0
    await connection.close()


async def test_a_server_that_is_away_is_unavailable(proxy: PostgresProxy) -> None:
    await proxy.cut()
    with pytest.raises(DatabaseUnavailable):
        await migrate(proxy.dsn("postgres"))
