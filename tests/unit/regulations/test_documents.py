"""The generated documents are current, every article of the originals is listed, and every named test exists."""

import re
from pathlib import Path

import pytest

from app.regulations.diff import diff
from app.regulations.loader import available, read
from app.regulations.rows import rows
from app.rulebook.docs import documents
from app.tickets.refusal import RULES
from tests.scenario.regulations.cases import load_cases

ROOT = Path(__file__).parents[3]


def numbered(prefix: str, *numbers: int | range) -> list[str]:
    """Articles such as art. 7(1) ... art. 7(7)."""
    flat = [n for one in numbers for n in (one if isinstance(one, range) else (one,))]
    return [f"art. {prefix}({n})" for n in flat]


OUTLINES = {
    "yixing-2011": [
        *("art. 1", "art. 2", "art. 3", "art. 4"),
        *numbered("5", range(1, 3)),
        *numbered("6", range(1, 6)),
        *numbered("7", range(1, 8)),
        *(f"art. 7(3){n}" for n in range(1, 6)),
        *numbered("8", range(1, 5)),
        *("art. 9", "art. 10"),
    ],
    "mudanjiang-2010": [
        *(f"art. {n}" for n in range(1, 10)),
        *numbered("10", range(1, 12)),
        *(f"art. {n}" for n in range(11, 18)),
    ],
    "minhe-2018": ["art. 1", *numbered("2", range(1, 5)), "art. 3", "art. 4", "annex"],
    "shangrao": [
        *numbered("1", range(1, 4)),
        *numbered("2", range(1, 3)),
        *(f"art. 2(3){n}" for n in range(1, 4)),
        "art. 3(1)",
        *(f"art. 3(2){n}" for n in range(1, 4)),
        *(f"art. 3(3){n}" for n in range(1, 4)),
        *numbered("4", 1, 2),
        *(f"art. 4(2){n}" for n in range(1, 4)),
        *(f"art. 4(3){n}" for n in range(1, 4)),
        "art. 4(4)",
        "art. 5(1)",
        *(f"art. 5(2){n}" for n in range(1, 4)),
        *(f"art. 5(3){n}" for n in range(1, 4)),
        *numbered("6", range(1, 3)),
        *(f"art. 6(3){n}" for n in range(1, 3)),
        *numbered("7", range(1, 4)),
    ],
    "town-2012": [
        *numbered("1", range(1, 6)),
        *numbered("2", range(1, 7)),
        *numbered("3(1)1", 1, 2),
        *numbered("3(1)2", range(1, 5)),
        *numbered("3(1)3", 1, 2),
        *("art. 3(1)4", "art. 3(1)5", "art. 3(1)6", "art. 3(2)"),
        "art. 4(1)",
        *(f"art. 4(2){n}" for n in range(1, 11)),
    ],
}


@pytest.mark.parametrize("name", available())
def test_every_article_of_the_original_is_listed(name: str) -> None:
    listed = [article.article for article in read(name).profile.articles]
    assert sorted(listed) == sorted(OUTLINES[name])


@pytest.mark.parametrize("name", available())
def test_every_test_that_an_article_names_exists_and_is_named_by_an_article(name: str) -> None:
    exist = {case.name for case in load_cases() if case.name.startswith(f"{name} ")}
    named = {test for article in read(name).profile.articles for test in article.tests}
    assert named == exist


@pytest.mark.parametrize("name", available())
def test_the_document_says_of_every_article_whether_it_is_run_told_or_left_to_people(name: str) -> None:
    """One row each; the tests it names are tests that exist, and what is not run says why."""
    table = documents()["regulations.md"].partition(f"### Articles of {name}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| a")
    ]
    written = {row[0]: row for row in rows[1:]}
    exist = {case.name for case in load_cases()}
    for article in OUTLINES[name]:
        _, _, how, why = written[article]
        tests = set(re.findall(r"test `([^`]+)`", why))
        assert tests <= exist
        assert bool(tests) == (how in ("run", "told")), article
        assert how != "left to people" or why


@pytest.mark.parametrize("name", ["regulations.md", "states.md"])
def test_the_generated_document_is_current(name: str) -> None:
    current = documents()[name]
    assert (ROOT / "docs" / name).read_text("utf-8") == current, "run: hotline regulation docs --write docs"


def test_the_document_names_every_rule_that_refuses() -> None:
    text = documents()["regulations.md"]
    assert [rule for rule in RULES if f"| `{rule}` |" not in text] == []


def test_two_cities_differ_where_their_rules_differ() -> None:
    found = {(one.subject, one.label): one for one in diff(read("yixing-2011").profile, read("town-2012").profile)}
    back = found["return", ""]
    assert back.left is not None
    assert back.right is not None
    assert back.left.text == "within 2 wd; needs reason; consent yes"
    assert back.right.text == "within 1 wd; needs reason"
    assert found["report", "category consult"].right is None
    assert ("national.answer_within_seconds", "") not in found


def test_a_city_does_not_differ_from_itself() -> None:
    profile = read("shangrao").profile
    assert diff(profile, profile) == []
    assert "[consult_days] wd" in next(row.text for row in rows(profile) if row.subject == "report")
