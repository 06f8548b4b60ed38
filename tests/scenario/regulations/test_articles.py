"""Each article that asks something of software, shown by a scenario run from outside."""

import json

import pytest

from app.rulebook.scenario import parse_scenario, run_scenario
from tests.scenario.regulations.cases import ScenarioCase, differences, load_cases

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_article(case: ScenarioCase) -> None:
    text = json.dumps(case.scenario, ensure_ascii=False, indent=1)
    result = run_scenario(parse_scenario(text, case.file))
    found = [
        f"step {number} ({got['do']} at {got['at']}): {difference}"
        for number, (expected, got) in enumerate(zip(case.expected, result["steps"], strict=True), 1)
        for difference in differences(expected, got)
    ]
    assert not found, f"{case.name}: {case.shows}\n" + "\n".join(found)
