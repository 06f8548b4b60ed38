"""Paths of recordings: what Asterisk is told, what the store uses, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import naming

RAW = Path("/var/spool/hotline/raw")


def test_the_dialplan_expression_names_the_same_file_as_the_python_path() -> None:
    expression = naming.raw_leg_expression(PurePosixPath(RAW))
    filled = (
        expression.replace("${HOTLINE_CALL}", "node1-1700000000.12")
        .replace("${HOTLINE_ROLE}", "unit")
        .replace("${UNIQUEID}", "node1-1700000000.12-u1")
    )
    path = naming.raw_leg_path(RAW, "node1-1700000000.12", "unit", "node1-1700000000.12-u1")
    assert filled == str(path)
    leg = naming.parse_raw_leg(path)
    assert leg == naming.RawLeg("node1-1700000000.12", "unit", "node1-1700000000.12-u1", path)


@pytest.mark.parametrize("directory", ["raw", "/raw,x", "/raw(1)", "/raw dir", "/raw/${X}", "/a/../b", "/原始"])
def test_a_raw_directory_that_the_dialplan_would_interpret_is_refused(directory: str) -> None:
    with pytest.raises(naming.NameRefusedError, match="raw recordings directory"):
        naming.raw_leg_expression(PurePosixPath(directory))


@pytest.mark.parametrize("call_id", ["", "..", "a/../b", "a/b", ".hidden", "a..b", "张三", "a b", "a\n", "x" * 101])
def test_a_call_id_that_could_leave_its_directory_is_refused(call_id: str) -> None:
    with pytest.raises(naming.NameRefusedError, match="call id"):
        naming.raw_directory(RAW, call_id)


@given(st.text(max_size=30))
def test_whatever_is_accepted_as_a_call_id_is_one_component_below_the_raw_directory(call_id: str) -> None:
    try:
        directory = naming.raw_directory(RAW, call_id)
    except naming.NameRefusedError:
        return
    assert directory.parent == RAW
    assert Path(*directory.parts) == directory


def test_the_day_of_a_call_is_the_day_in_shanghai() -> None:
    just_after_midnight = datetime(2026, 9, 30, 16, 0, 1, tzinfo=UTC)
    assert naming.call_directory(Path("/s"), "c.1", just_after_midnight) == Path("/s/2026/10/01/c.1")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        naming.call_directory(Path("/s"), "c.1", datetime(2026, 9, 30, 16))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["citizen", "operator", "operator-2", "unit-1", "unit-12"])
def test_tracks_are_named_by_role_and_number(name: str) -> None:
    assert naming.track_file(name) == f"{name}.wav"


@pytest.mark.parametrize("name", ["mixed", "unit-0", "unit-", "../citizen", "citizen.wav", "Unit-1"])
def test_other_track_names_are_refused(name: str) -> None:
    with pytest.raises(naming.NameRefusedError, match="track name"):
        naming.track_file(name)


@pytest.mark.parametrize(
    "path", ["/r/c.1/mixed.wav", "/r/c.1/citizen-.wav", "/r/c.1/citizen-1.mp3", "/r/c 1/citizen-1.wav"]
)
def test_other_files_are_no_raw_legs(path: str) -> None:
    assert naming.parse_raw_leg(Path(path)) is None


def test_stored_paths_are_relative_to_the_store() -> None:
    assert naming.stored_path(Path("/s"), Path("/s/2026/10/01/c.1/mixed.opus")) == "2026/10/01/c.1/mixed.opus"


def test_asterisk_records_messages_beside_the_legs_and_they_are_known_again() -> None:
    expression = naming.raw_message_expression(PurePosixPath(RAW))
    assert expression == f"{RAW}/${{HOTLINE_CALL}}/message-%d.wav"
    path = naming.raw_message_path(Path(RAW), "node1-1.1", 2)
    assert str(path) == expression.replace("${HOTLINE_CALL}", "node1-1.1").replace("%d", "2")
    assert naming.raw_message_number(path) == 2
    assert naming.parse_raw_leg(path) is None
    assert naming.raw_message_number(Path("message-x.wav")) is None


def test_messages_are_named_from_the_second_on_with_a_number() -> None:
    assert [naming.message_name(number) for number in range(3)] == ["message", "message-2", "message-3"]
    assert naming.is_message(Path("message-2.wav"))
    assert not naming.is_message(Path("citizen.wav"))
