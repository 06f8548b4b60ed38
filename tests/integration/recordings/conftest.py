"""The real speech model, and known sentences spoken by the synthesiser's voices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.setup.models import model_path
from ivr.prompts import SHIPPED, load_catalogue


@pytest.fixture(scope="session")
def model() -> Path:
    """The default model; fails with the command that fetches it when it is not there."""
    return model_path()


@pytest.fixture(scope="session")
def spoken() -> Mapping[str, tuple[Path, str]]:
    """Prompts that ship: audio and words by id."""
    prompts = load_catalogue()["zh-CN"].values()
    return {prompt.id: (SHIPPED / prompt.sound, prompt.text) for prompt in prompts}
