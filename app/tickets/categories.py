"""What a caller wants (to ask, to suggest, to complain, to be helped), from how they say it. Pure; a person decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.matters.model import Category
from app.tickets.learnt import Classifier, likelihoods

# How a caller speaks who wants each of the four, and what each expression is worth.
_SPOKEN: Mapping[Category, Mapping[str, float]] = {
    Category.CONSULT: {
        "请问|咨询|想问|问一下|想了解|打听": 2.5,
        "怎么(?:办理|申请|领|申领|换|补|交|操作|提取|算|取|开|查)|如何": 1.5,
        "(?:什么|哪些|啥)(?:材料|手续|条件|要求|证|政策|规定|标准|意思)|要带什么|需要准备": 2.0,
        "多少钱|收不收|多长时间|多久|几天|几点|几号|几次|什么时候(?:开始|截止|发|打)|到账|在哪里?办|去哪里?": 1.2,
        "能不能(?:办|申请|领|报|提取|补|砍)|可不可以|可以(?:在|办|领|提|免费|网上).{0,12}吗": 1.5,
        "能(?:补|报|贷).{0,8}(?:吗|多少)": 1.5,
        "我想(?:在|把|开|办|申请)": 0.6,
        "[吗呢么]$|谁来?批|找谁办": 0.5,
    },
    Category.SUGGESTION: {
        "建议": 4.0,
        "能不能(?:在|把|给我们|建议|也|多|加)|希望(?:能|政府|以后|你们)|最好(?:能|是)|要是能": 1.2,
        "增设|加装|多办|多装|错开|提高一点|延长|不方便": 0.8,
    },
    Category.COMPLAINT: {
        "投诉|举报|反映|曝光": 2.5,
        "没人管|不管|管不管|没人来?(?:解决|查|修)|推来推去|一直拖|拖着|不解决|说了也不听|又": 1.2,
        "态度|骂人|不耐烦|凶得很|打发": 1.5,
        "骗|欺诈|强买强卖|乱收费|偷|违章|违法|假(?:货|的|种子)|过期|不给|不退|不让|不承认|克扣|强制|赌博": 1.5,
        "太(?:吵|臭|差|慢|挤|吓人)|臭死|吵得|睡不[着了]|受不了|凭什么|不服|到底|这不是|算什么|怎么算": 1.2,
        "没(?:有)?(?:发|收到|修|来过|解决|安|消息|接上|拨)|两年了|三年了|个月了|好几[次天趟]": 0.9,
        "占(?:道|满|了)|堵死|堵得|停得|扔|排(?:废气|污)|刺鼻|油烟|噪音": 0.9,
    },
    Category.HELP_PUBLIC: {
        "帮(?:我|帮|忙|助|着)|求(?:你们|助)|救": 2.0,
        "麻烦|赶快|赶紧|快(?:派|点|来|叫)|马上|请你们(?:马上|来)|派(?:人|个|车|抽)|来人": 1.8,
        "怎么办呀?(?![理个])|太危险|危险了|不敢|漏气|煤气味|燃气味": 1.2,
        "坏了|倒了|歪了|不亮|停[水电气]|没电|没水|联系(?:一下|车主|师傅|血站)|丢了|走丢|什么时候(?:能)?来[水电]": 0.9,
    },
}
_EXPRESSIONS = {
    category: tuple((re.compile(expression), worth) for expression, worth in expressions.items())
    for category, expressions in _SPOKEN.items()
}
# Whoever tells of a matter and says nothing of the kind complains.
_PRIOR = {Category.COMPLAINT: 0.6}
_LEARNT = 4.0
_OWN_WORDS = re.compile(r"[\s。！？]+")


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """Confidence from 0 to 1; `because` holds the words that speak for it."""

    category: str
    confidence: float
    because: tuple[str, ...]


def category(text: str, learnt: Classifier | None = None) -> CategoryGuess | None:
    """What the caller wants; None where nothing was said. `learnt`: from closed tickets, where there are any."""
    said = _OWN_WORDS.sub("，", text.strip()).strip("，")
    if not said:
        return None
    words = {kind: _found(said, expressions) for kind, expressions in _EXPRESSIONS.items()}
    likely = likelihoods(learnt, said) if learnt else {}
    learnt_worth = _LEARNT * learnt.trust if learnt else 0.0
    scores = {
        kind: sum(found.values()) + _PRIOR.get(kind, 0.0) + learnt_worth * likely.get(kind.value, 0.0)
        for kind, found in words.items()
    }
    best = max(scores, key=lambda kind: scores[kind])
    rest = sum(score for kind, score in scores.items() if kind is not best)
    return CategoryGuess(best.value, round(scores[best] / (scores[best] + rest + 0.5), 2), tuple(words[best]))


def _found(text: str, expressions: tuple[tuple[re.Pattern[str], float], ...]) -> dict[str, float]:
    """The words of the text that each expression found first."""
    return {found[0]: worth for expression, worth in expressions if (found := expression.search(text))}
