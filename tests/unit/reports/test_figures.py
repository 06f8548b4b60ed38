"""Every figure is defined once, every rate is made of counts in its own row, and the document says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.reports.catalogue import REPORTS, Report
from app.reports.docs import figures_document
from app.reports.figures import FIGURES, Rate, growth, share
from app.reports.sheet import finished, joined

DOCUMENT = Path(__file__).parents[3] / "docs" / "figures.md"


def test_the_document_is_the_one_written_from_the_definitions() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == figures_document()


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_holds_the_counts_that_its_rates_are_made_of(report: Report) -> None:
    rates = [FIGURES[name] for name in report.figures if isinstance(FIGURES[name], Rate)]
    assert all({rate.of, rate.out_of} <= set(report.figures) for rate in rates if isinstance(rate, Rate))


def test_every_figure_is_in_some_report() -> None:
    assert {name for report in REPORTS.values() for name in report.figures} == set(FIGURES)


def test_a_share_of_nothing_is_null() -> None:
    assert share(0, 0) is None
    assert growth(5, 0) is None


def test_a_share_has_four_decimal_places() -> None:
    assert share(2, 3) == 0.6667
    assert growth(3, 4) == -0.25


def test_what_was_not_counted_is_none_of_it_and_its_rate_is_null() -> None:
    row = finished(REPORTS["rates-by-unit"], {"unit": "water", "unit_name": "水务局", "heard": 3, "pleased": 2})
    assert row["satisfaction_rate"] == 0.6667
    assert row["assigned"] == 0
    assert row["on_time_rate"] is None
    assert list(row) == list(REPORTS["rates-by-unit"].columns)


def test_rows_of_several_queries_meet_by_key_and_the_later_count_holds() -> None:
    parts = [{"key": "b", "assigned": 3, "heard": 2}]
    tickets = [{"key": "b", "heard": 1}, {"key": "a", "heard": 4}]
    assert joined([parts, tickets]) == {
        "a": {"key": "a", "heard": 4},
        "b": {"key": "b", "assigned": 3, "heard": 1},
    }
