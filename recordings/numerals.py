"""Chinese numerals that a person would write as digits, as digits. Pure and conservative: when in doubt, leave it.

Rewritten: digit strings of three and more (一三八零 -> 1380), numbers of two and more characters with a unit
(一百二十三 -> 123, 三百万 -> 300万), percentages, decimals before a measure, dates, times of day, house numbers.
Left alone: single characters (一下, 三方通话, 十分), 万一, approximate numbers (七八十, 几十万, 三四点), days by name
(星期一三五, 初一十五, 十一), what is counted or listed (一二三, 一三五限行, 三四五号楼), and idioms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import cn2an

_DIGITS = "零〇一幺二三四五六七八九"
_DIGIT_VALUES = str.maketrans(_DIGITS, "001123456789")
_UNITS = "十百千万亿"
_NUMERAL = f"[{_DIGITS}两{_UNITS}]"
_ONE_TO_NINE = "一二三四五六七八九"
_SMALL = f"[{_ONE_TO_NINE}十]"
_HOUR = f"[{_ONE_TO_NINE}两十]{{1,3}}"
_MINUTES = f"[二三四五]十[{_ONE_TO_NINE}]?|十[{_ONE_TO_NINE}]|{_NUMERAL}{{1,3}}(?=分)"

# Fixed expressions that hold what looks like a number.
_IDIOMS = (
    "一五一十|十全十美|五十步笑百步|三十六计|七十二变|七十二行|十有八九|十之八九|八九不离十|二百五|三百六十行|"
    "九九八十一|三七二十一|十万火急|十万八千里|百分百|百里挑一|千方百计|千万|万一|成千上万|一百八十度大转弯|九一八|一二九|"
    "十三陵|十[八九]大|二十大|三十而立|四十不惑|五十知天命|一千零一夜|三六九等|千儿八百|万儿八千|三十晚上|双十[一二]"
)
_TENS = f"(?:[二三]?十[{_ONE_TO_NINE}]?)"
# Days by their names: of the week, of the moon, and the National Day, which no counted thing follows.
_NAMED_DAYS = (
    f"(?:星期|礼拜|周)[{_ONE_TO_NINE}日天]{{1,7}}"
    f"|初[{_ONE_TO_NINE}十](?:和?{_TENS})?"
    f"|(?:大年|正月|冬月|腊月|(?:农历|阴历|旧历)(?:[{_ONE_TO_NINE}十]{{1,2}}月)?)(?:{_TENS}|廿[{_ONE_TO_NINE}]?)"
    f"|(?<![第{_DIGITS}两{_UNITS}])十一(?![{_DIGITS}两{_UNITS}点楼路号月日个岁元块层栋幢单年天人米平方斤公里度分秒次条户间家"
    "只位名小起种项台套届吨份期排座中院局厂校班组辆张本栏片处章节门面街弄巷村室支连倍多来几])"
)
# A list of digits names one thing before these: a room, a road, a hospital.
_ONE_THING = re.compile("室|房间|路|国道|省道|县道|医院|厂|热线")
_NUMBER_FOLLOWS = re.compile("(?:号码|电话|密码|车牌|工号)(?:号|是|为)*$")
_LISTED = 3
_MEASURES = "公里|千米|平方|平米|米|厘米|毫米|元|块|万|亿|倍|度|吨|公斤|斤|升|小时|个百分点"
# All of two characters: a look-behind has a fixed width.
_PART_OF_DAY = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里"
_PATTERN = re.compile(
    f"(?:{_IDIOMS}|{_NAMED_DAYS})"
    f"|百分之{_NUMERAL}+[几多来]"
    f"|百分之(?P<percent>{_NUMERAL}+(?:点[{_DIGITS}]+)?)"
    f"|(?P<month>{_SMALL}{{1,2}})月(?P<day>{_SMALL}{{1,3}})(?=[日号])"
    f"|(?P<hour>{_HOUR})点(?P<minute>{_MINUTES})"
    f"|(?P<clock>{_HOUR})(?=点(?:半|钟|整))"
    f"|(?<={_PART_OF_DAY})(?P<oclock>{_HOUR})(?=点(?![都也儿]))"
    f"|(?P<decimal>{_NUMERAL}+点[{_DIGITS}]{{1,3}})(?={_MEASURES})"
    f"|(?P<house>{_NUMERAL}+)(?=号楼|号院|号线|单元|栋)"
    f"|(?P<run>{_NUMERAL}+)(?!分之)"
)


def readable(text: str) -> str:
    """`text` with the numbers in it written as digits where that is certain."""
    return _PATTERN.sub(_rewritten, text)


def digits_only(text: str) -> bool:
    """Whether `text` is nothing but spoken digits, as in a telephone number."""
    return bool(text) and all(character in _DIGITS for character in text)


def _rewritten(match: re.Match[str]) -> str:
    """One match as digits, or as it stands when it is an idiom or no well-formed number after all."""
    rule = _RULES.get(match.lastgroup or "idiom")
    return (rule and rule(match)) or match.group()


def _joined(*parts: str | None) -> str | None:
    return None if None in parts else "".join(part for part in parts if part)


def _run(match: re.Match[str]) -> str | None:
    run = match.group()
    before, after = match.string[: match.start()], match.string[match.end() :]
    approximate = before.endswith("几") or after.startswith("几") or (run[0] in _UNITS and before.endswith("数"))
    if len(run) == 1 or approximate or (digits_only(run) and len(run) == 2):
        return None
    if _is_list(run) and not _ONE_THING.match(after) and not _NUMBER_FOLLOWS.search(before):
        return None
    return _number(run)


def _is_list(run: str) -> bool:
    """Whether digits are counted (一二三, 一二三四五六) or listed (一三五): 一二三四五 alone is the hotline."""
    if not set(run) <= set(_ONE_TO_NINE) or len(run) < _LISTED:
        return False
    steps = {_ONE_TO_NINE.index(b) - _ONE_TO_NINE.index(a) for a, b in pairwise(run)}
    return (steps == {1} and run != "一二三四五") or (len(run) == _LISTED and steps in ({2}, {3}))


def _single(numeral: str) -> str | None:
    """A month, day, hour or house: two digits without 十 are two of them (三四点, 一二号楼)."""
    if len(numeral) > 1 and numeral[0] not in "零〇" and digits_only(numeral):
        return _number(numeral) if len(numeral) >= _LISTED and not _is_list(numeral) else None
    return _number(numeral)


def _decimal(text: str) -> str | None:
    whole, _, part = text.partition("点")
    value = _number(whole)
    if value is None or not part:
        return value
    return f"{value}.{part.translate(_DIGIT_VALUES)}"


def _number(numeral: str) -> str | None:
    """The digits of a well-formed numeral; None for anything that is none, such as 七八十."""
    if digits_only(numeral):
        return numeral.translate(_DIGIT_VALUES)
    if numeral == "两":
        return "2"
    if numeral[0] in _UNITS[1:] or numeral.endswith("零") or not set(numeral) & set(_UNITS):
        return None
    try:
        return _shortest(int(cn2an.cn2an(numeral, "smart")))
    except (ValueError, KeyError):  # KeyError: cn2an 0.5.24 looks up the unit below 亿 in 一亿一
        return None


def _shortest(value: int) -> str:
    """Round ten thousands keep their unit: 300万 reads better than 3000000."""
    if value >= 10**8 and value % 10**7 == 0:
        return f"{value / 10**8:g}亿"
    if 10**4 <= value < 10**8 and value % 10**4 == 0:
        return f"{value // 10**4}万"
    return str(value)


# By the last group of the pattern that matched; an idiom has none.
_RULES: dict[str, Callable[[re.Match[str]], str | None]] = {
    "percent": lambda match: _joined(_decimal(match["percent"]), "%"),
    "day": lambda match: _joined(_single(match["month"]), "月", _single(match["day"])),
    "minute": lambda match: _joined(_single(match["hour"]), "点", _single(match["minute"])),
    "clock": lambda match: _single(match["clock"]),
    "oclock": lambda match: _single(match["oclock"]),
    "decimal": lambda match: _decimal(match["decimal"]),
    "house": lambda match: _single(match["house"]),
    "run": _run,
}
