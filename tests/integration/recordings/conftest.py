"""The real speech model, and known sentences in three voices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from app.demo.speech import FOLDER as DEMO
from app.setup.models import model_path
from ivr.prompts import SHIPPED, load_catalogue


@pytest.fixture(scope="session")
def model() -> Path:
    """The default model; fails with the command that fetches it when it is not there."""
    return model_path()


@pytest.fixture(scope="session")
def spoken() -> Mapping[str, tuple[Path, str]]:
    """Audio and words by name: the prompts, and what the parties of the demonstration say, by role."""
    prompts = load_catalogue()["zh-CN"].values()
    parties = yaml.safe_load((DEMO / "texts.yaml").read_text(encoding="utf-8"))
    return {
        **{prompt.id: (SHIPPED / prompt.sound, prompt.text) for prompt in prompts},
        **{role: (DEMO / f"{role}.wav", text) for role, text in parties.items()},
    }
