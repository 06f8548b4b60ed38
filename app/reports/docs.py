"""`docs/figures.md`: what every report holds and how every figure is defined, written from the definitions."""

from __future__ import annotations

from collections.abc import Iterable

from app.reports.catalogue import REPORTS, Report
from app.reports.figures import FIGURES, Count, Rate

_HEAD = """# Figures

Every report, and what each of its figures counts. This page is written from `app/reports`; a test holds it to that.

- A ticket belongs to the period in which it was received; both the first and the last day count, in the city's time
  zone.
- A rate is the share of one count in another of the same row. Where there is nothing to take it of it is null: empty in
  CSV and XLSX.
- What is not due yet is in no rate.
- Confidential tickets are in no row. How many there are is told apart, for four weeks or more, over all units and
  categories, and never to units.
- Assessments leave out the categories for which the profile says `assessed: false`.
- A unit's account reads the rows of its own unit, and no report that cannot be narrowed to a unit.

`GET /api/reports` lists the reports, `GET /api/reports/{name}?from=&to=&unit=&category=&format=json|csv|xlsx` gives
one, and `hotline report NAME` does the same at the command line.
"""


def figures_document() -> str:
    """The whole document."""
    parts = [_HEAD, "\n## Reports\n"]
    parts += (_report(report) for report in REPORTS.values())
    rates = [figure for figure in FIGURES.values() if isinstance(figure, Rate)]
    counts = [figure for figure in FIGURES.values() if isinstance(figure, Count)]
    parts += [
        "\n## Rates\n\n| rate | 中文 | is | source |\n|---|---|---|---|\n",
        *(
            f"| `{rate.name}` | {rate.title} | `{rate.of}` / `{rate.out_of}` | {rate.source or '–'} |\n"
            for rate in rates
        ),
        "\n## Counts\n\n| count | 中文 | counts |\n|---|---|---|\n",
        *(f"| `{count.name}` | {count.title} | {count.means} |\n" for count in counts),
    ]
    return "".join(parts)


def _report(report: Report) -> str:
    narrowed = _names(sorted(report.filters)) or "nothing"
    return (
        f"\n### {report.name} {report.title}\n\n{report.about} Can be narrowed to: {narrowed}.\n\n"
        f"Columns: {_names(report.columns)}.\n"
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
