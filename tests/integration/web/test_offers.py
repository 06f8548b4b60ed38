"""With each ticket comes what this person may do now: exactly what the server then does, and why not the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.people.model import Person
from app.people.rights import may
from app.web.offers import PATHS, right_of
from tests.integration.tickets.desk import BACK, NAME, REPLY, of_unit
from tests.integration.web.conftest import PEOPLE, Web


async def offered(web: Web, who: str, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    ticket = await web.get(who, f"/api/tickets/{number}")
    return {one["action"]: one for one in ticket["allowed"]}, {one["action"]: one for one in ticket["refused"]}


async def test_every_action_of_the_role_is_either_allowed_or_refused_with_its_article(web: Web) -> None:
    number = await web.desk.dispatched()
    for who, (role, unit, operator) in PEOPLE.items():
        if who in {"admin", "urban", "discipline"}:
            continue
        allowed, refused = await offered(web, who, number)
        person = Person(who, role, unit, operator)  # type: ignore[arg-type]
        mine = {name for name in PATHS if may(person, right_of(name))}
        mine |= {"correct"} if may(person, "ticket.correct") else set()
        assert allowed.keys() | refused.keys() == mine, who
        assert not allowed.keys() & refused.keys()
        for why in refused.values():
            assert why["reason"], why
            assert why["article"] or why["code"] == "not-allowed", why


async def test_what_is_allowed_is_done_and_what_is_refused_is_refused_all_along_a_tickets_life(web: Web) -> None:
    number, other = await web.desk.receive(), await web.desk.receive()
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("operator", "dispatch", {"units": [{"unit": "water"}]}),
        ("water", "accept", {"unit": "water"}),
        ("water", "inform", {"unit": "water"}),
        ("office", "urge", {"how": "phone"}),
        ("water", "report", {"unit": "water", "reply": REPLY, "satisfaction": "satisfied"}),
        ("operator", "follow-up", {"result": "satisfied"}),
        ("office", "close", {}),
        ("office", "publish", {}),
    ]
    for who, action, body in steps:
        _, refused = await offered(web, who, number)
        for name, why in refused.items():
            if name == "correct":
                answer = await web.ask(who, "PATCH", f"/api/tickets/{number}", {"content": "x"})
            else:
                answer = await web.act(who, number, name, **_said(name, PEOPLE[who][1], other))
            told = await answer.json()
            if answer.status != 422:
                assert (answer.status, told["code"]) == (409, why["code"]), (action, name, told)
        allowed, _ = await offered(web, who, number)
        assert action in allowed
        assert {need["name"].partition(".")[0] for need in allowed[action]["needs"] if need["required"]} <= body.keys()
        assert (await web.act(who, number, action, **body)).status == 200


async def test_what_the_regulation_demands_is_marked_as_needed(web: Web) -> None:
    number = await web.desk.dispatched()
    await web.desk.done(number, "accept", of_unit("water"), unit="water")
    allowed, _ = await offered(web, "water", number)
    extend = {need["name"]: need for need in allowed["extend"]["needs"]}
    assert {name for name, need in extend.items() if need["required"]} >= {"unit", "working_days", "legal_basis"}
    assert extend["unit"]["value"] == "water"
    report = {need["name"]: need for need in allowed["report"]["needs"]}
    assert report["reply.text"]["required"]
    assert (report["satisfaction"]["kind"], report["satisfaction"]["choices"][0]) == ("choice", "satisfied")


async def test_the_correction_holds_the_present_values_and_ends_with_the_dispatch(web: Web) -> None:
    number = await web.desk.receive(place="人民路8号")
    allowed, _ = await offered(web, "operator", number)
    present = {need["name"]: need["value"] for need in allowed["correct"]["needs"]}
    assert (present["content"], present["place"], present["name"], present["anonymous"]) == (
        *("小区停水", "人民路8号", NAME, False),
    )
    await web.desk.done(number, "dispatch", units=[{"unit": "water"}])
    _, refused = await offered(web, "operator", number)
    assert refused["correct"]["code"] == "rule-illegal-state"


async def test_a_unit_whose_limit_has_passed_is_told_by_which_article_it_cannot_extend(web: Web) -> None:
    number = await web.desk.dispatched()
    web.desk.at += timedelta(days=90)
    _, refused = await offered(web, "water", number)
    assert refused["extend"]["code"] == "rule-extension-late"
    assert refused["extend"]["article"]


async def test_of_a_confidential_ticket_the_content_is_offered_to_nobody_of_the_centre(web: Web) -> None:
    number = await web.desk.receive(category="report_economic", content="局长受贿")
    allowed, refused = await offered(web, "operator", number)
    assert "dispatch" in allowed
    assert refused["correct"]["code"] == "not-allowed"
    assert "受贿" not in str((allowed, refused))
    await web.desk.done(number, "escalate", BACK, to="leader", reason="x")


def _said(name: str, unit: str | None, other: str) -> dict[str, Any]:
    """A body with which the action would pass, were it allowed."""
    bodies: Mapping[str, dict[str, Any]] = {
        "answer": {"how": "direct", "text": "已经答复。"},
        "refer": {"to": "住建局", "reason": "不属于"},
        "dispatch": {"units": [{"unit": "urban-management"}]},
        "report": {"reply": REPLY, "satisfaction": "satisfied"},
        "return": {"reason": "不属于", "suggested_unit": "城管"},
        "extend": {"working_days": 1, "reason": "雨", "measures": "抽", "legal_basis": "法", "signed_by": "王"},
        "escalate": {"to": "leader", "reason": "急"},
        "follow-up": {"result": "satisfied"},
        "redo": {"reason": "重办"},
        "merge": {"into": other},
    }
    return bodies.get(name, {}) | ({"unit": unit} if unit else {})
