"""An answered question: rows of counts with their rates, ready to be read or exported. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.reports.catalogue import Report
from app.reports.figures import Count, Rate
from app.reports.question import Question

Row = Mapping[str, Any]
_KEY = "key"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` hold the report's columns in order. `confidential`: how many tickets are in no row, None when untold."""

    question: Question
    as_of: datetime
    rows: tuple[Row, ...]
    confidential: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form of JSON; all values are plain."""
        report = self.question.report
        return {
            "report": report.name,
            "title": report.title,
            "from": self.question.first_day.isoformat(),
            "to": self.question.last_day.isoformat(),
            "unit": self.question.unit,
            "category": self.question.category,
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "confidential": self.confidential,
            "columns": [{"name": name, "title": title} for name, title in report.columns.items()],
            "rows": list(self.rows),
        }


def joined(tables: Iterable[Iterable[Row]]) -> dict[str, dict[str, Any]]:
    """Rows of several queries by their `key`, in the order of the keys; a later query's count replaces an earlier."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables:
        for row in table:
            rows.setdefault(row[_KEY], {}).update(row)
    return dict(sorted(rows.items()))


def finished(report: Report, row: Row) -> Row:
    """The report's columns of one row: what was not counted is 0, and every rate is taken."""
    counts = {figure.name: row.get(figure.name) or 0 for figure in report.defined if isinstance(figure, Count)}
    rates = {figure.name: figure.value(counts) for figure in report.defined if isinstance(figure, Rate)}
    known = {**row, **counts, **rates}
    return {name: known.get(name) for name in report.columns}
