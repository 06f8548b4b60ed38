"""A backup taken while others write, and put back on a machine that has nothing: same rows, same files, same rights."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.db.embedded import embedded_postgres
from app.db.pool import Database
from tests.support.postgres import scratch_directory

LINE = "INSERT INTO audit_log (user_name, role, action, subject) VALUES ('wang', 'operator', 'read', $1) RETURNING id"
UNITS = ("water", "gas-2")
SETTINGS = '[recordings]\nkeep_days = 900\n\n[regulation]\nprofile = "yixing-2011"\n'


@dataclass(frozen=True)
class Machine:
    """A machine that the hotline is to run on: its folder, and the address of a database of its own, if it has one."""

    home: Path
    dsn: str | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def settings(self) -> Path:
        return self.home / "hotline.toml"

    async def hotline(self, *arguments: str | Path) -> Result:
        """The command as it is given in a shell there."""
        environment = {
            "HOTLINE_CONFIG": str(self.settings),
            "HOTLINE_DATA_DIR": str(self.data),
            "HOTLINE_DATABASE__DSN": self.dsn,
        }
        words = [str(argument) for argument in arguments]
        return await asyncio.to_thread(CliRunner().invoke, main, words, env=environment)

    def files(self) -> Mapping[str, tuple[bytes, int]]:
        """Content and mode of what the hotline keeps in files."""
        kept = [
            path
            for name in ("recordings", "attachments", "raw", "spool", "secrets.json")
            for path in ([self.data / name] if (self.data / name).is_file() else (self.data / name).rglob("*"))
        ]
        return {
            str(path.relative_to(self.data)): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
            for path in kept
            if path.is_file()
        }


@pytest.fixture
def bare() -> Iterator[Machine]:
    """A machine without anything; its database is the embedded one."""
    with scratch_directory() as home:
        yield Machine(home)


@pytest.fixture
async def old(database: Database, dsn: str, tmp_path: Path) -> Machine:
    """A machine in use: units with their roles, an audit log, recordings, a photo, secrets, events not written yet."""
    async with database.transaction() as connection:
        for unit in UNITS:
            await connection.execute("INSERT INTO units (id, name, tier) VALUES ($1, $1, 2)", unit)
        for number in range(50):
            await connection.execute(LINE, f"ticket:{number}")
    machine = Machine(tmp_path / "old", dsn)
    for name, content in {
        "data/recordings/2026/11/28/node1-1.1/citizen.wav": b"voice",
        "data/recordings/2026/11/28/node1-1.1/mixed.opus": b"both" * 500_000,
        "data/raw/node1-2.2/citizen-1.wav": b"not built yet",
        "data/attachments/ab/photo.jpg": b"photo",
        "data/spool/events": b"00000000 {}\n",
        "data/secrets.json": b'{"ami": "word"}',
        "hotline.toml": SETTINGS.encode(),
    }.items():
        path = machine.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (machine.data / "secrets.json").chmod(0o600)
    return machine


async def backed_up(machine: Machine, folder: Path, *options: str) -> Path:
    result = await machine.hotline("backup", folder, *options)
    assert result.exit_code == 0, result.output
    return folder


async def test_what_is_put_back_on_a_bare_machine_is_what_was_there(
    old: Machine, bare: Machine, tmp_path: Path
) -> None:
    folder = await backed_up(old, tmp_path / "backup")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    result = await bare.hotline("restore", folder)
    assert result.exit_code == 0, result.output
    assert "rights as they were" in result.output
    assert bare.settings.read_text() == SETTINGS
    assert bare.files() == old.files()
    async with embedded_postgres(bare.data / "postgres") as dsn:
        connection = await asyncpg.connect(dsn)
        try:
            assert await connection.fetchval("SELECT count(*) FROM audit_log") == 50
            for unit in UNITS:
                # Postgres forgets the role at the end of the transaction.
                async with connection.transaction():
                    await connection.execute(f'SET LOCAL ROLE "hotline_unit_{unit}"')
                    assert await connection.fetchval("SELECT count(*) FROM tickets") == 0
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        async with connection.transaction():
                            await connection.fetchval("SELECT count(*) FROM audit_log")
            await connection.execute("INSERT INTO units (id, name, tier) VALUES ('new', 'new', 2)")
            assert await connection.fetchval(LINE, "y") == 51
        finally:
            await connection.close()
    assert (await bare.hotline("audit", "verify")).exit_code == 0


async def test_a_backup_is_one_moment_of_a_database_that_is_written_to(
    old: Machine, bare: Machine, database: Database, tmp_path: Path
) -> None:
    stopping = asyncio.Event()

    async def write() -> None:
        while not stopping.is_set():
            async with database.transaction() as connection:
                await connection.execute(LINE, "y")

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        try:
            folder = await backed_up(old, tmp_path / "backup")
        finally:
            stopping.set()
    # Restoring compares the lines of every table with those that were counted at the backup.
    assert (await bare.hotline("restore", folder)).exit_code == 0


async def test_a_stranger_checks_a_backup_with_sha256sum_alone(old: Machine, tmp_path: Path) -> None:
    folder = await backed_up(old, tmp_path / "backup")
    checked = await asyncio.to_thread(
        subprocess.run, ["sha256sum", "--quiet", "-c", "files.sha256"], cwd=folder, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")


async def test_without_audio_all_but_the_recordings_is_kept_and_it_is_said(
    old: Machine, bare: Machine, tmp_path: Path
) -> None:
    folder = await backed_up(old, tmp_path / "backup", "--no-audio")
    result = await bare.hotline("restore", folder)
    assert "recordings were not in this backup" in result.output
    assert set(bare.files()) == {"attachments/ab/photo.jpg", "spool/events", "secrets.json"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("database.dump", b"PGDMP", "database.dump: is not what was written"),
        ("files/attachments/ab/photo.jpg", None, "photo.jpg: is not there"),
        ("files.sha256", b"", "lists 0 files"),
        ("manifest.json", None, "not finished"),
        ("manifest.json", b"{", "cannot be read"),
    ],
)
async def test_a_damaged_backup_is_refused_and_changes_nothing(
    old: Machine, bare: Machine, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    folder = await backed_up(old, tmp_path / "backup")
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    result = await bare.hotline("restore", folder)
    assert result.exit_code == 1
    assert said in result.output
    assert bare.files() == {}


async def test_a_name_that_leads_out_of_the_backup_is_refused(old: Machine, bare: Machine, tmp_path: Path) -> None:
    folder = await backed_up(old, tmp_path / "backup")
    (folder / "files" / "x").mkdir()
    (folder / "files" / "evil").write_bytes(b"voice")
    sums = (folder / "files.sha256").read_text()
    (folder / "files.sha256").write_text(
        sums.replace("files/recordings/2026/11/28/node1-1.1/citizen.wav", "files/x/../evil")
    )
    result = await bare.hotline("restore", folder)
    assert result.exit_code == 1
    assert "leads out of the backup" in result.output


async def test_nothing_that_is_there_is_written_over(old: Machine, bare: Machine, tmp_path: Path) -> None:
    folder = await backed_up(old, tmp_path / "backup")
    again = await old.hotline("backup", folder)
    assert again.exit_code == 1
    assert "is not empty" in again.output
    bare.data.mkdir()
    (bare.data / "secrets.json").write_text('{"ami": "another"}')
    refused = await bare.hotline("restore", folder)
    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert set(bare.files()) == {"secrets.json"}
    (bare.data / "secrets.json").unlink()
    full = await Machine(bare.home, old.dsn).hotline("restore", folder)
    assert full.exit_code == 1
    assert "restore into an empty one" in full.output


async def test_the_manifest_counts_every_table_and_names_no_person(old: Machine, tmp_path: Path) -> None:
    result = await old.hotline("backup", tmp_path / "backup", "--json")
    manifest = json.loads(result.stdout)
    assert manifest["database"]["tables"]["audit_log"] == 50
    assert manifest["database"]["tables"]["units"] == len(UNITS)
    assert "hotline_unit" in manifest["database"]["groups"]
    assert "hotline_auditor may SELECT audit_log" in manifest["database"]["rights"]
    assert manifest["files"] == 7
