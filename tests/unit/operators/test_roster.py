"""The roster: what cannot be one, how the settings begin it, and the copy on disk that a service starts from."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.operators.roster import Operator, Queue, Roster, Route, copy_path, of_settings, read_roster, write_copy
from app.settings import Settings, SettingsError, load_settings

GENERAL = Queue(name="hotline", title="综合")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"general": "other"}, "no general queue other"),
        ({"queues": (GENERAL, Queue(name="hot-line", title="x"))}, "the same name twice"),
        ({"queues": (GENERAL, Queue(name="a1", title="x", overflow_to="b1"))}, "which there is not"),
        (
            {
                "queues": (
                    GENERAL,
                    Queue(name="a1", title="x", overflow_to="b1"),
                    Queue(name="b1", title="x", overflow_to="a1"),
                )
            },
            "in a circle: a1 -> b1 -> a1",
        ),
        ({"routes": (Route(place=1, queue="nosuch"),)}, "nosuch"),
    ],
)
def test_a_roster_that_would_lose_callers_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Roster(**{"general": "hotline", "queues": (GENERAL,), **changes})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"name": "a1", "title": "x", "longest_wait": 60}, "need overflow_to"),
        ({"name": "a1", "title": "x", "overflow_to": "a1"}, "back to itself"),
        ({"name": "a1", "title": "x", "overflow_to": "hotline", "hours": {"mon-fri": ["25:00-26:00"]}}, "time span"),
        ({"name": "a1", "title": "a]\n[evil"}, "cannot stand"),
    ],
)
def test_a_line_that_cannot_be_a_queue_says_why(tmp_path: Path, line: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        load_settings(data_dir=tmp_path, queues=(line,))


def settings(data_dir: Path, *operators: str) -> Settings:
    lines = tuple({"id": name, "name": "张三"} for name in operators)
    return Settings.model_validate({"data_dir": data_dir, "operators": lines})


def test_without_a_copy_the_settings_begin_it_with_a_general_queue(tmp_path: Path) -> None:
    roster = read_roster(settings(tmp_path, "op1001"))
    assert ([one.id for one in roster.on_duty], [queue.name for queue in roster.queues]) == (["op1001"], ["hotline"])


def test_the_copy_is_what_a_service_starts_from_with_new_lines_and_without_the_retired(tmp_path: Path) -> None:
    kept = Roster(
        general="hotline",
        queues=(GENERAL, Queue(name="dialect", title="方言")),
        operators=(Operator(id="op1001", name="张三", retired=True), Operator(id="op2002", name="李四")),
    )
    write_copy(settings(tmp_path), kept)
    roster = read_roster(settings(tmp_path, "op1001", "op3003"))
    assert [one.id for one in roster.on_duty] == ["op2002", "op3003"]
    assert [queue.name for queue in roster.queues] == ["dialect", "hotline"]
    assert stat.S_IMODE(copy_path(settings(tmp_path)).stat().st_mode) == 0o600


def test_a_copy_that_cannot_be_read_is_no_reason_not_to_start(tmp_path: Path) -> None:
    copy_path(settings(tmp_path)).write_text('{"general": ')
    assert read_roster(settings(tmp_path, "op1001")) == of_settings(settings(tmp_path, "op1001"))
