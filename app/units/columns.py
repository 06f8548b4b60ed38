"""The columns of the registration form (minhe-2018, annex: 登记表) and of the duty roster, by their headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.units.model import ContactPost


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of a form, as `plain_heading` leaves them, to fields; `key` is the field that every form has."""

    fields: Mapping[str, str]
    key: str
    key_heading: str


# 联络员 itself is an ornament: 联络员A is left as `a`.
POSTS: Mapping[str, ContactPost] = {
    "分管领导": "leader",
    **dict.fromkeys(("经办人a", "联系人a", "a岗", "a角", "a"), "A"),
    **dict.fromkeys(("经办人b", "联系人b", "b岗", "b角", "b"), "B"),
}
POST_FIELDS = {
    "姓名": "name",
    "职务": "title",
    "办公电话": "phone",
    "手机": "mobile",
    "传真": "fax",
    "值班时间": "hours",
}
UNIT_COLUMNS = {
    "填报单位名称": "name",
    "单位名称": "name",
    "name": "name",
    "id": "id",
    "编号": "id",
    "tier": "tier",
    "层级": "tier",
    "parent": "parent",
    "上级单位": "parent",
    "remit": "remit",
    "职责": "remit",
    "职责范围": "remit",
    "keywords": "keywords",
    "关键词": "keywords",
    "24小时值班电话": "duty.phone",
    "值班电话": "duty.phone",
    "备注": "note",
    "填报人": "filled_by",
    "联系电话": "filled_by_phone",
    "变动日期": "happened_on",
}
_REGISTRATION = UNIT_COLUMNS | {
    post + heading: f"{key}.{field}" for post, key in POSTS.items() for heading, field in POST_FIELDS.items()
}

REGISTRATION = Columns(_REGISTRATION, key="name", key_heading="填报单位名称")
"""Fields `name`, `tier`, `A.phone`, `leader.mobile` ..."""

ROSTER = Columns(
    {
        "单位": "unit",
        "单位名称": "unit",
        "日期": "day",
        "班次": "shift",
        "岗位": "post",
        "开始": "starts",
        "结束": "ends",
        "姓名": "name",
        "电话": "phone",
    },
    key="day",
    key_heading="日期",
)

_ORNAMENT = re.compile(r"[\s()\[\]【】《》_:\-/.、,*]|联络员|盖章")


def plain_heading(text: str) -> str:
    """`经办人(联络员)(A) 姓名` -> `经办人a姓名`: without blanks, brackets and the words 联络员, 盖章."""
    return _ORNAMENT.sub("", unicodedata.normalize("NFKC", text)).lower()


def is_second_heading(row: Sequence[str]) -> bool:
    """Whether a row is the lower half of a two-row heading: 姓名, 职务, ... under a merged 分管领导."""
    filled = [plain_heading(cell) for cell in row if cell.strip()]
    return bool(filled) and all(cell in POST_FIELDS for cell in filled)


def joined_headings(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """One heading per column from two rows; a merged upper cell holds its text in its first column only."""
    width = max(len(upper), len(lower))
    headings: list[str] = []
    group = ""
    for index in range(width):
        over = upper[index] if index < len(upper) else ""
        under = lower[index] if index < len(lower) else ""
        group = over if over.strip() else group
        headings.append(group + under if under.strip() else over)
    return headings
