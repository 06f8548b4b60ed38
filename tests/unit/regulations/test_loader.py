"""Profiles: what is wrong in a file is named with its line; a city's own figures are demanded and checked."""

from pathlib import Path

import pytest

from app.matters.clock import Duration
from app.regulations.form.ending import Owed
from app.regulations.loader import (
    ProfileError,
    SettingsError,
    available,
    durations,
    load_profile,
    parse,
    read,
)
from app.regulations.rows import rows

YIXING = (Path(__file__).parents[3] / "app" / "regulations" / "yixing-2011.yaml").read_text("utf-8")
INFORM = "  - {within: 2 wd,"


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as caught:
        parse(text, "mycity.yaml")
    return caught.value.problems


def line_of(part: str, text: str = YIXING) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_five_profiles_come_with_the_product() -> None:
    assert available() == ["minhe-2018", "mudanjiang-2010", "shangrao", "town-2012", "yixing-2011"]


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("{within: 2 wd, article: art. 8(2)", "{within: 2 days, article: art. 8(2)", "inform.1.within", "is no limit"),
        ("  - {within: 2 wd, article: art. 8(2)}", "  - {within: 2 wd}", "inform.1.article", "is missing"),
        ("staff: 2,", "staff: 2, fax: true,", "unit_contacts.fax", "unknown key"),
        ("consult: {name", "gossip: {name", "categories.gossip.[key]", "Input should be"),
        ("to: [caller]\n    text: 您所", "to: [mayor]\n    text: 您所", "notices.3.to", "cannot be told"),
        ("办理，其联系方式是12388", "办理{phone}", "notices.3.text", "field that is not known"),
        ("id: yixing-2011", "id: Yixing 2011", "id", "pattern"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line(old: str, new: str, key: str, message: str) -> None:
    assert old in YIXING
    text = YIXING.replace(old, new)
    (problem,) = [one for one in problems_of(text) if f" {key}: " in one]
    assert problem.startswith("mycity.yaml:")
    assert message in problem


def test_the_line_is_the_line_of_the_entry() -> None:
    text = YIXING.replace(INFORM, "  - {within: 2 days,")
    (problem,) = problems_of(text)
    assert problem.startswith(f"mycity.yaml:{line_of('  - {within: 2 days', text)}: inform.1.within: ")


def test_every_problem_is_reported_at_once() -> None:
    text = YIXING.replace(INFORM, "  - {within: 2 days,").replace("staff: 2,", "staff: 0,")
    assert len(problems_of(text)) == 2


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("{when: {category: [consult]}, within: 5 wd,", "{when: {category: [consult]}, within: ,", "report.1.within"),
        ("  within: $end_limit\n  article: art. 7(5)", "  within:\n  article: art. 7(5)", "close.within"),
    ],
)
def test_a_figure_left_blank_is_no_silent_lack_of_a_limit(old: str, new: str, key: str) -> None:
    text = YIXING.replace(old, new)
    (problem,) = problems_of(text)
    assert problem.startswith(f"mycity.yaml:{line_of(new, text)}: {key}: is left blank")


def test_a_list_of_rules_must_end_with_one_for_every_ticket() -> None:
    last = "  - {owed: required, within: $end_limit, before_report: true, article: art. 7(4)}\n"
    assert last in YIXING
    text = YIXING.replace(last, "")
    (problem,) = problems_of(text)
    line = line_of("follow_up:\n", text)
    assert problem.startswith(f"mycity.yaml:{line}: follow_up: the last rule must cover every ticket")


def test_every_category_and_action_has_its_entry() -> None:
    text = YIXING.replace("  accept: {by: [unit, unit_head, discipline], article: art. 8(1)}\n", "")
    (problem,) = problems_of(text)
    assert problem == f"mycity.yaml:{line_of('actions:', text)}: actions: accept is missing"


def test_a_key_given_twice_is_refused() -> None:
    (problem,) = problems_of(YIXING + "\nnear: {working_days: 1, hour: 9, article: art. 7(7)}\n")
    assert "already given" in problem


