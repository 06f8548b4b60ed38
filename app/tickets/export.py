"""Tickets as a worksheet, in the words of the screens."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from app.matters.model import Category, Status, Urgency
from app.reports.export import harmless
from app.tickets import chinese_names

_TITLES = ("工单编号", "状态", "类别", "紧急程度", "受理时间", "办理期限", "承办单位", "来电人", "电话", "诉求内容")


def to_xlsx(title: str, rows: Sequence[Mapping[str, Any]], unit: Callable[[str], str], zone: ZoneInfo) -> bytes:
    """One worksheet; what a row does not hold (a stub of a confidential ticket) is an empty cell."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    page.append(list(_TITLES))
    for row in rows:
        page.append([harmless(cell) for cell in _cells(row, unit, zone)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(row: Mapping[str, Any], unit: Callable[[str], str], zone: ZoneInfo) -> tuple[str, ...]:
    return (
        row["number"],
        chinese_names.STATUS[Status(row["status"])],
        chinese_names.CATEGORY[Category(row["category"])] if row["category"] else "",
        chinese_names.URGENCY[Urgency(row["urgency"])] if row.get("urgency") else "",
        _time(row["received_at"], zone),
        _time(row["due_at"], zone),
        "、".join(map(unit, row["unit_ids"])),
        row.get("caller_name", ""),
        row.get("caller_phone", ""),
        row.get("content", ""),
    )


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
