"""The reports that can be asked for: which rows, which figures, and who may narrow them to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.reports.figures import FIGURES, Figure

By = Literal["unit", "category", "day", "month", "term", "queue", "operator", "pause", "all"]
Filter = Literal["unit", "category"]

# What a row is about: its columns before the figures, with their titles.
KEYS: Mapping[By, Mapping[str, str]] = {
    "unit": {"unit": "单位编号", "unit_name": "承办单位"},
    "category": {"category": "类别编号", "category_name": "诉求类别"},
    "day": {"day": "日期"},
    "month": {"month": "月份"},
    "term": {"term": "词语"},
    "queue": {"queue": "队列", "queue_title": "队列名称"},
    "operator": {"operator": "话务员编号", "operator_name": "话务员"},
    "pause": {"operator": "话务员编号", "operator_name": "话务员", "reason": "示忙原因"},
    "all": {},
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its rows (`by`), the named queries that count, and the columns that are made of the counts.

    A report that cannot be narrowed to a `unit` is not for units.
    """

    name: str
    title: str
    about: str
    by: By
    queries: tuple[str, ...]
    figures: tuple[str, ...]
    filters: frozenset[Filter] = frozenset()
    extra: Mapping[str, str] | None = None

    @property
    def columns(self) -> Mapping[str, str]:
        """Name and title of every column, in order."""
        return {
            **KEYS[self.by],
            **{name: FIGURES[name].title for name in self.figures},
            **(self.extra or {}),
        }

    @property
    def defined(self) -> tuple[Figure, ...]:
        return tuple(FIGURES[name] for name in self.figures)


_BOTH: frozenset[Filter] = frozenset({"unit", "category"})
_HANDLED = (
    *("response_due", "responded", "response_rate"),
    *("report_due", "reported_in_time", "on_time_rate", "late_now"),
    *("resolution_due", "resolved", "resolution_rate"),
    *("heard", "pleased", "satisfaction_rate"),
)
_TICKETS = ("received", "on_the_spot", "referred", "repeats", "assigned", *_HANDLED)
_REWORK = (
    *("returned", "return_rate", "redone", "redo_rounds", "redo_rate"),
    *("repeated", "repeat_rate", "extended", "urged", "supervised"),
)
_RINGS = (
    *("summoned", "joined", "three_party_rate", "rings", "accepted", "declined", "no_key", "unanswered"),
    "contacts_late",
)
_ANSWERING = (
    *("calls", "offered", "answered", "answered_rate", "answered_in_time", "in_time_rate", "left_queue", "left_menu"),
    *("missed", "called_back", "called_back_in_time", "call_back_rate"),
)
_WAITING = (
    *("waits", "taken", "taken_rate", "taken_in_time", "taken_in_time_rate", "given_up", "moved_on", "left_message"),
    *("longest_wait_s", "mean_wait_s", "talk_s", "mean_talk_s"),
)
_SEAT = (
    *("rung", "took", "took_rate", "left_ringing", "longest_talk_s", "mean_talk_s"),
    *("talking_s", "wrap_up_s", "ready_s", "paused_s"),
)
_RATES = "Response, resolution, satisfaction and on-time rates"

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report(
            "rates-by-unit",
            "承办单位办理情况",
            f"{_RATES} of each unit. Categories that the regulation does not assess are left out.",
            "unit",
            ("report_parts",),
            ("assigned", *_HANDLED),
            _BOTH,
        ),
        Report(
            "rates-by-category",
            "各类诉求办理情况",
            f"{_RATES} of each category. A category that is not assessed is counted, without rates.",
            "category",
            ("report_parts", "report_tickets"),
            _TICKETS,
            _BOTH,
        ),
        Report(
            "rates-by-day",
            "每日办理情况",
            f"{_RATES} of the tickets received on each day.",
            "day",
            ("report_parts", "report_tickets"),
            _TICKETS,
            _BOTH,
        ),
        Report(
            "rates-by-month",
            "每月办理情况",
            f"{_RATES} of the tickets received in each month.",
            "month",
            ("report_parts", "report_tickets"),
            _TICKETS,
            _BOTH,
        ),
        Report(
            "unit-assessment",
            "成员单位考核",
            "How each unit handled its tickets and answered its duty phone in three-party calls. Categories that the "
            "regulation does not assess, and rings on confidential calls, are left out.",
            "unit",
            ("report_parts", "report_rings", "report_contacts"),
            ("assigned", *_HANDLED, "returned", "redone", "urged", "supervised", *_RINGS),
            frozenset({"unit"}),
        ),
        Report(
            "rework",
            "退回、重办和重复诉求",
            "What came back, had to be done again, or was asked again, by unit.",
            "unit",
            ("report_parts",),
            ("assigned", *_REWORK),
            _BOTH,
        ),
        Report(
            "answering",
            "接听情况",
            "How the telephone was answered, with the worst 24 hours that lie wholly within the period; windows are "
            "looked at every five minutes.",
            "all",
            ("report_answering", "report_worst_day"),
            (*_ANSWERING, "window_offered", "window_answered", "worst_24h_rate"),
            extra={"worst_24h_from": "最差24小时起点", "worst_24h_required": "要求接通率", "worst_24h_met": "是否达标"},
        ),
        Report(
            "answering-by-day",
            "每日接听情况",
            "How the telephone was answered on each day.",
            "day",
            ("report_answering",),
            _ANSWERING,
        ),
        Report(
            "queues",
            "队列接听情况",
            "How each queue was answered: a caller who flows over from one queue to another is counted in both.",
            "queue",
            ("report_queues",),
            _WAITING,
        ),
        Report(
            "operators",
            "话务员工作情况",
            "What each operator did: calls, and the time spent talking, writing up, ready and paused. Time still "
            "running counts up to now.",
            "operator",
            ("report_operator_rings", "report_operator_states"),
            _SEAT,
        ),
        Report(
            "pauses",
            "示忙时间",
            "How long each operator was paused, by reason. Time still running counts up to now.",
            "pause",
            ("report_pauses",),
            ("pauses", "paused_s", "longest_pause_s"),
        ),
        Report(
            "trends",
            "诉求趋势",
            "Tickets of each category against the period before and the same period a year before.",
            "category",
            ("report_trends",),
            ("received", "previous", "change", "growth", "year_before", "year_change", "year_growth"),
            _BOTH,
        ),
        Report(
            "hot-topics",
            "热点词语",
            "Terms that the tickets' contents hold most often, and how that changed against the period before. There "
            "is no dictionary: a term is a run of two to six Chinese characters that belong together, because of the "
            "contents that hold the rarer part of it, wherever it is cut, three in ten hold the whole. At most 3,000 "
            "contents of each period are read, evenly spread over it; a term that fewer than five of them hold is "
            "never shown.",
            "term",
            (),
            ("tickets", "tickets_read", "term_share", "before", "before_read", "term_share_before"),
            _BOTH,
            extra={"term_growth": "提及率增幅"},
        ),
    )
}
