"""Looking for calls: the query for what is asked for, page by page. Pure; whoever asks runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["conversation", "missed", "not-reached"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; None and empty: whatever. Lengths are seconds of conversation, `words` were said in it.

    `after`: start and id of the last call of the page before. With `number` or `words` protected calls are left out.
    """

    number: str = ""
    since: datetime | None = None
    before: datetime | None = None
    operator: str = ""
    unit: str = ""
    queue: str = ""
    outcome: Outcome | None = None
    shortest_s: float | None = None
    longest_s: float | None = None
    words: str = ""
    after: tuple[datetime, str] | None = None
    limit: int = 50


_PAGE = """
SELECT c.*, t.number AS ticket_number, coalesce(t.anonymous, false) AS anonymous
FROM calls c LEFT JOIN tickets t
    ON t.number = coalesce((SELECT o.number FROM tickets o WHERE o.call_id = c.id), c.about_ticket)
WHERE {where}
ORDER BY c.started_at DESC, c.id DESC LIMIT {limit}"""
_OPEN = "NOT c.confidential AND NOT coalesce(t.anonymous, false)"
_SAID = (
    "NOT c.confidential AND EXISTS (SELECT FROM transcripts s WHERE s.call_id = c.id "
    "AND said_bigrams(s.turns) @@ bigram_query({0}) AND EXISTS (SELECT FROM jsonb_array_elements(s.turns) AS said "
    "WHERE strpos(lower(said ->> 'text'), lower({0})) > 0))"
)
_CONDITIONS: Mapping[str, str] = {
    "number": f"c.caller = {{0}} AND {_OPEN}",
    "since": "c.started_at >= {0}",
    "before": "c.started_at < {0}",
    "operator": "EXISTS (SELECT FROM call_parties p WHERE p.call_id = c.id AND p.role = 'operator' AND p.name = {0})",
    "unit": "EXISTS (SELECT FROM unit_attempts a WHERE a.call_id = c.id AND a.unit_id = {0})",
    "queue": "EXISTS (SELECT FROM call_events q WHERE q.call_id = c.id AND q.kind = 'queued' "
    "AND q.data ->> 'queue' = {0})",
    "outcome": "c.outcome = {0}",
    "shortest_s": "c.ended_at - coalesce(c.answered_at, c.ended_at) >= make_interval(secs => {0}::float8)",
    "longest_s": "c.ended_at - coalesce(c.answered_at, c.ended_at) <= make_interval(secs => {0}::float8)",
    "words": _SAID,
}


def statement(asked: Asked) -> tuple[str, tuple[object, ...]]:
    """The query, which names only what is asked for so that each has the plan it needs, and its arguments."""
    conditions: list[str] = []
    arguments: list[object] = []
    for name, condition in _CONDITIONS.items():
        value = getattr(asked, name)
        if value is not None and value != "":
            arguments.append(value)
            conditions.append(condition.format(f"${len(arguments)}"))
    if asked.after is not None:
        arguments += asked.after
        conditions.append(f"(c.started_at, c.id) < (${len(arguments) - 1}, ${len(arguments)})")
    arguments.append(asked.limit)
    where = " AND ".join(conditions) or "true"
    return _PAGE.format(where=where, limit=f"${len(arguments)}"), tuple(arguments)
