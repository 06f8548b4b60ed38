"""`hotline db` from the outside: what it prints, and its exit status."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.db.cluster import Cluster
from app.db.migrate import find_migrations
from tests.support.postgres import fresh_database

REVISIONS = [migration.revision for migration in find_migrations()]


@pytest.fixture
async def empty(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A database without anything in it, set as the service's."""
    async with fresh_database(cluster, template="template0") as name:
        monkeypatch.setenv("HOTLINE_DATABASE__DSN", cluster.dsn(name))
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["db", *arguments])


@pytest.mark.usefixtures("empty")
def test_status_and_migrate_speak_json_on_standard_output() -> None:
    before = run("status", "--json")
    assert before.exit_code == 1
    assert json.loads(before.stdout)["pending"] == REVISIONS
    migrated = run("migrate", "--json")
    assert migrated.exit_code == 0
    assert json.loads(migrated.stdout) == {"applied": REVISIONS}
    after = run("status", "--json")
    assert after.exit_code == 0
    assert json.loads(after.stdout) == {
        "revision": REVISIONS[-1],
        "pending": [],
        "jobs_current": True,
        "current": True,
    }


@pytest.mark.usefixtures("empty")
def test_they_speak_to_people_too() -> None:
    assert run("migrate", "--to", "1").stdout == "applied 0001_calls\n"
    assert run("migrate", "--to", "1").stdout == "nothing to do\n"
    assert run("status").stdout.startswith("at 0001_calls\nto run: 0002_units\n")


@pytest.mark.usefixtures("empty")
def test_what_cannot_be_done_is_said_in_a_line() -> None:
    run("migrate", "--to", "2")
    back = run("migrate", "--to", "1")
    assert back.exit_code == 1
    assert "restore a backup" in back.stderr


def test_a_server_that_is_not_there_is_exit_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", "postgresql://postgres@/x?host=/nowhere")
    assert run("status").exit_code == 1


def test_a_bad_setting_is_exit_status_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE__POOL_SIZE", "none")
    result = run("status")
    assert result.exit_code == 2
    assert "HOTLINE_DATABASE__POOL_SIZE" in result.stderr
