"""Answering a question: the queries count, the definitions make rates of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.regulations.profile import Profile
from app.reports.figures import growth, share
from app.reports.question import Period, Question, period
from app.reports.sheet import Row, Sheet, finished, joined
from app.reports.topics import Terms, count_runs, topics

LONGEST_S = 60.0
_MOST_TEXTS = 3000

Statement = tuple[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what its answer depends on."""

    question: Question
    profile: Profile
    now: datetime
    zone: ZoneInfo

    @property
    def period(self) -> Period:
        return period(self.question, self.zone)

    @property
    def assessed(self) -> list[str]:
        """The categories that count in assessments."""
        return [category.value for category, rule in self.profile.categories.items() if rule.assessed]


async def answer(database: Database, asked: Asked, *, confidential: bool) -> Sheet:
    """Answer a question. `confidential`: whether the reader may know how many confidential tickets there are.

    Raises DatabaseUnavailable.
    """
    async with database.transaction() as connection:
        # The filters are `$n IS NULL OR ...`: with the values known, only those that are set are planned for.
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        rows = await _rows(connection, asked)
        hidden = await _confidential(connection, asked) if confidential else None
    return Sheet(asked.question, asked.now, tuple(rows), hidden)


async def _rows(connection: Connection, asked: Asked) -> Sequence[Row]:
    report = asked.question.report
    if report.by == "term":
        return await _topics(connection, asked)
    rows = joined([await _count(connection, statement) for statement in statements(asked)])
    if report.by == "all":
        rows.setdefault("", {})  # nothing happened: that is a row of noughts, too
    labels = await _labels(connection, asked, list(rows))
    return [finished(report, {**row, **labels[key], **_standard(row, asked)}) for key, row in rows.items()]


def statements(asked: Asked) -> list[Statement]:
    """What is asked of Postgres, each with its arguments."""
    question = asked.question
    if question.report.by != "term":
        return [(QUERIES[name], _arguments(name, asked)) for name in question.report.queries]
    spans = (asked.period, asked.period.before)
    narrowed = (question.unit, question.category, _MOST_TEXTS)
    return [(QUERIES["report_contents"], (span.since, span.until, *narrowed)) for span in spans]


async def _count(connection: Connection, statement: Statement) -> list[dict[str, Any]]:
    sql, arguments = statement
    return [_grown(dict(row)) for row in await connection.fetch(sql, *arguments, timeout=LONGEST_S)]


def _arguments(query: str, asked: Asked) -> Sequence[object]:
    """The arguments of each named query, in its order. Raises KeyError for a query that is none of a report."""
    question, span = asked.question, asked.period
    days = (span.since, span.until)
    national = asked.profile.national
    by, zone = question.report.by, asked.zone.key
    narrowed = (question.unit, question.category)
    within = national.answer_within_seconds.value
    spans = (span, span.before, span.year_before)
    part: tuple[object, ...] = (*days, *narrowed, asked.assessed, asked.now, by, zone)
    known: Mapping[str, Sequence[object]] = {
        "report_parts": part,
        "report_tickets": part,
        "report_rings": (*days, question.unit),
        "report_contacts": (*days, question.unit),
        "report_answering": (*days, within, national.messages_within_hours.value, by, zone),
        "report_worst_day": (span.since, max(span.since, min(span.until, asked.now))),
        "report_queues": (*days, within),
        "report_operator_rings": days,
        "report_operator_states": (*days, asked.now),
        "report_pauses": (*days, asked.now),
        "report_trends": (*(at for one in spans for at in (one.since, one.until)), *narrowed),
    }
    return known[query]


def _grown(row: dict[str, Any]) -> dict[str, Any]:
    """Changes against earlier periods, where the query counted them."""
    if "previous" in row:
        row["change"] = row["received"] - row["previous"]
        row["year_change"] = row["received"] - row["year_before"]
    return row


def _standard(row: Row, asked: Asked) -> Row:
    """When the worst 24 hours began, and what they are held against."""
    if "worst_24h_required" not in asked.question.report.columns:
        return {}
    required = asked.profile.national.answered_share.value
    if "window_offered" not in row:
        return {"worst_24h_required": required}
    found = share(row["window_answered"], row["window_offered"])
    return {
        "worst_24h_from": row["worst_24h_from"].astimezone(asked.zone).isoformat(timespec="minutes"),
        "worst_24h_required": required,
        "worst_24h_met": None if found is None else found >= required,
    }


async def _labels(connection: Connection, asked: Asked, keys: list[str]) -> Mapping[str, Row]:
    """For each key the columns that say what the row is about."""
    by = asked.question.report.by
    match by:
        case "unit":
            names = await _names(connection, "report_unit_names", keys)
            return {key: {"unit": key, "unit_name": names.get(key, "")} for key in keys}
        case "category":
            rules = {category.value: rule.name for category, rule in asked.profile.categories.items()}
            return {key: {"category": key, "category_name": rules.get(key, "")} for key in keys}
        case "queue":
            titles = await _names(connection, "report_queue_titles", keys)
            return {key: {"queue": key, "queue_title": titles.get(key, "")} for key in keys}
        case "operator" | "pause":
            # A pause is told by whose it is and why: `operator/reason`.
            parts = {key: key.partition("/") for key in keys}
            names = await _names(connection, "report_operator_names", [whose for whose, _, _ in parts.values()])
            return {
                key: {"operator": whose, "operator_name": names.get(whose, ""), "reason": reason}
                for key, (whose, _, reason) in parts.items()
            }
        case "day" | "month":
            return {key: {by: key} for key in keys}
        case "all" | "term":
            return {key: {} for key in keys}
        case _:
            assert_never(by)


async def _names(connection: Connection, query: str, ids: list[str]) -> Mapping[str, str]:
    return {row["id"]: row["name"] for row in await connection.fetch(QUERIES[query], ids)}


async def _topics(connection: Connection, asked: Asked) -> Sequence[Row]:
    now, before = [await _terms(connection, statement) for statement in statements(asked)]
    found = await asyncio.to_thread(topics, now, before)
    return [
        finished(
            asked.question.report,
            {
                "term": topic.term,
                "tickets": topic.tickets,
                "tickets_read": now.read,
                "before": topic.before,
                "before_read": before.read,
                "term_growth": _term_growth(topic.tickets, now.read, topic.before, before.read),
            },
        )
        for topic in found
    ]


def _term_growth(tickets: int, read: int, before: int, before_read: int) -> float | None:
    """The growth of the share, because not equally many contents are read of both periods."""
    return growth(tickets * before_read, before * read)


async def _terms(connection: Connection, statement: Statement) -> Terms:
    sql, arguments = statement
    rows = await connection.fetch(sql, *arguments, timeout=LONGEST_S)
    return await asyncio.to_thread(count_runs, [row["content"] for row in rows])


async def _confidential(connection: Connection, asked: Asked) -> int | None:
    if not asked.question.tells_confidential:
        return None
    count: int = await connection.fetchval(
        QUERIES["report_confidential"], asked.period.since, asked.period.until, timeout=LONGEST_S
    )
    return count
