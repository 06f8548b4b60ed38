"""Calling out over HTTP: who may call whom, what units see of a number, and what is kept of every look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.calls.outgoing import Outgoing, operator_asks
from app.numbers import masked
from app.people.model import Person
from app.web.board import Sight
from app.web.items import see
from tests.integration.tickets.desk import BACK, CALLER, PHONE, of_unit
from tests.integration.web.conftest import Web


async def dispatched(web: Web, **matter: Any) -> str:
    """A ticket at the water board."""
    number = await web.desk.receive(**matter)
    await web.desk.done(number, "dispatch", BACK, units=[{"unit": "water", "role": "lead"}])
    return number


async def call(web: Web, who: str, **wanted: Any) -> tuple[int, dict[str, Any]]:
    response = await web.ask(who, "POST", "/api/calls", wanted)
    return response.status, await response.json()


def test_of_a_masked_number_enough_is_shown_to_know_it_again() -> None:
    assert [masked(number) for number in ("13800001111", "051087650001", "12345", "+8613800001111", "")] == [
        "138****1111",
        "051*****0001",
        "***45",
        "+86*******1111",
        "",
    ]


@pytest.mark.parametrize(
    ("who", "to", "status", "code"),
    [
        ("auditor", {"number": "13800001111"}, 403, "not-allowed"),
        ("operator", {"number": "13800001111"}, 403, "not-allowed"),
        ("supervisor", {"number": "13800001111"}, 409, "no-telephone"),
        ("supervisor", {"number": "nobody"}, 409, "no-number"),
        ("operator", {"ticket": "20260101-000001"}, 404, "no-such-ticket"),
        ("operator", {"call": "node1-1.1"}, 404, "no-such-call"),
        ("operator", {}, 422, "the-request-does-not-fit"),
        ("operator", {"ticket": "1", "call": "2"}, 422, "the-request-does-not-fit"),
        ("water", {"number": "13800001111"}, 403, "not-allowed"),
        ("water", {"call": "node1-1.1"}, 403, "not-allowed"),
    ],
)
async def test_who_may_not_call_is_told_why(web: Web, who: str, to: dict[str, str], status: int, code: str) -> None:
    found, answer = await call(web, who, to=to, reason="other")
    assert (found, answer["code"]) == (status, code)
    assert await web.desk.rows("SELECT id FROM calls") == []


async def test_a_unit_calls_the_callers_of_its_own_tickets_only(web: Web) -> None:
    mine = await dispatched(web)
    status, answer = await call(web, "urban", to={"ticket": mine}, reason="inform")
    assert (status, answer["code"]) == (404, "no-such-ticket")
    status, answer = await call(web, "water", to={"ticket": mine}, reason="inform")
    assert (status, answer["code"]) in {(409, "nobody-on-duty"), (503, "asterisk-away")}


async def test_a_caller_who_will_not_be_named_is_not_called_by_a_unit(web: Web) -> None:
    number = await dispatched(web, caller={**CALLER, "anonymous": True})
    status, answer = await call(web, "water", to={"ticket": number}, reason="inform")
    assert (status, answer["code"]) == (403, "caller-protected")


async def test_a_request_key_must_be_one(web: Web) -> None:
    headers = {"Authorization": f"Bearer {web.secrets['operator']}", "Idempotency-Key": "two words"}
    body = {"to": {"number": "13800001111"}, "reason": "other"}
    response = await web.client.post("/api/calls", json=body, headers=headers)
    assert (response.status, (await response.json())["code"]) == (422, "not-a-request-key")


async def test_a_unit_sees_a_number_masked_and_the_whole_of_it_for_a_reason_that_is_kept(web: Web) -> None:
    number = await dispatched(web)
    hidden = masked(PHONE)
    assert (await web.get("water", f"/api/tickets/{number}"))["caller_phone"] == hidden
    assert [one["caller_phone"] for one in (await web.get("water", "/api/tickets?list=open"))["items"]] == [hidden]
    assert (await web.get("operator", f"/api/tickets/{number}"))["caller_phone"] == PHONE
    refused = await web.ask("water", "GET", f"/api/tickets/{number}/caller")
    assert (refused.status, (await refused.json())["code"]) == (422, "reason-needed")
    whole = await web.get("water", f"/api/tickets/{number}/caller", reason="上门维修前联系")
    assert whole["phone"] == PHONE
    [line] = await web.desk.rows("SELECT user_name, detail FROM audit_log WHERE action = 'ticket.unmask'")
    assert (line["user_name"], line["detail"]["reason"]) == ("water", "上门维修前联系")


async def test_a_call_about_a_ticket_is_shown_with_it_to_the_unit_that_made_it(web: Web) -> None:
    number = await dispatched(web)
    at = datetime.now(UTC) - timedelta(minutes=5)
    for call_id, unit in (("n-out1.1", "water"), ("n-out1.2", None)):
        await web.desk.rows(
            "INSERT INTO calls (id, node, caller, started_at, answered_at, ended_at, outcome, direction, reason, "
            "reached, asked_by, about_ticket, asked_unit) "
            "VALUES ($1, 'n', $2, $3, $3, $4, 'conversation', 'out', 'inform', 'person', $5, $6, $7) RETURNING id",
            *(call_id, PHONE, at, at + timedelta(seconds=80), unit or "office", number, unit),
        )
    await web.desk.rows(
        "INSERT INTO transcripts (call_id, turns, model) VALUES ('n-out1.1', $1, 'm') RETURNING call_id",
        [{"role": "unit", "name": "", "start": 0, "end": 1, "text": "水管已经修好了。"}],
    )
    ticket = await web.get("water", f"/api/tickets/{number}")
    assert [(one["id"], one["said"]) for one in ticket["calls"]] == [("n-out1.1", "水管已经修好了。")]
    assert [one["id"] for one in (await web.get("office", f"/api/tickets/{number}"))["calls"]] == [
        "n-out1.1",
        "n-out1.2",
    ]
    seen = await web.get("water", "/api/calls/n-out1.1")
    assert (seen["direction"], seen["caller"]) == ("out", "")
    assert (await web.ask("water", "GET", "/api/calls/n-out1.2")).status == 404
    await web.desk.done(number, "inform", of_unit("water"), unit="water", note="已通过12345热线电话告知")
    told = (await web.get("office", f"/api/tickets/{number}"))["history"][-1]
    assert "已通过12345热线电话告知" in str(told)


async def test_a_call_about_a_caller_who_will_not_be_named_names_nobody(web: Web) -> None:
    number = await dispatched(web, caller={**CALLER, "anonymous": True})
    at = datetime.now(UTC) - timedelta(minutes=5)
    await web.desk.rows(
        "INSERT INTO calls (id, node, caller, started_at, ended_at, outcome, direction, reason, reached, asked_by, "
        "about_ticket) VALUES ('n-out1.1', 'n', $1, $2, $2, 'not-reached', 'out', 'inform', 'busy', 'office', $3) "
        "RETURNING id",
        *(PHONE, at, number),
    )
    assert [line["caller"] for line in await web.get("office", "/api/calls")] == [""]
    assert (await web.get("office", "/api/calls/n-out1.1"))["caller"] == ""
    status, _ = await call(web, "operator", to={"ticket": number}, reason="inform")
    assert status in {403, 409}
    wanted = await web.ask("office", "POST", "/api/outbound-calls", {"to": {"ticket": number}, "reason": "inform"})
    listed = (await web.get("operator", "/api/outbound-calls"))["items"]
    assert PHONE not in str(listed)
    assert wanted.status in {201, 403, 409}


async def test_the_boards_call_to_a_protected_caller_is_shown_without_the_number(web: Web) -> None:
    asks = operator_asks("op1001", "office")
    out = Outgoing("n-out1.1", PHONE, "inform", "office", asks, "caller", "20260101-000001", protected=True)
    web.board.heard(out.started("n", datetime.now(UTC)))
    web.stage.sight = Sight({"n-out1.1": {"phase": "calling", "parties": [], "summons": []}})
    web.board.refresh()
    held = web.feed.held("calls")["n-out1.1"]
    assert held.protected
    assert PHONE not in str(see(Person("o", "operator"), "calls", "n-out1.1", held))
