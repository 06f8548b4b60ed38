"""An import plan in words for the terminal, and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from app.units.importing import ImportPlan, UnitChange


def plan_lines(plan: ImportPlan) -> Iterator[str]:
    """What an import would do, a line for each unit and an indented one for each value."""
    for change in plan.changes:
        what = "change" if change.before else "add"
        late = f"  told late: the change was on {change.happened_on}" if change.late else ""
        yield f"row {change.row}: {what} {change.unit.id} {change.unit.name}{late}"
        for field in change.changes:
            yield f"    {field.field}: {field.before or '-'} -> {field.after or '-'}"
    added = sum(change.before is None for change in plan.changes)
    yield f"{added} to add, {len(plan.changes) - added} to change, {plan.unchanged} as they are"


def plan_data(plan: ImportPlan) -> dict[str, Any]:
    """The same as data: `added` and `changed` units, how many stay, warnings."""
    return {
        "added": [_change_data(change) for change in plan.changes if change.before is None],
        "changed": [_change_data(change) for change in plan.changes if change.before is not None],
        "unchanged": plan.unchanged,
        "warnings": list(plan.warnings),
    }


def _change_data(change: UnitChange) -> dict[str, Any]:
    return {
        "id": change.unit.id,
        "name": change.unit.name,
        "row": change.row,
        "happened_on": change.happened_on.isoformat(),
        "late": change.late,
        "fields": [asdict(field) for field in change.changes],
    }
