"""What was said on the call arrives at its ticket as suggestions; a person decides, and a secret stays one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.calls import store as calls
from app.calls.events import CallEvent, Kind
from app.db.queries import QUERIES
from app.jobs.enrich import EnrichJobs
from app.tickets.correction import CorrectArgs
from app.tickets.intake import make_intake
from app.web.response_models import SuggestionsAnswer
from tests.integration.tickets.desk import FRONT, ZONE, Desk

CALL, ATTEMPT = "node1-1790000000.1", "node1-1790000000.1-u1"
CALLER = "13812345678"
SAID = "人民路8号停水两天了，自来水管爆了"
TURNS = [
    {"role": "operator", "name": "operator", "start": 0, "end": 1, "text": "您好，请讲。"},
    {"role": "citizen", "name": "citizen", "start": 1, "end": 4, "text": SAID},
    {"role": "unit", "name": "unit-1", "start": 4, "end": 6, "text": "水务局马上派人。"},
]


@pytest.fixture
async def spoken(desk: Desk) -> str:
    """A three-party call with its transcript; its ticket's number."""
    talk = {"operator": "op1001", "party": "node1-1790000000.2"}
    rung = {"attempt": ATTEMPT, "unit": "water", "unit_name": "水务局", "post": "A", "mode": "join"}
    steps: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.STARTED, {"node": "node1", "caller": CALLER, "dialled": "12345"}),
        (Kind.OPERATOR_JOINED, talk),
        (Kind.ATTEMPT_STARTED, rung),
        (Kind.UNIT_JOINED, {"attempt": ATTEMPT}),
        (Kind.SATISFACTION, {"key": "1"}),
        (Kind.ENDED, {"cause": "16"}),
    ]
    events = [CallEvent(CALL, kind, desk.at + timedelta(seconds=n), data) for n, (kind, data) in enumerate(steps)]
    async with desk.database.transaction() as connection:
        await calls.append(connection, events)
        finished = await calls.finish(connection, CALL, make_intake(lambda: desk.place, ZONE))
        await connection.execute(QUERIES["put_transcript"], CALL, TURNS, "test")
    assert finished.ticket is not None
    return finished.ticket


async def enrich(desk: Desk) -> None:
    await EnrichJobs(desk.tickets).enrich({"call_id": CALL})


async def test_the_ticket_gets_a_draft_a_unit_a_place_and_an_answer_to_choose(desk: Desk, spoken: str) -> None:
    await enrich(desk)

    row = await desk.row(spoken)
    made = row["suggestions"]
    assert SuggestionsAnswer.model_validate(made).model_dump(mode="json").keys() == made.keys()
    assert (row["content"], row["status"], row["unit_ids"]) == (SAID, "received", [])
    assert made["content"] == SAID
    assert (made["units"][0]["unit"], made["units"][0]["confidence"] > 0.9) == ("water", True)
    assert made["place"]["text"] == "人民路8号"
    assert (made["category"]["category"], made["urgent"]) == ("help_public", [])
    assert made["answer"] == {"how": "three_way", "satisfaction": "satisfied"}
    history = await desk.rows("SELECT action, actor FROM ticket_history WHERE number = $1 ORDER BY n", spoken)
    assert history[1] == {"action": "correct", "actor": "system"}


async def test_the_suggested_answer_can_be_put_down_as_it_is(desk: Desk, spoken: str) -> None:
    await enrich(desk)
    suggested = (await desk.row(spoken))["suggestions"]["answer"]
    await desk.done(spoken, "answer", text="水务局当场答复", **suggested)
    row = await desk.row(spoken)
    assert (row["status"], row["satisfaction"]) == ("closed", "satisfied")


async def test_the_callers_earlier_tickets_and_likely_duplicates_are_named(desk: Desk, spoken: str) -> None:
    earlier = await desk.receive(caller={"phone": CALLER}, content="路灯不亮")
    same = await desk.receive(caller={"phone": "13900000000"}, content="人民路停水，自来水管爆了", place="人民路8号")
    secret = await desk.receive(caller={"phone": CALLER}, category="report_economic", content=SAID)

    await enrich(desk)

    made = (await desk.row(spoken))["suggestions"]
    assert [one["number"] for one in made["earlier"]] == [earlier]
    assert [one["number"] for one in made["duplicates"]] == [same]
    assert secret not in str(made)
    assert CALLER not in str(made)


async def test_what_a_person_wrote_is_not_written_over_and_doing_it_again_changes_nothing(
    desk: Desk, spoken: str
) -> None:
    await desk.tickets.correct(spoken, CorrectArgs(content="爆管"), FRONT)
    await enrich(desk)
    once = await desk.row(spoken)
    await enrich(desk)
    assert once["content"] == "爆管"
    assert (await desk.row(spoken))["suggestions"] == once["suggestions"]
    assert len(await desk.rows("SELECT FROM ticket_history WHERE number = $1", spoken)) == 2


async def test_a_confidential_ticket_gets_no_suggestions_and_loses_those_it_had(desk: Desk, spoken: str) -> None:
    await enrich(desk)
    await desk.tickets.correct(spoken, CorrectArgs.model_validate({"category": "report_economic"}), FRONT)
    assert (await desk.row(spoken))["suggestions"] == {}
    await enrich(desk)
    assert (await desk.row(spoken))["suggestions"] == {}


async def test_a_call_without_ticket_or_transcript_is_no_failure(desk: Desk) -> None:
    await EnrichJobs(desk.tickets).enrich({"call_id": "node1-1.1"})
