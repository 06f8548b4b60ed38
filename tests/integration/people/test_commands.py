"""`hotline user`: accounts from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.commands.user import command

GOOD = "Dn7-kmv_Qw2"


@pytest.fixture
def run(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)

    def run_command(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(command, list(arguments), input=answer)

    return run_command


def accounts(run: Any) -> list[tuple[str, str, bool]]:
    listed = json.loads(run("list", "--json").stdout)
    return [(account["name"], account["role"], account["disabled_at"] is not None) for account in listed]


def test_a_person_is_added_with_a_password_that_is_asked_for_twice(run: Any) -> None:
    result = run("add", "zhang", "--role", "operator", "--operator", "op1001", answer=f"{GOOD}\n{GOOD}\n")
    assert result.exit_code == 0
    assert GOOD not in result.output
    assert accounts(run) == [("zhang", "operator", False)]


def test_bad_input_is_refused_with_the_reason_and_adds_nobody(run: Any) -> None:
    cases = {
        ("add", "zhang", "--role", "operator", "--password-stdin"): "not good enough",
        ("add", "zhang", "--role", "unit", "--password-stdin"): "needs a unit",
        ("add", "zhang", "--role", "boss", "--password-stdin"): "'boss' is not one of",
        ("password", "nobody", "--password-stdin"): "not good enough",
        ("disable", "nobody"): "no user 'nobody'",
        ("token", "nobody"): "no user 'nobody'",
    }
    for arguments, why in cases.items():
        result = run(*arguments, answer="short\n")
        assert (result.exit_code, result.stdout) == (2, ""), arguments
        assert why in result.stderr
    assert accounts(run) == []


def test_a_token_is_shown_once_and_revoked_by_its_number(run: Any) -> None:
    run("add", "zhang", "--role", "auditor", "--password-stdin", answer=f"{GOOD}\n")
    made = json.loads(run("token", "zhang", "--label", "reports", "--json").stdout)
    [entry] = json.loads(run("tokens", "zhang", "--json").stdout)
    assert (entry["id"], entry["label"]) == (made["id"], "reports")
    assert made["token"] not in json.dumps(entry)
    assert run("revoke", "zhang", str(made["id"])).exit_code == 0
    assert json.loads(run("tokens", "zhang", "--json").stdout) == []
    assert run("revoke", "zhang", str(made["id"])).exit_code == 2


def test_a_person_is_locked_out_and_let_in_again(run: Any) -> None:
    run("add", "zhang", "--role", "auditor", "--password-stdin", answer=f"{GOOD}\n")
    run("disable", "zhang")
    assert accounts(run) == [("zhang", "auditor", True)]
    run("enable", "zhang")
    assert accounts(run) == [("zhang", "auditor", False)]
