"""What the load figures are made of: percentiles, medians, verdicts, and what is read from logs and from /proc."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.calls.journal import parse
from app.demo.scenarios import Press, answering
from bench import capacity, cost, desk_calls, load, party_joined, process, speech, tickets_opened
from bench.figures import Figure, Target, p99_ms, percentile, significant
from bench.measurements import MEASUREMENTS

AT_MOST = Target("latency", "ms", 300)
AT_LEAST = Target("capacity", "ratio", 0.95, at_most=False)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([5.0], 0.99, 5), (range(1, 101), 0.99, 99), (range(1, 102), 0.99, 100), ([3, 1, 2], 0.5, 2), ([2, 1], 0, 1)],
)
def test_a_percentile_is_the_value_that_its_share_of_all_values_do_not_exceed(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.99)


def test_the_99th_percentile_in_milliseconds_does_not_count_one_straggler_in_a_hundred() -> None:
    assert p99_ms([0.010] * 99 + [5.0]) == pytest.approx(10)
    assert p99_ms([0.010] * 98 + [5.0] * 2) == pytest.approx(5000)


@pytest.mark.parametrize(
    ("target", "value", "reached"),
    [(AT_MOST, 300, True), (AT_MOST, 300.1, False), (AT_LEAST, 0.95, True), (AT_LEAST, 0.949, False)],
)
def test_a_target_is_reached_on_its_good_side_and_on_the_bound_itself(
    target: Target, value: float, reached: bool
) -> None:
    assert target.reached_by(value) is reached


def test_a_figure_is_the_median_of_its_runs_and_a_bad_median_is_said_so() -> None:
    figure = Figure(AT_MOST, (100.0, 900.0, 301.0))
    assert figure.as_dict() == {
        "name": "latency",
        "value": 301.0,
        "unit": "ms",
        "target": 300,
        "reached": False,
        "runs": [100.0, 900.0, 301.0],
    }


def test_a_figure_that_could_not_be_measured_is_not_reached() -> None:
    for target in (AT_MOST, AT_LEAST):
        shown = Figure(target, (), "not measured: no engine").as_dict()
        assert (shown["value"], shown["reached"], shown["runs"]) == (None, False, [])


def test_figures_are_rounded_to_what_they_are_worth() -> None:
    assert [significant(value) for value in (0.0123456, 123456.0, 1.0)] == [0.01235, 123500.0, 1.0]


def test_all_the_figures_that_were_promised_are_measured_once_each() -> None:
    names = [target.name for measurement in MEASUREMENTS for target in measurement.targets]
    assert {
        "menu_capacity_ratio",
        "service_cpu_ms_per_call",
        "hangup_to_ticket_ms_p99",
        "invite_ms_p99",
        "join_ms_p99",
        "consult_ms_p99",
        "hand_over_ms_p99",
        "transcription_ratio",
        "memory_ratio",
        "rule_evaluations_per_second",
        "ticket_list_ms_p95",
        "ticket_search_ms_p95",
        "work_list_ms_p95",
        "report_ms_p95",
        "sequential_scans",
        "suggest_unit_top1",
        "suggest_unit_top3",
        "suggest_category",
        "suggest_place",
        "suggest_duplicates_precision",
        "suggest_duplicates_recall",
        "suggest_ms_p95",
        "walks_without_fault",
        "desk_ring_to_card_ms_p95",
        "desk_first_load_kb",
        "desk_requests_per_call",
        "desk_requests_not_concerned",
        "desk_feed_60",
        "desk_list_ms_p95",
        "dialler_plan_per_second",
    } == set(names)
    assert len(names) == len(set(names))


def test_cpu_time_is_read_from_proc_also_when_the_process_has_an_odd_name() -> None:
    fields = ["S", *("0" for _ in range(10)), "250", "50", "7", "8", "20"]
    stat = f"42 (a ) b) {' '.join(fields)}"
    ticks = process.cpu_seconds(stat) / 300
    assert process.cpu_seconds(stat, children=True) == pytest.approx(315 * ticks)
    assert process.cpu_seconds(stat) > 0


def test_memory_is_read_from_proc_and_a_process_that_has_ended_has_none() -> None:
    assert process.resident_bytes("Name:\thotline\nVmRSS:\t  2048 kB\n") == 2 << 20
    with pytest.raises(ValueError, match="ended"):
        process.resident_bytes("Name:\thotline\nState:\tZ (zombie)\n")


def test_each_call_of_a_load_has_its_number_and_its_hangup_is_noted_just_before_it_is_sent() -> None:
    scenario = load.caller_scenario("1390", "12346", [], 4000)
    assert '<log message="BYE 1390[call_number] [timestamp]"/></action></nop>\n<send retrans="500"><![CDATA[\nBYE' in (
        scenario
    )
    assert scenario.count("<log") == 2
    assert "sip:1390[call_number]@" in scenario
    assert "m=audio 4000 " in scenario


def test_a_duty_phone_notes_when_it_is_called_and_when_it_presses_its_key() -> None:
    scenario = load.noting_sent(load.noting_received(answering([Press("1", 0.3)]), "INVITE"), "INFO")
    assert '<recv request="INVITE" rrs="true"><action><log message="INVITE [call_number] [timestamp]"/>' in scenario
    assert scenario.index('<log message="INFO') < scenario.index("\nINFO ")


def test_the_times_in_sipps_log_are_those_of_each_numbers_first_request() -> None:
    log = (
        "INVITE 13901 2026-11-23\t05:56:32.731056\t1795413392.731056\n"
        "BYE 13901 2026-11-23\t05:56:42.000001\t1795413402.000001\n"
        "BYE 13901 2026-11-23\t05:56:42.500001\t1795413402.500001\n"
        "BYE 13902 2026-11-23\t05:56:4"
    )
    assert load.logged(log, "BYE") == {"13901": 1795413402.000001}
    assert load.logged(log, "INFO") == {}


def test_a_ticket_that_never_comes_counts_as_ten_seconds_late() -> None:
    late = tickets_opened.delays({"1": 100.0, "2": 100.0}, {"1": 100.25})
    assert late == [pytest.approx(0.25), pytest.approx(10)]


def test_what_happened_after_a_moment_is_found_among_ordered_times() -> None:
    assert party_joined.first_after([1.0, 2.0, 3.0], 1.5) == 2.0
    assert party_joined.first_after([1.0, 2.0], 2.0) == 2.0
    with pytest.raises(ValueError, match="nothing happened"):
        party_joined.first_after([1.0], 1.5)


def journal_line(
    kind: str, at: float, caller: str = "", unique: str = "n-1.0", event: str = "", extra: str = ""
) -> str:
    told = extra.replace('"', '""')
    cells = [kind, f"{at:.6f}", caller, "12345", "PJSIP/x", "", unique, "n-1.0", event, told, "", "", ""]
    return ",".join(f'"{cell}"' for cell in cells)


def test_a_conference_is_complete_when_its_third_party_has_entered_the_mixing_bridge() -> None:
    softmix, simple = '{"bridge_technology":"softmix"}', '{"bridge_technology":"simple_bridge"}'
    lines = [
        journal_line("BRIDGE_ENTER", 1, extra=simple),
        journal_line("BRIDGE_ENTER", 2, unique="n-1.0-u1", extra=softmix),
        journal_line("BRIDGE_ENTER", 4, unique="n-1.1", extra=softmix),
        journal_line("BRIDGE_ENTER", 3, extra=softmix),
    ]
    assert party_joined.all_joined(map(parse, lines)) == {"n-1.0": 4.0}
    assert party_joined.all_joined(map(parse, lines[:3])) == {}


def test_the_sustained_rate_is_the_one_at_which_the_first_call_failed() -> None:
    rate = load.Rate(first=10, steeper=2, most=100)
    called = {str(second): 1000.0 + second for second in range(60)}
    assert capacity.sustained(capacity.Ramp(called, called.keys()), rate) == 100
    assert capacity.sustained(capacity.Ramp(called, called.keys() - {"20", "30"}), rate) == 50
    assert capacity.sustained(capacity.Ramp(called, called.keys() - {"0"}), rate) == 10


def test_a_rising_load_has_as_many_calls_as_its_seconds_make() -> None:
    assert capacity.calls_of(load.Rate(first=10, steeper=10, most=30), 2) == 10 + 20 + 2 * 30


def test_who_was_queued_under_a_category_and_whom_the_dialplan_answered_is_read_from_the_journal() -> None:
    lines = [
        parse(journal_line("USER_DEFINED", 1, "13901", event="HOTLINE_QUEUED", extra='{"extra":"consult"}')),
        parse(journal_line("USER_DEFINED", 1, "13902", event="HOTLINE_QUEUED", extra='{"extra":""}')),
        parse(journal_line("USER_DEFINED", 1, "13903", event="HOTLINE_FALLBACK", extra='{"extra":"full"}')),
    ]
    assert capacity.queued_numbers(lines, "consult") == {"13901"}
    assert capacity.fallbacks(lines) == {"13903"}


def test_cost_is_counted_between_two_looks_and_memory_from_the_first_to_the_last() -> None:
    used = [cost.Used(500, 10.0, 100), cost.Used(1000, 12.5, 102), cost.Used(1500, 14.5, 103)]
    assert cost.cpu_ms_per_call(used) == [5.0, 4.0]
    assert cost.memory_ratio(used) == 1.03


def test_tracks_are_as_long_as_the_call_and_only_one_party_speaks_at_a_time() -> None:
    tracks = speech.in_turns({"citizen": b"cc", "operator": b"oooo", "unit": b"uu"}, 0)
    assert tracks == {"citizen": b"cc" + bytes(6), "operator": bytes(2) + b"oooo" + bytes(2), "unit": bytes(6) + b"uu"}


FEED: list[tuple[float, Mapping[str, object]]] = [
    (10.0, {"type": "snapshot", "state": {}}),
    (10.2, {"type": "change", "topic": "calls", "id": "c1", "value": {"caller": "15800000001", "phase": "menu"}}),
    (10.3, {"type": "change", "topic": "calls", "id": "c2", "value": {"caller": "15800000002"}}),
    (11.0, {"type": "change", "topic": "calls", "id": "c2", "value": None}),
    (12.5, {"type": "change", "topic": "calls", "id": "c1", "value": None}),
]


@pytest.mark.parametrize(("phase", "at", "late"), [("here", 10.0, 0.2), ("gone", 12.0, 0.5)])
def test_a_feed_has_told_of_a_call_when_the_first_message_names_it_and_of_its_end_when_it_is_taken_away(
    phase: str, at: float, late: float
) -> None:
    assert desk_calls.first_told(FEED, "15800000001", phase, at) == pytest.approx(late)


def test_a_feed_that_never_told_of_a_call_is_an_error() -> None:
    with pytest.raises(ValueError, match="15800000009"):
        desk_calls.first_told(FEED, "15800000009", "here", 10.0)
