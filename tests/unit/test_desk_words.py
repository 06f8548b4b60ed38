"""The desk has a Chinese word for whatever the service may call by an English one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from ami_bridge.operators import OperatorState
from app.calls.events import Kind
from app.matters.model import Action, Category, LimitName, Status
from app.tickets.actions import MODELS
from app.tickets.correction import CorrectArgs
from app.web.offers import PATHS

WORDS = (Path(__file__).parents[2] / "app/web/desk/src/shared/words.ts").read_text(encoding="utf-8")


def known(table: str) -> set[str]:
    [body] = re.findall(rf"export const {table}: Words = {{(.*?)}};", WORDS, re.DOTALL)
    return {quoted or plain for quoted, plain in re.findall(r'(?:"([^"]+)"|\b([a-z_]+)): "', body)}


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("CATEGORIES", Category),
        ("STATUSES", Status),
        ("LIMITS", LimitName),
        ("EVENTS", Kind),
        ("ACTIONS", Action),
        ("STATES", OperatorState),
    ],
)
def test_every_name_has_a_word(table: str, names: Iterable[StrEnum]) -> None:
    assert {name.value for name in names} <= known(table)


def test_every_action_and_every_field_of_its_form_has_a_word() -> None:
    assert {*PATHS, "correct"} <= known("ACTIONS")
    fields = {name for path, action in PATHS.items() for name in MODELS[action].model_fields}
    assert fields | set(CorrectArgs.model_fields) <= known("FIELDS")
