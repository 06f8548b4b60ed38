"""The settings example names every setting there is, and none that there is not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "hotline.toml.example"
OFFERED = re.compile(r"^#(?=\[\[|[a-z_]+ = )", re.MULTILINE)


def test_example_as_shipped_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTLINE_CONFIG", str(EXAMPLE))
    as_shipped = load_settings()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOTLINE_CONFIG")
    assert as_shipped == load_settings()


def test_every_line_offered_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text(OFFERED.sub("", EXAMPLE.read_text()))
    monkeypatch.setenv("HOTLINE_CONFIG", str(file))
    assert load_settings().nodes[0].name == "node1"


def test_every_setting_is_offered() -> None:
    offered = _keys_of(tomllib.loads(OFFERED.sub("", EXAMPLE.read_text())))
    assert _keys_of_model(Settings) <= offered


def _keys_of(table: dict[str, Any], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for name, value in table.items():
        keys.add(prefix + name)
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        if isinstance(inner, dict):
            keys |= _keys_of(inner, f"{prefix}{name}.")
    return keys


def _keys_of_model(model: type[BaseModel], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for name, field in model.model_fields.items():
        keys.add(prefix + name)
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                keys |= _keys_of_model(part, f"{prefix}{name}.")
    return keys
