"""A service is told from another by machine, process and time of start; a number used again is another process."""

from __future__ import annotations

import os
from dataclasses import replace

from app.calls.lease import Owner, lives_here, this_process


def test_this_process_lives_and_is_read_as_it_was_written() -> None:
    me = this_process()
    assert (me.pid, Owner.read(str(me)), lives_here(me)) == (os.getpid(), me, True)


def test_a_process_that_has_ended_is_dead_also_where_its_number_is_used_again() -> None:
    me = this_process()
    assert lives_here(replace(me, began=me.began + 1)) is False
    assert lives_here(replace(me, pid=2**22 + 1)) is False


def test_of_another_machine_nothing_is_known() -> None:
    assert lives_here(replace(this_process(), host="east-4026531836")) is None


def test_what_is_no_owner_is_nobody() -> None:
    assert [Owner.read(text) for text in ("", "east", "east/x/1", "east/1", "/1/1")] == [None] * 5
