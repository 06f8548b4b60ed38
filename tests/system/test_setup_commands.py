"""The set-up commands as a person uses them: `hotline asterisk`, `hotline doctor`, `hotline models`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.setup.containers import Container, find_engine
from tests.system.asterisk_fixture import free_ports

COMMAND_S = 60


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own: data below `tmp_path`, free ports."""
    names = ("WEB__PORT", "ASTERISK__SIP_PORT", "ASTERISK__AMI_PORT", "ASTERISK__HTTP_PORT")
    ports = {f"HOTLINE_{name}": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    return {"HOTLINE_DATA_DIR": str(tmp_path / "data"), **ports}


def hotline(environment: dict[str, str], *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        (sys.executable, "-m", "app.cli", *arguments),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert result.returncode == status, result.stdout + result.stderr
    return result


def findings(environment: dict[str, str], *, status: int) -> dict[str, dict[str, str]]:
    report: dict[str, Any] = json.loads(hotline(environment, "doctor", "--json", status=status).stdout)
    return {finding["name"]: finding for finding in report["findings"]}


async def test_asterisk_comes_up_and_goes_down_and_the_doctor_sees_it(environment: dict[str, str]) -> None:
    name = json.loads(hotline(environment, "asterisk", "up", "--json").stdout)["container"]
    container = Container(await find_engine(), name)
    try:
        assert await container.running()
        assert not any(key.startswith("port udp") for key in findings(environment, status=0))
    finally:
        hotline(environment, "asterisk", "down")
    assert not await container.running()
    hotline(environment, "asterisk", "down")


def test_a_rendered_configuration_keeps_its_secrets_to_its_owner(environment: dict[str, str]) -> None:
    directory = Path(hotline(environment, "asterisk", "render").stdout.strip())
    assert (directory / "manager.conf").stat().st_mode & 0o777 == 0o600
    assert (directory / "extensions.conf").is_file()


def test_the_doctor_names_a_taken_port_and_the_setting_that_moves_it(environment: dict[str, str]) -> None:
    port = int(environment["HOTLINE_ASTERISK__SIP_PORT"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        found = findings(environment, status=1)
    assert found[f"port udp/{port}"]["mend"] == "export HOTLINE_ASTERISK__SIP_PORT=<a free port>"


def test_the_doctor_finds_an_empty_cache_and_names_the_command(environment: dict[str, str], tmp_path: Path) -> None:
    found = findings({**environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}, status=1)
    assert found["speech model"]["state"] == "missing"
    assert found["speech model"]["mend"] == "hotline models fetch"


def test_the_doctor_says_why_a_database_cannot_be_reached(environment: dict[str, str]) -> None:
    (port,) = free_ports(1)
    dsn = f"postgresql://hotline:unsaid@127.0.0.1:{port}/hotline"
    found = findings({**environment, "HOTLINE_DATABASE__DSN": dsn}, status=1)
    assert found["database"]["state"] == "missing"
    assert str(port) in found["database"]["detail"]
    assert "unsaid" not in json.dumps(found)


def test_bad_settings_stop_asterisk_and_are_a_finding_for_the_doctor(environment: dict[str, str]) -> None:
    bad = {**environment, "HOTLINE_WEB__PORT": "none"}
    assert "HOTLINE_WEB__PORT" in hotline(bad, "asterisk", "render", status=2).stderr
    assert "HOTLINE_WEB__PORT" in findings(bad, status=1)["settings"]["detail"]


def test_the_default_model_is_there_after_fetching_and_nothing_else_is_printed(environment: dict[str, str]) -> None:
    result = hotline(environment, "models", "fetch", "--json")
    assert (Path(json.loads(result.stdout)["model"]) / "am" / "final.mdl").is_file()


def test_another_model_needs_its_checksum(environment: dict[str, str]) -> None:
    result = hotline(environment, "models", "fetch", "--model", "https://example.org/big.zip", status=2)
    assert "--sha256" in result.stderr
