"""The three-party call over HTTP: units brought in, muted, dropped, consulted; who leaves and who goes on talking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Hold, Press, Speak, Wait, answering, refusing, silent
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.phones import free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import ear, tone

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A, POST_B, LEADER = "87650001", "87650002", "87650003"
JOINS = answering([Press("1", 0.5)], rings=0.1)
DECLINES = answering([Press("2", 0.5)], rings=0.1)
MACHINE = answering(rings=0.1)
UNIT_HERTZ = 1000.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), operators=2)
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        yield


@asynccontextmanager
async def conference(city: City, number: str) -> AsyncIterator[tuple[str, str]]:
    """Citizen, operator and unit in a conference: the call's id and the unit's."""
    async with city.conversation(number) as call_id, city.exchange.duty(POST_A, JOINS):
        unit = await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await city.event(call_id, "unit-joined", attempt=unit)
        yield call_id, unit


def roles(live: dict[str, list[dict[str, str]]]) -> set[str]:
    """Who is in the conversation."""
    return {party["role"] for party in live["parties"]}


async def _shown_at(city: City, attempt_id: str) -> str:
    """The number that a telephone shows which rings for this attempt; empty while it does not ring."""
    for line in (await city.console("core show channels concise")).splitlines():
        fields = line.split("!")
        if fields[-1] == attempt_id:
            return fields[7]
    return ""


async def in_the_room(city: City, call_id: str, wanted: set[str]) -> dict[str, Any]:
    """Wait until exactly these roles are in the conference; how the call stands then."""

    async def there() -> dict[str, Any] | None:
        live = await city.live(call_id)
        return live if {one["role"] for one in live["parties"] if one["in_conference"]} == wanted else None

    return await until(there, f"{wanted} are in the conference")


async def test_a_unit_that_presses_1_joins_and_one_ticket_follows_the_hangup_within_a_second(city: City) -> None:
    async with conference(city, "13800000001") as (call_id, unit):
        assert roles(await city.live(call_id)) == {"citizen", "operator", "unit"}
        call = await city.hang_up(call_id)
    assert [(party["role"], party["name"]) for party in call["parties"]] == [
        ("citizen", ""),
        ("operator", "op1001"),
        ("unit", "water"),
    ]
    [attempt] = call["attempts"]
    assert (attempt["attempt_id"], attempt["post"], attempt["outcome"]) == (unit, "A", "accepted")
    [ticket] = call["tickets"]
    assert re.fullmatch(r"\d{8}-\d{6}", ticket["number"])
    assert ticket["created_at"] - call["ended_at"] < timedelta(seconds=1)
    assert (ticket["caller_phone"], ticket["category"], ticket["operator_id"]) == (
        "13800000001",
        "help_public",
        "op1001",
    )


async def test_busy_then_no_answer_then_the_leader_joins(city: City) -> None:
    async with (
        city.conversation("13800000002") as call_id,
        city.exchange.duty(POST_A, refusing()),
        city.exchange.duty(POST_B, silent()),
        city.exchange.duty(LEADER, JOINS),
    ):
        await city.summon(call_id)
        await city.in_phase(call_id, "conference", within=30)
        call = await city.hang_up(call_id)
    assert [(a["post"], a["outcome"]) for a in call["attempts"]] == [
        ("A", "busy"),
        ("B", "no-answer"),
        ("leader", "accepted"),
    ]
    kinds = [event["kind"] for event in await city.events(call_id)]
    assert kinds.count("attempt-started") == kinds.count("attempt-ended") == 3


async def test_declined_then_an_answering_machine_then_nobody_and_the_talk_goes_on(city: City) -> None:
    async with (
        city.conversation("13800000003") as call_id,
        city.exchange.duty(POST_A, DECLINES),
        city.exchange.duty(POST_B, MACHINE),
    ):
        await city.summon(call_id)
        await city.event(call_id, "attempt-ended", within=60, attempt=f"{call_id}-u3")
        live = await city.live(call_id)
        assert (live["phase"], roles(live), live["summons"]) == ("talking", {"citizen", "operator"}, [])
        call = await city.hang_up(call_id)
    assert [(a["post"], a["outcome"]) for a in call["attempts"]] == [
        ("A", "declined"),
        ("B", "no-key"),
        ("leader", "wrong-number"),
    ]


async def test_a_muted_unit_is_not_heard_and_is_heard_again_when_unmuted(city: City, tmp_path: Path) -> None:
    speaks = answering([Press("1", 0.5), Speak(tone(tmp_path, UNIT_HERTZ, 30))], rings=0.1)
    number = "13800000004"
    async with (
        ear(free_udp_port()) as citizens_ear,
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
        city.exchange.duty(POST_A, speaks),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False, media_port=citizens_ear.port),
    ):
        call_id = await city.talking(number)
        unit = await city.summon(call_id)
        await city.in_phase(call_id, "conference")

        async def heard() -> bool:
            return any(frame.has_tone(UNIT_HERTZ) for frame in citizens_ear.frames[-5:])

        async def not_heard() -> bool:
            return not await heard()

        await until(heard, "the unit is heard")
        await city.patch(f"/api/calls/{call_id}/parties/{unit}", {"muted": True})
        await until(not_heard, "the muted unit is silent")
        assert {p["party_id"] for p in (await city.live(call_id))["parties"] if p["muted"]} == {unit}
        await city.patch(f"/api/calls/{call_id}/parties/{unit}", {"muted": False})
        await until(heard, "the unit is heard again")
        await city.hang_up(call_id)


async def test_a_unit_that_is_dropped_leaves_the_other_two_talking(city: City) -> None:
    async with conference(city, "13800000006") as (call_id, unit):
        await city.delete(f"/api/calls/{call_id}/parties/{unit}")
        await city.event(call_id, "unit-left", attempt=unit)
        live = await city.live(call_id)
        assert (live["phase"], roles(live)) == ("conference", {"citizen", "operator"})
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1


async def test_after_a_transfer_the_other_two_talk_on_and_the_operator_takes_the_next_call(city: City) -> None:
    first, second = "13800000007", "13800000008"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"], calls=2),
        city.exchange.duty(POST_A, JOINS),
        city.exchange.citizen(first, dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking(first)
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await city.post(f"/api/calls/{call_id}/transfer")
        await city.event(call_id, "operator-left")
        assert roles(await city.live(call_id)) == {"citizen", "unit"}
        async with city.exchange.citizen(second, dialled=QUICK, hang_up=False):
            next_call = await city.talking(second)
            assert roles(await city.live(call_id)) == {"citizen", "unit"}
            later = await city.hang_up(next_call)
        earlier = await city.hang_up(call_id)
    assert [ticket["operator_id"] for ticket in later["tickets"] + earlier["tickets"]] == ["op1001", "op1001"]


async def test_when_the_citizen_leaves_everybody_is_hung_up_on(city: City) -> None:
    number = "13800000009"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as operator,
        city.exchange.duty(POST_A, JOINS) as unit,
        city.exchange.citizen(number, Wait(4), dialled=QUICK) as citizen,
    ):
        call_id = await city.talking(number)
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        for phone in (citizen, operator, unit):
            await phone.finished(15)
        call = await city.outcome(call_id)
    assert len(call["tickets"]) == 1


async def test_a_unit_is_consulted_while_the_citizen_waits_and_then_brought_in(city: City) -> None:
    async with city.conversation("13800000010") as call_id, city.exchange.duty(POST_A, JOINS):
        unit = await city.summon(call_id, mode="consult")
        live = await city.in_phase(call_id, "consult")
        await city.event(call_id, "unit-joined", attempt=unit)
        live = await city.live(call_id)
        assert {p["role"] for p in live["parties"] if p["in_conference"]} == {"operator", "unit"}
        await city.patch(f"/api/calls/{call_id}/parties/{unit}", {"mode": "join"})
        await city.in_phase(call_id, "conference")

        async def all_in() -> bool:
            parties = (await city.live(call_id))["parties"]
            return len(parties) == 3 and all(party["in_conference"] for party in parties)

        await until(all_in, "all three are in the conference")
        call = await city.hang_up(call_id)
    assert call["attempts"][0]["mode"] == "consult"


async def test_a_unit_that_leaves_the_consultation_gives_the_citizen_back_to_the_operator(city: City) -> None:
    leaves = answering([Press("1", 0.5), Wait(2)], rings=0.1, hang_up=True)
    async with city.conversation("13800000011") as call_id, city.exchange.duty(POST_A, leaves):
        unit = await city.summon(call_id, mode="consult")
        await city.in_phase(call_id, "consult")
        await city.event(call_id, "unit-left", attempt=unit)
        live = await city.in_phase(call_id, "conference")
        assert roles(live) == {"citizen", "operator"}
        await city.hang_up(call_id)


async def test_the_citizen_is_put_on_hold_and_taken_back(city: City) -> None:
    async with city.conversation("13800000012") as call_id:
        await city.post(f"/api/calls/{call_id}/hold", {"on": True})
        await city.in_phase(call_id, "consult")
        await city.post(f"/api/calls/{call_id}/hold", {"on": False})
        await city.in_phase(call_id, "conference")

        async def both_in() -> bool:
            return all(party["in_conference"] for party in (await city.live(call_id))["parties"])

        await until(both_in, "both are in the conference")
        call = await city.hang_up(call_id)
    assert [e["kind"] for e in await city.events(call_id) if e["kind"] in {"held", "resumed"}] == ["held", "resumed"]
    assert len(call["tickets"]) == 1


async def test_the_hold_key_of_the_operators_own_telephone_is_told_as_hold_and_loses_nobody(city: City) -> None:
    holds = (Hold(on=True, after=1.0), Hold(on=False, after=1.5))
    async with city.conversation("13800000023", *holds) as call_id:
        await city.event(call_id, "held")
        assert (await city.live(call_id))["state"] == "held"
        await city.event(call_id, "resumed")
        live = await city.live(call_id)
        assert (live["phase"], live["state"], roles(live)) == ("talking", "talking", {"citizen", "operator"})
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1


async def test_hold_in_a_conference_loses_nobody_however_often(city: City) -> None:
    async with conference(city, "13800000014") as (call_id, unit):
        for _ in range(2):
            await city.post(f"/api/calls/{call_id}/hold", {"on": True})
            live = await in_the_room(city, call_id, {"operator", "unit"})
            assert (live["phase"], roles(live)) == ("consult", {"citizen", "operator", "unit"})
            await city.post(f"/api/calls/{call_id}/hold", {"on": False})
            live = await in_the_room(city, call_id, {"citizen", "operator", "unit"})
            assert live["phase"] == "conference"
        await city.delete(f"/api/calls/{call_id}/parties/{unit}")
        await city.event(call_id, "unit-left", attempt=unit)
        await city.post(f"/api/calls/{call_id}/hold", {"on": True})
        await in_the_room(city, call_id, {"operator"})
        await city.post(f"/api/calls/{call_id}/hold", {"on": False})
        live = await in_the_room(city, call_id, {"citizen", "operator"})
        assert roles(live) == {"citizen", "operator"}
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1


async def test_hold_in_the_moment_a_unit_presses_1_loses_nobody(city: City) -> None:
    async with city.conversation("13800000015") as call_id, city.exchange.duty(POST_A, JOINS):
        unit = await city.summon(call_id)
        await city.event(call_id, "attempt-ended", attempt=unit)
        await city.request("POST", f"/api/calls/{call_id}/hold", {"on": True})
        await city.event(call_id, "unit-joined", attempt=unit)
        live = await in_the_room(city, call_id, {"operator", "unit"})
        assert roles(live) == {"citizen", "operator", "unit"}
        await city.post(f"/api/calls/{call_id}/hold", {"on": False})
        await in_the_room(city, call_id, {"citizen", "operator", "unit"})
        await city.hang_up(call_id)


async def test_a_unit_is_not_rung_twice_and_the_refusal_names_the_party_that_is_there(city: City) -> None:
    async with city.conversation("13800000016") as call_id, city.exchange.duty(POST_A, JOINS):
        unit = await city.summon(call_id)
        path, body = f"/api/calls/{call_id}/parties", {"unit_id": "water"}
        status, ringing = await city.request("POST", path, body)
        assert (status, ringing["party_id"], ringing["code"]) == (409, unit, "the-unit-is-ringing-already")
        await city.in_phase(call_id, "conference")
        status, inside = await city.request("POST", path, body)
        assert (status, inside["party_id"], inside["code"]) == (409, unit, "the-unit-is-in-the-call-already")
        call = await city.hang_up(call_id)
    assert len(call["attempts"]) == 1


async def test_110_is_in_the_call_as_soon_as_it_answers_sees_the_citizens_number_and_is_in_the_record(
    city: City,
) -> None:
    number = "13800000017"
    async with city.conversation(number) as call_id, city.exchange.duty("110", answering(rings=0.5)):
        status, rung = await city.request("POST", f"/api/calls/{call_id}/parties", {"service": "110"})
        assert (status, rung["unit_id"]) == (202, "110")
        shown = await until(lambda: _shown_at(city, rung["party_id"]), "110 rings")
        live = await in_the_room(city, call_id, {"citizen", "operator", "unit"})
        assert (live["phase"], shown) == ("conference", number)
        call = await city.hang_up(call_id)
    [attempt] = call["attempts"]
    assert (attempt["kind"], attempt["unit_id"], attempt["unit_name"]) == ("service", "110", "公安报警")
    assert (attempt["post"], attempt["outcome"]) == ("line", "accepted")
    assert attempt["answered_at"] is not None
    assert len(call["tickets"]) == 1


async def test_a_service_number_that_there_is_not_is_refused_by_name(city: City) -> None:
    assert [one["id"] for one in await city.get("/api/services")] == ["110", "119", "120", "122"]
    async with city.conversation("13800000018") as call_id:
        path = f"/api/calls/{call_id}/parties"
        assert (await city.request("POST", path, {"service": "117"}))[1]["code"] == "no-such-service"
        assert (await city.request("POST", path, {"service": "110", "unit_id": "water"}))[0] == 422
        await city.hang_up(call_id)


async def test_what_is_not_possible_is_refused_with_a_problem_document_and_changes_nothing(city: City) -> None:
    async with city.conversation("13800000013") as call_id:
        for path in ("transfer", "hold"):
            status, problem = await city.request("POST", f"/api/calls/{call_id}/{path}", {"on": False})
            assert status == 409, problem
        status, problem = await city.request("POST", f"/api/calls/{call_id}/parties", {"unit_id": "no-such-unit"})
        assert status == 404, problem
        assert (await city.live(call_id))["phase"] == "talking"
        await city.hang_up(call_id)
    status, problem = await city.request("POST", f"/api/calls/{call_id}/hangup", {})
    assert status == 404, problem
