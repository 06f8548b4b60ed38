"""Menu files: the shipped ones pass, and every kind of mistake is reported with its line, all of them at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.menu import Choose, Queue
from ivr.menu_loader import MENUS, MenuError, load_menu, read_menu, shipped_menu

HEAD = "name: town\nstart: welcome\noperator: operator\n"
OPERATOR = "  operator: {kind: queue}\n"
WELCOME = "  welcome: {kind: say, prompts: [greeting], next: operator}\n"
KNOWN = {"zh-CN": ["greeting", "main-menu", "thanks"], "en-US": ["greeting"]}


def problems(nodes: str, head: str = HEAD) -> list[str]:
    with pytest.raises(MenuError) as caught:
        load_menu(f"{head}nodes:\n{nodes}", source="town.yaml", known=KNOWN)
    return caught.value.problems


@pytest.mark.parametrize("path", sorted(MENUS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_menu_passes(path: Path) -> None:
    menu = load_menu(path.read_text(encoding="utf-8"), source=path.name)
    assert menu.name == path.stem


def test_the_full_menu_has_the_promised_keys() -> None:
    menu = shipped_menu("full")
    main = menu.nodes["main"]
    assert isinstance(main, Choose)
    assert list(main.keys) == ["1", "2", "3", "4", "5", "8", "9", "0", "*"]
    categories = {key: getattr(menu.nodes.get(target), "category", None) for key, target in main.keys.items()}
    assert categories == {
        "1": "consult",
        "2": "suggestion",
        "3": "complaint",
        "4": "help",
        "5": None,
        "8": None,
        "9": None,
        "0": "",
        "*": None,
    }


def test_the_direct_menu_asks_nothing() -> None:
    assert not any(isinstance(node, Choose) for node in shipped_menu("direct").nodes.values())


def test_a_small_sound_menu_loads() -> None:
    menu = load_menu(f"{HEAD}nodes:\n{WELCOME}{OPERATOR}", known=KNOWN)
    assert menu.nodes["operator"] == Queue(kind="queue")


def test_a_menu_may_bring_prompts_of_its_own() -> None:
    head = HEAD + "texts: {market-day: 今天赶集}\n"
    nodes = WELCOME.replace("greeting", "market-day") + OPERATOR
    assert load_menu(f"{head}nodes:\n{nodes}", known=KNOWN).texts == {"market-day": "今天赶集"}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (
            WELCOME + OPERATOR + "  attic: {kind: queue}\n",
            ["town.yaml:7: no key and no path leads to the node 'attic'"],
        ),
        (
            WELCOME.replace("greeting", "greting") + OPERATOR,
            ["town.yaml:5: the prompt 'greting' has no words in zh-CN"],
        ),
        (
            WELCOME.replace("next: operator", "next: operater") + OPERATOR,
            ["town.yaml:5: there is no node 'operater'; did you mean 'operator'?"],
        ),
        (
            "  welcome: {kind: say, prompts: [greeting], next: again}\n"
            "  again: {kind: say, prompts: [greeting], next: welcome}\n" + OPERATOR,
            ["town.yaml:5: endless loop without a key being pressed: welcome -> again -> welcome"],
        ),
        (
            "  welcome: {kind: choose, prompts: [greeting], keys: {1: operator}, silence: welcome, wrong: operator}\n"
            + OPERATOR,
            ["town.yaml:5: endless loop without a key being pressed: welcome -> welcome"],
        ),
        (
            "  welcome: {kind: say, prompts: [greeting], next: bye}\n  bye: {kind: hangup, prompts: [thanks]}\n"
            + OPERATOR,
            [
                "town.yaml:6: a call can end at 'bye' without a person, a message or a callback; lead it to a queue",
            ],
        ),
        (
            "  welcome: {kind: message, prompts: [greeting], next: bye}\n  bye: {kind: hangup}\n" + OPERATOR,
            ["town.yaml:6: a caller who presses nothing ends at 'bye' instead of with a person"],
        ),
        (
            WELCOME.replace("}", ", colour: red}") + OPERATOR,
            ["town.yaml:5: nodes.welcome.colour: unknown key"],
        ),
        (
            WELCOME.replace("say", "sing") + OPERATOR,
            [
                "town.yaml:5: `kind` must be one of say, choose, queue, progress, message, callback, language, hangup",
            ],
        ),
        (
            WELCOME + "  operator: {kind: queue, prompts: greeting}\n",
            ["town.yaml:6: nodes.operator.prompts: Input should be a valid tuple"],
        ),
    ],
)
def test_each_mistake_is_named_with_its_line(nodes: str, expected: list[str]) -> None:
    assert problems(nodes) == expected


def test_a_digit_given_twice_is_reported_beside_everything_else() -> None:
    nodes = """\
  welcome:
    kind: choose
    prompts: [greeting, nothing]
    keys:
      "1": operator
      2: nowhere
      "1": attic
      "2": operator
      "#": operator
    silence: operator
    wrong: operator
  operator: {kind: queue}
  attic: {kind: queue}
