"""What a telephone did is what the record says, for every final code."""

from __future__ import annotations

import pytest

from ami_bridge.calls import unit_outcome
from ami_bridge.errands import Outcome
from ami_bridge.refusals import by_cause, by_code


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (302, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (403, Outcome.REFUSED),
        (404, Outcome.WRONG_NUMBER),
        (407, Outcome.REFUSED),
        (408, Outcome.UNREACHABLE),
        (410, Outcome.WRONG_NUMBER),
        (480, Outcome.UNREACHABLE),
        (484, Outcome.WRONG_NUMBER),
        (486, Outcome.BUSY),
        (487, Outcome.CANCELLED),
        (488, Outcome.REFUSED),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
        (504, Outcome.FAILED),
        (580, Outcome.FAILED),
        (600, Outcome.BUSY),
        (603, Outcome.DECLINED),
        (604, Outcome.WRONG_NUMBER),
        (606, Outcome.REFUSED),
        (607, Outcome.DECLINED),
        (608, Outcome.DECLINED),
    ],
)
def test_the_code_of_a_ring_is_its_outcome(code: int, outcome: Outcome) -> None:
    assert by_code(code) is outcome
    assert unit_outcome(answered=False, key="", cause=21, code=code, theirs=True) is outcome


@pytest.mark.parametrize("code", [code for code in range(300, 700) if code != 487])
def test_every_final_code_but_that_for_our_cancel_is_somebodys_refusal(code: int) -> None:
    assert by_code(code) not in {Outcome.ACCEPTED, Outcome.CANCELLED, Outcome.NO_KEY, Outcome.NO_ANSWER}


@pytest.mark.parametrize(
    ("cause", "theirs", "outcome"),
    [
        (19, False, Outcome.NO_ANSWER),
        (19, True, Outcome.UNREACHABLE),
        (16, False, Outcome.CANCELLED),
        (0, False, Outcome.CANCELLED),
        (16, True, Outcome.CANCELLED),
        (17, True, Outcome.BUSY),
        (21, True, Outcome.REFUSED),
        (34, True, Outcome.FAILED),
        (1, True, Outcome.WRONG_NUMBER),
    ],
)
def test_where_only_the_cause_is_known_it_says_less_but_nothing_untrue(
    cause: int, theirs: bool, outcome: Outcome
) -> None:
    assert by_cause(cause, theirs=theirs) is outcome
