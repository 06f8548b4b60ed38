"""What is proposed for a matter from the words that were said of it: by the directory, and by what was learnt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.tickets import suggest
from app.tickets.categories import category
from app.tickets.learning import KINDS
from app.tickets.learnt import Classifier, from_json
from app.units import store as units
from app.units.model import Unit


async def proposed(connection: Connection, text: str, *, draft: str = "", joined: Sequence[str] = ()) -> dict[str, Any]:
    """Units, category, place and what is urgent, each with how sure and by which words.

    `draft` is what the citizen said of it, where that is known apart; `joined` are the units that were on the line.
    """
    by_unit, by_category = [await _learnt(connection, kind) for kind in KINDS]
    directory = await units.list_units(connection)
    # Some milliseconds for a whole directory: calls in progress do not wait for them.
    return await asyncio.to_thread(_weighed, text, draft, joined, directory, by_unit, by_category)


def _weighed(
    text: str,
    draft: str,
    joined: Sequence[str],
    directory: Sequence[Unit],
    by_unit: Classifier | None,
    by_category: Classifier | None,
) -> dict[str, Any]:
    wanted = category(draft or text, by_category)
    where = suggest.place(draft) or suggest.place(text)
    likely = suggest.units(text, directory, joined, by_unit)
    return {
        "units": [asdict(guess) for guess in likely],
        "title": suggest.title(draft or text, likely[0].because if likely else ()),
        "category": asdict(wanted) if wanted else None,
        "urgent": list(suggest.urgent(text)),
        "place": asdict(where) if where else None,
    }


async def _learnt(connection: Connection, kind: str) -> Classifier | None:
    kept = await connection.fetchval(QUERIES["classifier_in_force"], kind)
    return from_json(kept) if kept else None