"""
    assert problems(nodes, HEAD + "colour: red\n") == [
        "town.yaml:4: colour: unknown key",
        "town.yaml:8: the prompt 'nothing' has no words in zh-CN",
        "town.yaml:11: there is no node 'nowhere'",
        "town.yaml:12: the key '1' is already given in line 10",
        "town.yaml:13: the key '2' is already given in line 11",
        "town.yaml:14: nodes.welcome.keys.#: String should match pattern '^[0-9*]$'",
        "town.yaml:18: no key and no path leads to the node 'attic'",
    ]


TWO_LANGUAGES = """\
  welcome: {kind: choose, prompts: [greeting], keys: {1: english, 2: menu}, silence: menu, wrong: menu}
  english: {kind: language, language: en-US, next: menu}
  menu: {kind: say, prompts: [main-menu], next: operator}
  operator: {kind: queue}
"""


def test_a_prompt_without_words_in_a_chosen_language_is_heard_in_chinese_and_remarked_on() -> None:
    _, remarks = read_menu(f"{HEAD}nodes:\n{TWO_LANGUAGES}", source="town.yaml", known=KNOWN)
    assert remarks == ["town.yaml:7: the prompt 'main-menu' has no words in en-US: it is heard in zh-CN"]


def test_prompts_are_wanted_in_chinese_whatever_other_languages_have_them() -> None:
    nodes = TWO_LANGUAGES.replace("main-menu", "market")
    assert problems(nodes) == [
        "town.yaml:7: the prompt 'market' has no words in en-US",
        "town.yaml:7: the prompt 'market' has no words in zh-CN",
    ]


def test_a_language_without_any_prompts_is_a_mistake() -> None:
    nodes = TWO_LANGUAGES.replace("en-US", "fr")
    assert problems(nodes) == ["town.yaml:7: the prompt 'main-menu' has no words in fr"]


def test_everything_of_the_shipped_menus_has_words_in_every_language() -> None:
    for path in MENUS.glob("*.yaml"):
        assert read_menu(path.read_text(encoding="utf-8"), source=path.name)[1] == []


def test_a_progress_node_wants_the_words_it_says_by_itself() -> None:
    nodes = (
        "  welcome: {kind: progress, prompts: [greeting], next: operator, wrong: operator, unavailable: operator}\n"
        + OPERATOR
    )
    assert "town.yaml:5: the prompt 'status-closed' has no words in zh-CN" in problems(nodes)


def test_the_operator_must_be_a_queue() -> None:
    head = HEAD.replace("operator: operator", "operator: welcome")
    assert problems(WELCOME + OPERATOR, head) == ["town.yaml:3: 'welcome' is a say node; it must be a queue"]


def test_wrong_hours_are_reported_with_the_rest() -> None:
    head = HEAD + 'hours: {open: {mon: ["9-17"]}, closed: welcome}\n'
    found = problems(WELCOME.replace("greeting", "greting") + OPERATOR, head)
    assert [problem.partition(": ")[0] for problem in found] == ["town.yaml:4", "town.yaml:6"]
    assert "'9-17' is not a time span" in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "menu.yaml:1: a menu needs `nodes`: each an id and what happens there"),
        ("- a\n- b\n", "menu.yaml:1: a menu needs `nodes`: each an id and what happens there"),
        ("name: [", "menu.yaml:1:"),
        ("name: x\nnodes: {a: *b}", "menu.yaml:2:"),
    ],
)
def test_text_that_is_no_menu_says_so(text: str, expected: str) -> None:
    with pytest.raises(MenuError) as caught:
        load_menu(text, source="menu.yaml")
    assert any(problem.startswith(expected) for problem in caught.value.problems)


FULL = (MENUS / "full.yaml").read_text(encoding="utf-8").splitlines()
LINES = st.sampled_from(
    [*FULL, "", "nodes: 7", "  main: [1, {a: 2}]", '      "7": 5', "hours: {open: {mon: [x]}}", "  ["]
)


@given(st.dictionaries(st.integers(0, len(FULL) - 1), LINES, min_size=1, max_size=6))
def test_a_mangled_menu_is_either_sound_or_refused_never_a_crash(changes: dict[int, str]) -> None:
    text = "\n".join(changes.get(number, line) for number, line in enumerate(FULL))
    complaints: list[str] = []
    try:
        operator = load_menu(text, source="full.yaml").nodes["operator"]
        assert isinstance(operator, Queue)
    except MenuError as error:
        complaints = error.problems
    assert all(complaint.startswith("full.yaml:") for complaint in complaints)