def test_a_figure_that_is_not_declared_is_refused() -> None:
    (problem,) = problems_of(YIXING.replace(INFORM, "  - {within: $inform_days wd,"))
    assert "the figure $inform_days is not declared" in problem


def test_a_declared_figure_that_nothing_uses_is_refused() -> None:
    text = YIXING.replace("\nsettings:\n", "\nsettings:\n  spare: {about: 多余, article: art. 1}\n")
    (problem,) = problems_of(text)
    assert "settings.spare: no limit uses this figure" in problem


def test_the_blanks_of_shangrao_are_demanded_with_their_article() -> None:
    with pytest.raises(SettingsError) as caught:
        load_profile("shangrao", {"consult_days": 3})
    missing = caught.value.problems
    assert len(missing) == 2
    for name, problem in zip(("complaint_days", "max_days"), missing, strict=True):
        assert problem.startswith("shangrao.yaml:")
        assert f"settings.{name}: 必须由本市填写" in problem
        assert "art. 3(3)2" in problem


def test_the_citys_figures_become_limits() -> None:
    profile = load_profile("shangrao", {"consult_days": 3, "complaint_days": 7, "max_days": 15})
    assert [str(rule.within) for rule in profile.report] == ["3 wd", "15 wd", "7 wd"]
    assert not [one for _, one in durations(profile) if one.setting]


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        ({"consult_days": 20, "complaint_days": 7, "max_days": 15}, "20 wd is more than the ceiling 15 wd"),
        ({"consult_days": 0, "complaint_days": 7, "max_days": 15}, "须为1至366的整数"),
        ({"consult_days": 3, "complaint_days": 7, "max_days": 15, "spare": 1}, "settings.spare"),
    ],
)
def test_figures_that_do_not_fit_are_refused(figures: dict[str, int], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_profile("shangrao", figures)


def test_a_default_may_be_replaced_by_the_city() -> None:
    assert load_profile("mudanjiang-2010").supervise.within == Duration.parse("3 wd")
    assert load_profile("mudanjiang-2010", {"supervise_days": 5}).supervise.within == Duration.parse("5 wd")


def test_a_choice_is_one_of_its_values_and_has_a_default() -> None:
    assert [rule.owed for rule in load_profile("yixing-2011").follow_up][1] is Owed.NEVER
    chosen = load_profile("yixing-2011", {"life_follow_up": "required", "back_office_limit": "3 wd"})
    assert chosen.follow_up[1].owed is Owed.REQUIRED
    assert chosen.dispatch.limits[1].within == Duration.parse("3 wd")
    with pytest.raises(SettingsError, match="须为never、required之一"):
        load_profile("yixing-2011", {"life_follow_up": "sometimes"})
    assert any(
        "a choice needs its default" in problem for problem in problems_of(YIXING.replace("default: never,", ""))
    )


def test_a_city_of_its_own_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mycity.yaml"
    file.write_text(YIXING.replace("id: yixing-2011", "id: mycity"), "utf-8")
    assert load_profile(file).id == "mycity"
    assert load_profile(str(file)).id == "mycity"


def test_a_profile_that_is_nowhere_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"nowhere\.yaml: no such profile.*town-2012"):
        read(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("name", available())
def test_every_rule_cites_an_article_that_is_listed(name: str) -> None:
    """National documents aside, a rule's article is one of the original's, as the list of articles has it."""
    profile = read(name).profile
    listed = {article.article for article in profile.articles}
    cited = {row.article for row in rows(profile)} | {setting.article for setting in profile.settings.values()}
    assert {one for one in cited if one.startswith(("art.", "annex"))} - listed == set()
    assert {one for one in cited if not one.startswith(("art.", "annex"))} <= {
        "GB/T 33358-2016",
        "国办发〔2020〕53号",
        "国办函〔2025〕66号",
        "全国年节及纪念日放假办法",
    }
