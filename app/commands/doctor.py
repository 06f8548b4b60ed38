"""`hotline doctor`: says what is missing on this machine and the command that mends it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.setup.diagnosis import Finding, State, diagnose
from app.setup.facts import gather

COLOURS = {State.OK: "green", State.MISSING: "bold red", State.OPTIONAL: "yellow"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(as_json: bool) -> None:
    """Look for what the hotline needs; for each missing thing name the command that mends it.

    Ends with status 1 when something needed is missing; what only the demonstration or the tests need is marked
    optional.
    """
    findings = diagnose(asyncio.run(gather()))
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    else:
        _show(findings)
    if any(finding.state is State.MISSING for finding in findings):
        sys.exit(1)


def _show(findings: Sequence[Finding]) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        table.add_row(Text(finding.state, style=COLOURS[finding.state]), Text(finding.name), Text(finding.detail))
    console.print(table)
    mends = {finding.mend: finding.name for finding in findings if finding.mend}
    if mends:
        console.print("\nTo mend:")
    for mend, name in mends.items():
        console.print(Text(f"  {mend}"), Text(f"    # {name}", style="dim"), soft_wrap=True)
