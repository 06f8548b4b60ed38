"""The compose file fits the service: known settings, the same paths on both sides, no default secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import load_settings
from app.setup.images import ASTERISK_IMAGE, DOCKER_DIR
from app.setup.telephony import directories

COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER_DIR / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_the_services_environment_is_made_of_known_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in SERVICES["hotline"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{[^}]*\}", "filled-in", value))
    empty = tmp_path / "hotline.toml"
    empty.touch()
    monkeypatch.setenv("HOTLINE_CONFIG", str(empty))
    assert load_settings().asterisk.start is False


def test_asterisk_is_started_with_the_configuration_that_the_service_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", "/var/lib/hotline")
    asterisk = SERVICES["asterisk"]
    assert asterisk["command"] == ["-C", str(directories(load_settings()).config / "asterisk.conf")]
    assert "data:/var/lib/hotline" in asterisk["volumes"]
    assert "data:/var/lib/hotline" in SERVICES["hotline"]["volumes"]
    assert asterisk["image"] == ASTERISK_IMAGE.tag


def test_no_secret_has_a_default() -> None:
    secrets = [
        value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or "DSN" in name
    ]
    assert len(secrets) == 3
    assert all("${POSTGRES_PASSWORD:?" in value for value in secrets)


@pytest.mark.parametrize("name", ["postgres", "asterisk", "hotline"])
def test_every_lasting_service_is_watched(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"
