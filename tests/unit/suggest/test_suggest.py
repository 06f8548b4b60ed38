"""Suggestions from what was said: the citizen's words, the unit in charge, the place, tickets on the same matter."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.tickets.suggest import Other, answer, draft, duplicates, place, similarity, title, units
from app.units.model import Unit

AT = datetime(2026, 9, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
WATER = Unit("water", "水务局", keywords=("停水", "自来水"), remit="供水、排水，污水处理")
ORDER = Unit("urban-management", "城市管理局", keywords=("占道", "垃圾"))
GONE = Unit("gone", "自来水公司", keywords=("停水",), active=False)
DIRECTORY = (ORDER, WATER, GONE)
BURST = "人民路8号门口的自来水管爆了，整个小区停水两天没人管"


def test_the_draft_is_what_the_citizen_said_and_nobody_else() -> None:
    turns = [
        {"role": "operator", "text": "您好，请讲。"},
        {"role": "citizen", "text": "我家停水了。"},
        {"role": "unit", "text": "马上派人。"},
        {"role": "citizen", "text": " "},
        {"role": "citizen", "text": "已经两天了。"},
    ]
    assert draft(turns) == "我家停水了。\n已经两天了。"
    assert draft([]) == ""


def test_the_unit_whose_words_were_said_is_suggested_with_the_words() -> None:
    (guess,) = units(BURST, DIRECTORY)
    assert guess.unit == "water"
    assert guess.confidence > 0.75
    assert {"停水", "自来水"} < set(guess.because)


def test_more_words_make_a_unit_likelier_and_a_name_most_of_all() -> None:
    one = units("停水了", DIRECTORY)[0].confidence
    two = units("停水了，自来水黄的", DIRECTORY)[0].confidence
    named = units("请转水务局，停水了", DIRECTORY)[0].confidence
    assert 0 < one < two < named < 1


def test_who_joined_the_call_is_suggested_although_no_word_fits() -> None:
    (guess,) = units("您好", DIRECTORY, joined=["urban-management"])
    assert (guess.unit, guess.because) == ("urban-management", ("three-way call",))


def test_nothing_said_suggests_nobody() -> None:
    assert units("您好，再见", DIRECTORY) == ()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("我住在人民路8号，停水了", "人民路8号"),
        ("反映解放大道的路灯不亮", "解放大道"),
        ("在阳光花园三号楼二单元这边", "阳光花园三号楼二单元"),
        ("就是白果巷有人占道", "白果巷"),
        ("我们李家村没有路灯", "李家村"),
        ("在中山路，是中山路120号，不是解放路", "中山路120号"),
        ("嗯那个和平街36号院的自来水管爆了", "和平街36号院"),
        ("我住祥和小区5号楼", "祥和小区5号楼"),
        ("停水和幸福小区有关", "幸福小区"),
        ("人民路和解放路交叉口红绿灯坏了", "人民路和解放路"),
        ("川口镇史纳村的路灯不亮", "川口镇史纳村"),
        ("我家在东关街道富强社区广场舞扰民", "东关街道富强社区"),
        ("你好我是建设路建材市场附近的居民", "建设路建材市场"),
        ("民和县川垣新区水岸华庭小区6号楼2单元电梯坏了", "民和县川垣新区水岸华庭小区6号楼2单元"),
    ],
)
def test_the_place_is_found_in_what_was_said(said: str, found: str) -> None:
    guess = place(said)
    assert guess is not None
    assert guess.text == found
    assert 0 < guess.confidence <= 0.9


@pytest.mark.parametrize(
    "said",
    [
        *("", "您好", "我要投诉", "道路不平", "我们整个小区", "咱们小区", "一个村的", "三个小区停电", "一条路坏了"),
        *("在回家路上", "沃尔玛超市门口", "我们村里面的路坏了"),
    ],
)
def test_where_no_place_is_named_none_is_found(said: str) -> None:
    assert place(said) is None


def test_a_house_number_makes_a_place_surer() -> None:
    bare, numbered = place("在人民路"), place("在人民路8号")
    assert bare is not None
    assert numbered is not None
    assert bare.confidence < numbered.confidence


def test_texts_are_as_alike_as_their_pairs_of_characters() -> None:
    assert similarity(BURST, BURST) == 1
    assert similarity("停水，两天", "停水两天") == 1
    assert similarity("停水", "噪音") == 0
    assert similarity("", "") == 0


def test_the_same_matter_at_the_same_place_is_offered_for_merging() -> None:
    same = Other("20260929-000001", "人民路自来水管爆了，小区停水没人管", "人民路8号", AT - timedelta(days=1))
    matter = Other("20260929-000002", "解放路自来水管爆了，小区停水没人管", "解放路1号", AT - timedelta(days=13))
    other = Other("20260929-000003", "广场舞半夜噪音扰民", "人民路8号", AT)
    found = duplicates(BURST, "人民路8号", AT, [other, matter, same])
    assert found[0].number == same.number
    assert found[0].same_place
    assert other.number not in {one.number for one in found}


def test_a_short_note_of_the_same_place_is_offered_and_another_matter_or_place_is_not() -> None:
    said = "喂你好我要反映一个问题我们住在幸福小区三号楼从昨天晚上开始停水到现在都没有来水老人小孩都没法做饭"
    others = [
        Other("1", "幸福小区停水", "", AT),
        Other("2", "幸福小区停水了，从昨晚停到现在，没法做饭", "幸福小区三号楼", AT),
        Other("3", "我们幸福小区的物业乱收费", "幸福小区", AT),
        Other("4", "解放路停水", "", AT),
        Other("5", said.replace("幸福小区三号楼", "和平路"), "", AT),
    ]
    assert {one.number for one in duplicates(said, "幸福小区三号楼", AT, others)} == {"1", "2"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("民和县水务局", "水务局不管"),
        ("县城市管理局", "城市管理局来人了"),
        ("无锡市市场监督管理局", "找市场监督管理局"),
        ("民和回族土族自治县教育局", "教育局说的"),
    ],
)
def test_a_unit_is_known_without_the_place_in_front_of_its_name(name: str, said: str) -> None:
    (guess,) = units(said, [Unit("u", name)])
    assert guess.confidence == 0.75


@pytest.mark.parametrize("name", ["城市管理局", "市场监督管理局"])
def test_what_only_looks_like_a_place_in_front_stays_part_of_the_name(name: str) -> None:
    assert units(name.removeprefix("城市").removeprefix("市"), [Unit("u", name)]) == ()


def test_what_was_long_ago_is_no_duplicate() -> None:
    old = Other("20260801-000001", BURST, "人民路8号", AT - timedelta(days=15))
    assert duplicates(BURST, "人民路8号", AT, [old]) == ()


def test_an_answer_is_suggested_when_a_unit_spoke_and_the_caller_judged() -> None:
    assert answer(["water"], "satisfied") == {"how": "three_way", "satisfaction": "satisfied"}
    assert answer(["water"], None) is None
    assert answer([], "satisfied") is None


@pytest.mark.parametrize(
    ("text", "because", "said"),
    [
        ("你好，我家住人民路。从昨晚开始停水，麻烦快修", ("停水",), "从昨晚开始停水"),
        ("停水" + "很久" * 40, ("停水",), ("停水" + "很久" * 40)[:40]),
        ("你好，请问", ("停水",), ""),
        ("从昨晚开始停水", (), ""),
        ("", ("停水",), ""),
    ],
)
def test_the_matter_in_one_line_is_the_clause_it_was_known_by(text: str, because: tuple[str, ...], said: str) -> None:
    assert title(text, because) == said
