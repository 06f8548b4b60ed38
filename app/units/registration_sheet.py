"""The registration form as it is filled on paper (minhe-2018, annex): one unit a sheet, its posts one below the other.

填报单位名称  水务局
              姓名   职务    办公电话   手机   传真
分管领导      孙三   副局长  8765003
经办人(A)     赵一   科员    8765001
经办人(B)     钱二   科员    8765002
备注
填报人  李四                 联系电话  8765004
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.units.columns import POST_FIELDS, POSTS, UNIT_COLUMNS, plain_heading

_COLON = re.compile("[:：]")
_LEAST_FIELDS = 2

Table = Sequence[Sequence[str]]


def row_of_sheet(table: Table) -> tuple[int, dict[str, str], dict[str, str]] | None:
    """The sheet as one row of the form: its number, field to text, field to heading; None for another kind of table."""
    heading = next((row for row in table if _is_heading(row)), None)
    if heading is None:
        return None
    fields: dict[str, str] = {}
    headings: dict[str, str] = {}
    number, has_posts = 0, False
    for at, row in enumerate(table, start=1):
        label = next((cell for cell in row if cell.strip()), "")
        post = POSTS.get(plain_heading(label))
        found = _post(post, label, heading, row) if post else _labelled(row)
        for field, (name, text) in found.items():
            fields[field], headings[field] = text.strip(), name
        number = at if "name" in found else number
        has_posts = has_posts or post is not None
    return (number, fields, headings) if number and has_posts else None


def _is_heading(row: Sequence[str]) -> bool:
    """Whether a row names the columns of people, and nothing but perhaps what stands before them."""
    filled = [plain_heading(cell) for cell in row if cell.strip()]
    known = [cell in POST_FIELDS for cell in filled]
    return len(known) >= _LEAST_FIELDS and all(known[1:]) and (known[0] or filled[0] not in UNIT_COLUMNS)


def _post(post: str, label: str, heading: Sequence[str], row: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = {}
    for index, above in enumerate(heading):
        field = POST_FIELDS.get(plain_heading(above))
        if field is not None:
            found[f"{post}.{field}"] = (label + above, row[index] if index < len(row) else "")
    return found


def _labelled(row: Sequence[str]) -> dict[str, tuple[str, str]]:
    """What stands behind a label, in its own cell after a colon or in the next."""
    found: dict[str, tuple[str, str]] = {}
    for index, cell in enumerate(row):
        label, *behind = _COLON.split(cell, maxsplit=1)
        field = UNIT_COLUMNS.get(plain_heading(label))
        if field is None or field in found:
            continue
        after = next((text for text in row[index + 1 :] if text.strip()), "")
        is_label = plain_heading(_COLON.split(after)[0]) in UNIT_COLUMNS
        text = behind[0] if behind and behind[0].strip() else "" if is_label else after
        found[field] = (label, text)
    return found
