"""Two hundred matters as citizens tell them, each with its unit, category, place and, of some, the incident they share.

Colloquial, some with what the recogniser makes of words. Every other one is for learning; figures are of the others.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.units.model import Unit

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Matter:
    """`place` and `incident` are empty where there is none; `held_out`: not to be learnt from."""

    text: str
    unit: str
    category: str
    place: str
    incident: str
    held_out: bool


def matters() -> tuple[Matter, ...]:
    """All of them, in the order of the file."""
    with (_FOLDER / "matters.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(
        Matter(
            row["text"],
            row["unit"],
            {"help": "help_public"}.get(row["category"], row["category"]),
            row["place"].replace("-", ""),
            row["incident"].replace("-", ""),
            row["half"] == "test",
        )
        for row in rows
    )


def directory() -> tuple[Unit, ...]:
    """The member units of the city they are told in: names and duties as registered, no key words."""
    units = yaml.safe_load((_FOLDER / "directory.yaml").read_text(encoding="utf-8"))
    return tuple(Unit(unit_id, unit["name"], remit=unit["remit"]) for unit_id, unit in units.items())
