"""`python -m bench`: measures everything, one after the other, and prints one table."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import structlog
from rich.console import Console
from rich.table import Table

from app.setup.progress import console
from bench.figures import Figure
from bench.measurement import Conditions, Measurement
from bench.measurements import MEASUREMENTS

_NAMES = [target.name for measurement in MEASUREMENTS for target in measurement.targets]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON on standard output, nothing else.")
@click.option("--only", multiple=True, type=click.Choice(_NAMES), help="Measure only this figure (may be repeated).")
@click.option("--quick", is_flag=True, help="One short run of each: to try, not to quote.")
@click.option("--keep", is_flag=True, help="Keep the working directory with all logs, and say where it is.")
def main(as_json: bool, only: tuple[str, ...], quick: bool, keep: bool) -> None:
    """Measure the hotline on this machine. Exit status 1 when a figure could not be measured."""
    # Standard output is for the figures alone.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    chosen = [each for each in MEASUREMENTS if not only or {target.name for target in each.targets} & set(only)]
    figures = asyncio.run(_measure_all(chosen, quick=quick, keep=keep))
    if as_json:
        click.echo(json.dumps({"figures": [figure.as_dict() for figure in figures]}))
    else:
        _print_table(figures)
    raise SystemExit(any(figure.value is None for figure in figures))


async def _measure_all(chosen: Sequence[Measurement], *, quick: bool, keep: bool) -> list[Figure]:
    figures: list[Figure] = []
    for number, measurement in enumerate(chosen, 1):
        title = f"{number}/{len(chosen)} {measurement.name}"
        directory = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
        try:
            figures += await _measured(measurement, directory, title, quick=quick)
        finally:
            _dispose(directory, keep=keep)
    return figures


async def _measured(measurement: Measurement, directory: Path, title: str, *, quick: bool) -> Sequence[Figure]:
    """The measurement's figures, or the same without a value and with the reason: one that fails hides no other."""
    output = console()
    output.print(f"[bold]{title}[/] (load average {os.getloadavg()[0]:.1f})")
    with output.status(title) as status:

        def say(text: str) -> None:
            status.update(f"{title}: {text}")
            output.print(f"  {text}")

        try:
            async with asyncio.timeout(measurement.longest_s):
                return await measurement.measure(Conditions(directory, quick, say))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in one measurement, the others go on
            reason = f"not measured: {type(error).__name__}: {error}"
            output.print(f"  {reason}", style="red", markup=False)
            return [Figure(target, (), reason[:200]) for target in measurement.targets]


def _dispose(directory: Path, *, keep: bool) -> None:
    if keep:
        console().print(f"  kept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)


def _print_table(figures: Sequence[Figure]) -> None:
    title = f"{os.cpu_count()} CPUs, load average {', '.join(f'{load:.1f}' for load in os.getloadavg())}"
    table = Table("figure", "value", "unit", "target", "reached", "runs", "note", title=title)
    for figure in figures:
        shown = figure.as_dict()
        table.add_row(
            shown["name"],
            "-" if shown["value"] is None else f"{shown['value']:g}",
            shown["unit"],
            str(figure.target),
            "yes" if figure.reached else "NO",
            " ".join(f"{run:g}" for run in shown["runs"]),
            figure.note,
        )
    Console().print(table)


if __name__ == "__main__":
    main()
