"""The compiled dialplan does what the interpreter does, and lets nothing of the caller's into an argument."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app.commands.menu import command
from ivr.dialplan import compile_dialplan
from ivr.interpreter import (
    BookCallback,
    Digits,
    Done,
    Gather,
    HangUpCall,
    Input,
    NotServed,
    Play,
    Record,
    Step,
    Timeout,
    ToQueue,
    start,
    step,
)
from ivr.menu import Menu
from ivr.menu_loader import MENUS
from tests.unit.ivr.dialplan_evaluator import Dialplan, Heard, Keys
from tests.unit.ivr.menus import DIRECT, EVERYTHING, FULL

PROMPTS = "/opt/prompts"
COMPILED = {menu.name: compile_dialplan(menu, prompt_path=PROMPTS) for menu in (FULL, DIRECT, EVERYTHING)}
MONDAY = datetime(2026, 9, 28, tzinfo=UTC)
MOMENTS = st.integers(0, 7 * 24 * 60 - 1).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
KEYS = st.lists(st.sampled_from([None, *"0123456789*#ABCD"]), max_size=40)


def pressing(keys: list[str | None]) -> Keys:
    """The keys one after another, then silence."""
    source: Iterator[str | None] = iter(keys)
    return lambda: next(source, None)


def interpreted(menu: Menu, press: Keys, now: datetime, *, says_something: bool, hidden: bool) -> Heard:
    """What the interpreter makes of the same call while tickets cannot be looked up."""
    heard = Heard(says_something=says_something)
    current = start(menu, now, tickets_available=False)
    while not heard.end:
        heard.keys += [(key.node, key.key) for key in current.keys]
        given_back = _carry_out(current, heard, press, hidden=hidden)
        if given_back is not None:
            current = step(menu, current.state, given_back)
    return heard


def _carry_out(current: Step, heard: Heard, press: Keys, *, hidden: bool) -> Input | None:
    match current.command:
        case Gather(prompts, most, timeout_s):
            assert most == 1
            heard.prompts += prompts
            heard.timeouts.append(timeout_s)
            key = press()
            return Timeout() if key is None else Digits(key.replace("#", ""))
        case Play(prompts):
            heard.prompts += prompts
        case Record(max_s, silence_s):
            heard.recorded.append(f"{current.state.node},{silence_s},{max_s}")
            return Done() if heard.says_something else NotServed()
        case BookCallback() if hidden:
            return NotServed()
        case BookCallback():
            heard.callbacks.append(current.state.node)
        case ToQueue(category, language):
            heard.end = "queue"
            heard.variables = {"HOTLINE_CATEGORY": category, "HOTLINE_LANGUAGE": language}
            return None
        case HangUpCall():
            heard.end = "hangup"
            return None
        case other:
            raise AssertionError(f"not to be had without a database: {other}")
    return Done()


def compare(
    menu: Menu, keys: list[str | None], now: datetime, *, says_something: bool = True, hidden: bool = False
) -> Heard:
    dialplan = Dialplan(COMPILED[menu.name])
    compiled = dialplan.call(pressing(keys), now, says_something=says_something, hidden=hidden)
    direct = interpreted(menu, pressing(keys), now, says_something=says_something, hidden=hidden)
    assert [prompt.removeprefix(f"{PROMPTS}/") for prompt in compiled.prompts] == direct.prompts
    assert compiled.keys == direct.keys
    assert [line for line in compiled.journal if line.startswith("HOTLINE_KEY")] == [
        f"HOTLINE_KEY,{node}/{key}" for node, key in direct.keys
    ]
    assert compiled.recorded == direct.recorded
    assert (compiled.timeouts, compiled.callbacks, compiled.end) == (direct.timeouts, direct.callbacks, direct.end)
    for name, value in direct.variables.items():
        assert compiled.variables[name] == value
    return compiled


@given(st.sampled_from([FULL, DIRECT, EVERYTHING]), KEYS, MOMENTS, st.booleans(), st.booleans())
def test_interpreter_and_dialplan_are_one_menu(
    menu: Menu, keys: list[str | None], now: datetime, says_something: bool, hidden: bool
) -> None:
    compare(menu, keys, now, says_something=says_something, hidden=hidden)


@pytest.mark.parametrize(
    ("clock", "open_"),
    [("08:29", False), ("08:30", True), ("11:59", True), ("12:00", False), ("17:29", True), ("17:30", False)],
)
def test_both_open_and_close_in_the_same_minute(clock: str, open_: bool) -> None:
    now = datetime.fromisoformat(f"2026-09-28T{clock}+08:00")
    assert (f"{PROMPTS}/zh-CN/main-menu" in compare(EVERYTHING, [], now).prompts) is open_


@pytest.mark.parametrize("key", "0123456789*#ABCD")
def test_each_single_key_of_the_full_menu_does_the_same_in_both(key: str) -> None:
    assert compare(FULL, [key], MONDAY).keys[0] == ("main", key)


@pytest.mark.parametrize(
    ("key", "category"), [("1", "consult"), ("2", "suggestion"), ("3", "complaint"), ("4", "help"), ("0", "")]
)
def test_a_key_reaches_the_queue_with_its_category(key: str, category: str) -> None:
    heard = Dialplan(COMPILED["full"]).call(pressing([key]), MONDAY)
    assert (heard.end, heard.variables["HOTLINE_CATEGORY"]) == ("queue", category)


def test_a_chosen_language_is_spoken_told_and_set_for_the_queue() -> None:
    heard = compare(FULL, ["8", "1"], MONDAY)
    assert heard.prompts[-1] == f"{PROMPTS}/en/transferring"
    assert (heard.variables["HOTLINE_LANGUAGE"], heard.variables["CHANNEL(language)"]) == ("en", "en")
    assert heard.languages == ["en"]
    assert "HOTLINE_LANGUAGE,en" in heard.journal


def test_ticket_progress_leads_to_an_operator_because_there_is_no_database() -> None:
    heard = Dialplan(COMPILED["full"]).call(pressing(["5"]), MONDAY)
    assert heard.end == "queue"
    assert f"{PROMPTS}/zh-CN/progress-unavailable" in heard.prompts


SUNDAY = MONDAY + timedelta(days=6)


def test_a_message_is_recorded_and_the_call_ends() -> None:
    heard = compare(EVERYTHING, ["1"], SUNDAY)
    assert (heard.end, heard.recorded) == ("hangup", ["speak,4,60"])


def test_whoever_says_nothing_after_the_tone_gets_an_operator() -> None:
    heard = compare(EVERYTHING, ["1"], SUNDAY, says_something=False)
    assert (heard.end, heard.recorded) == ("queue", ["speak,4,60"])


def test_a_callback_is_booked_and_the_call_ends() -> None:
    heard = compare(EVERYTHING, ["2"], SUNDAY)
    assert (heard.end, heard.callbacks) == ("hangup", ["ring-back"])


def test_whoever_hides_the_number_cannot_be_called_back_and_gets_an_operator() -> None:
    heard = compare(EVERYTHING, ["2"], SUNDAY, hidden=True)
    assert (heard.end, heard.callbacks) == ("queue", [])


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_only_our_own_variables_are_ever_read_and_the_key_always_quoted(name: str) -> None:
    text = COMPILED[name]
    allowed = {"HOTLINE_KEY", "HOTLINE_SAY", "HOTLINE_ASKED", "HOTLINE_ATTEMPT", "READSTATUS"}
    allowed |= {"HOTLINE_SAID", "HOTLINE_HIDDEN"}
    assert set(re.findall(r"\$\{(\w+)", text)) <= allowed
    in_expressions = [part for part in re.findall(r"\$\[.*?\]", text) if "HOTLINE_KEY" in part or "READSTATUS" in part]
    assert all(re.match(r'\$\["\$\{\w+\}" !?= "[^"]*"\]', part) for part in in_expressions)


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_it_starts_by_lifting_the_time_limit(name: str) -> None:
    assert COMPILED[name].startswith(f"[hotline-menu-{name}]\nexten => s,1,Set(TIMEOUT(absolute)=0)\n")


@pytest.mark.parametrize("path", ["/opt/my prompts", "/opt/${EXTEN}", "/opt/a&b", "a,b", ""])
def test_a_prompt_path_that_means_something_to_the_dialplan_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="safe"):
        compile_dialplan(DIRECT, prompt_path=path)


def test_the_command_prints_the_dialplan() -> None:
    result = CliRunner().invoke(command, ["compile", str(MENUS / "full.yaml"), "--prompt-path", PROMPTS])
    assert (result.exit_code, result.stdout) == (0, COMPILED["full"])
