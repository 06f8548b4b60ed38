"""The scenario tests of the regulations as data: reading them, and comparing what a run gave with what they expect."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
KEYS = {"refused", "article", "status", "limits", "late", "notices", "without", "once", "visible_to"}


@dataclass(frozen=True)
class ScenarioCase:
    """One scenario: what it is named after, what it shows, the scenario itself, and what each step must give."""

    name: str
    shows: str
    file: str
    scenario: Mapping[str, Any]
    expected: tuple[Mapping[str, Any], ...]


def load_cases() -> list[ScenarioCase]:
    """Every scenario test under this folder, one file per subject, one folder per profile."""
    return [case for file in sorted(HERE.glob("*/*.yaml")) for case in _cases(file)]


def _cases(file: Path) -> list[ScenarioCase]:
    data = yaml.safe_load(file.read_text("utf-8"))
    common = {"profile": file.parent.name, "units": data["units"]}
    return [_case(test, common, data.get("settings", {}), file) for test in data["tests"]]


def _case(test: Mapping[str, Any], common: Mapping[str, Any], settings: Mapping[str, Any], file: Path) -> ScenarioCase:
    steps = [{key: value for key, value in step.items() if key != "expect"} for step in test["steps"]]
    expected = tuple(step.get("expect", {}) for step in test["steps"])
    for one in expected:
        if unknown := set(one) - KEYS:
            raise ValueError(f"{file}: {test['test']}: unknown expectation {unknown}")
    scenario = {**common, "settings": test.get("settings", settings), "steps": steps}
    if not any(expected):
        raise ValueError(f"{file}: {test['test']}: expects nothing")
    return ScenarioCase(test["test"], test["shows"], str(file), scenario, expected)


def differences(expected: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """What a step gave that it should not have given, as sentences; empty when all is as expected."""
    refused = expected.get("refused")
    error = got["error"] or ""
    found: list[str] = []
    if got["ok"] is (refused is not None) or (refused and not error.startswith(f"{refused}: ")):
        found.append(f"expected {refused or 'no refusal'}, got {error or 'no refusal'}")
    found += [
        f"{key}: expected {expected[key]!r}, got {got[key]!r}"
        for key in ("article", "status")
        if key in expected and expected[key] != got[key]
    ]
    if "late" in expected and sorted(expected["late"]) != sorted(got["late"]):
        found.append(f"late: expected {expected['late']}, got {got['late']}")
    found += _limits(expected.get("limits", {}), got["limits"])
    found += _notices(expected, got["notices"])
    for role, view in expected.get("visible_to", {}).items():
        found += [
            f"{role} sees {what}: expected {seen}"
            for what, seen in view.items()
            if got["visible_to"][role][what] != seen
        ]
    return found


def _limits(expected: Mapping[str, str | None], got: Mapping[str, str | None]) -> list[str]:
    """A limit given as a day means that day's last second."""
    wanted = {name: None if day is None else f"{day}T23:59:59+08:00" for name, day in expected.items()}
    return [f"{name}: expected {at}, got {got[name]}" for name, at in wanted.items() if got[name] != at]


def _notices(expected: Mapping[str, Any], got: list[Mapping[str, str]]) -> list[str]:
    found = [
        f"no notice {wanted}, only {[(one['to'], one['kind'], one['text']) for one in got]}"
        for wanted in expected.get("notices", [])
        if not any(_fits(wanted, one) for one in got)
    ]
    told = [(one["to"], one["kind"]) for one in got]
    kinds = {kind for _, kind in told}
    found += [
        f"{to} is told {kind} twice"
        for to, kind in set(told)
        if kind in expected.get("once", []) and told.count((to, kind)) > 1
    ]
    return found + [f"an unexpected notice {kind}" for kind in expected.get("without", []) if kind in kinds]


def _fits(wanted: Mapping[str, str], one: Mapping[str, str]) -> bool:
    same = all(wanted[key] == one[key] for key in ("to", "kind") if key in wanted)
    return same and wanted.get("text", "") in one["text"]
