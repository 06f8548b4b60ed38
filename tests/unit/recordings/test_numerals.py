"""Numbers that people read as digits become digits; everything that only looks like a number stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.numerals import readable

WRITTEN = {
    "一百二十三": "123",
    "交了三千五百块": "交了3500块",
    "三万五千": "35000",
    "一千零五": "1005",
    "两千块钱": "2000块钱",
    "三百万": "300万",
    "三亿五千万": "3.5亿",
    "二十多天": "20多天",
    "第十二条": "第12条",
    "二十四小时": "24小时",
    "一三八零零一三八零零零": "13800138000",
    "幺幺零": "110",
    "一二三四五热线": "12345热线",
    "二零二四年三月五号": "2024年3月5号",
    "十月一日": "10月1日",
    "下午三点": "下午3点",
    "上午十点半": "上午10点半",
    "两点半": "2点半",
    "八点四十": "8点40",
    "五点十分": "5点10分",
    "十点零五分": "10点05分",
    "百分之五十": "50%",
    "百分之三点五": "3.5%",
    "三点五公里": "3.5公里",
    "八栋三单元五零二室": "8栋3单元502室",
    "一号楼": "1号楼",
    "十一楼": "11楼",
    "十一点半": "11点半",
    "第十一条": "第11条",
    "十一个人": "11个人",
    "十一路公交": "11路公交",
    "三一二国道": "312国道",
    "一二三室": "123室",
    "一三五路": "135路",
    "密码是一二三四": "密码是1234",
    "周一十点半": "周一10点半",
    "一二三四五": "12345",
    "腊月的二十三个人": "腊月的23个人",
}
LEFT = [
    "一下",
    "一个",
    "等一下",
    "万一",
    "千万别",
    "十分感谢",
    "三方通话",
    "快一点",
    "有一点",
    "晚上一点都不安静",
    "十几个",
    "几十万",
    "数百人",
    "数十万",
    "七八十",
    "三四百",
    "十六七岁",
    "三三两两",
    "一五一十",
    "十全十美",
    "二百五",
    "百分之百",
    "百分百",
    "三分之一",
    "十二分之一",
    "十字路口",
    "十一假期",
    "九一八",
    "五十步笑百步",
    "成千上万",
    "三五天",
    "一室一厅",
    "星期二",
    "五一路",
    "二十大",
    "星期一二三",
    "星期一三五",
    "周二四六日",
    "周一到周三五",
    "礼拜一二三",
    "初一十五",
    "初一初二初三",
    "正月十五",
    "腊月二十三",
    "农历八月十五",
    "大年三十",
    "三十晚上",
    "百分之十几",
    "百分之二十多",
    "百分之几十",
    "十一放假",
    "十一出去",
    "双十一",
    "五一放假",
    "三八妇女节",
    "八一建军节",
    "一三五限行",
    "二四六限行",
    "尾号一六限行",
    "三七二十一",
    "七上八下",
    "三十而立",
    "三六九等",
    "千儿八百",
    "一二三开始",
    "一二三四数一遍",
    "一二三四五六七",
    "一二三产业",
    "三四五号楼",
    "一二号楼",
    "三四五月份",
    "七八月十号",
    "三四点钟",
    "下午三四点",
    "八九点半",
    "十月二三号",
    "一九九几年",
    "二十几个",
    "十几二十个",
]


@pytest.mark.parametrize("spoken", WRITTEN)
def test_a_certain_number_is_written_as_digits(spoken: str) -> None:
    assert readable(spoken) == WRITTEN[spoken]


@pytest.mark.parametrize("spoken", LEFT)
def test_what_only_looks_like_a_number_is_left_alone(spoken: str) -> None:
    assert readable(spoken) == spoken


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿点分月号年个百分之几，", max_size=20))
def test_any_text_is_survived_and_once_is_enough(text: str) -> None:
    assert readable(readable(text)) == readable(text)
