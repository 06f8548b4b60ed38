"""Somebody hangs up at each step of a call: the record says what happened, and nothing of the call is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Wait, answering, silent
from tests.support.city import QUICK, City, Plan, running_city
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A = "87650001"
JOINS = answering([Press("1", 0.5)], rings=0.1)


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


async def test_in_the_menu(city: City) -> None:
    async with city.exchange.citizen("13500000002", Wait(2)):
        call = await city.outcome(await city.call_from("13500000002"))
    assert (call["outcome"], call["missed_reason"], call["tickets"]) == ("missed", "menu", [])
    assert timedelta(seconds=1) < call["ended_at"] - call["started_at"] < timedelta(seconds=10)


async def test_in_the_words_after_a_key(city: City) -> None:
    async with city.exchange.citizen("13500000003", Press("4", 1.0), Wait(1)):
        call = await city.outcome(await city.call_from("13500000003"))
    assert (call["missed_reason"], call["keys"], call["tickets"]) == ("menu", ["4"], [])


async def test_in_the_queue(city: City) -> None:
    await city.operator("op1001", "paused", "吃饭")
    try:
        async with city.exchange.citizen("13500000004", Wait(2), dialled=QUICK):
            call = await city.outcome(await city.call_from("13500000004"))
    finally:
        await city.operator("op1001", "ready")
    assert (call["outcome"], call["missed_reason"], call["category"], call["tickets"]) == (
        "missed",
        "queue",
        "help",
        [],
    )
    assert call["id"] in {row["id"] for row in await city.get("/api/calls/missed")}


async def test_while_the_operators_phone_rings(city: City) -> None:
    async with (
        city.exchange.phone("op1001", silent(), port=city.operator_ports["op1001"]) as operator,
        city.exchange.citizen("13500000005", Wait(2), dialled=QUICK),
    ):
        call_id = await city.call_from("13500000005")
        await city.event(call_id, "operator-ringing")
        call = await city.outcome(call_id)
        await operator.finished(15)
    assert (call["outcome"], call["missed_reason"], call["tickets"]) == ("missed", "queue", [])
    assert [party["role"] for party in call["parties"]] == ["citizen"]


async def test_the_citizen_while_talking(city: City) -> None:
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as operator,
        city.exchange.citizen("13500000006", Wait(3), dialled=QUICK),
    ):
        call = await city.outcome(await city.call_from("13500000006"))
        await operator.finished(15)
    assert (call["outcome"], len(call["tickets"])) == ("conversation", 1)


async def test_the_operator_while_talking_and_the_citizen_answers_the_closing_question(city: City) -> None:
    operator = answering([Wait(1)], hang_up=True)
    async with (
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen("13500000007", Press("1", 4.0), dialled=QUICK, hang_up=False) as citizen,
    ):
        call_id = await city.call_from("13500000007")
        await citizen.finished(60)
        call = await city.outcome(call_id)
    assert (len(call["tickets"]), call["satisfaction"], call["tickets"][0]["satisfaction"]) == (1, "1", "satisfied")


async def test_in_the_closing_question(city: City) -> None:
    operator = answering([Wait(1)], hang_up=True)
    async with (
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen("13500000008", Wait(4), dialled=QUICK),
    ):
        call = await city.outcome(await city.call_from("13500000008"))
    assert (len(call["tickets"]), call["satisfaction"]) == (1, None)


async def test_while_the_duty_phone_rings(city: City) -> None:
    async with city.exchange.duty(POST_A, silent()) as duty, city.conversation("13500000009") as call_id:
        await city.summon(call_id)
        await city.hang_up(call_id)
        await duty.finished(15)
        call = await city.outcome(call_id)
    assert [(a["post"], a["outcome"]) for a in call["attempts"]] == [("A", "cancelled")]
    assert len(call["tickets"]) == 1


async def test_while_the_duty_officer_hears_who_is_calling(city: City) -> None:
    async with city.exchange.duty(POST_A, answering(rings=0.1)) as duty, city.conversation("13500000010") as call_id:
        unit = await city.summon(call_id)
        await city.event(call_id, "attempt-answered", attempt=unit)
        await city.hang_up(call_id)
        await duty.finished(15)
        call = await city.outcome(call_id)
    assert len(call["attempts"]) == 1
    assert call["attempts"][0]["outcome"] in {"cancelled", "no-key"}
    assert len(call["tickets"]) == 1


async def test_the_duty_officer_hangs_up_without_a_key_and_the_next_post_rings(city: City) -> None:
    hangs_up = answering([Wait(1)], rings=0.1, hang_up=True)
    async with (
        city.exchange.duty(POST_A, hangs_up),
        city.exchange.duty("87650002", JOINS),
        city.conversation("13500000011") as call_id,
    ):
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        call = await city.hang_up(call_id)
    assert [(a["post"], a["outcome"]) for a in call["attempts"]] == [("A", "no-key"), ("B", "accepted")]


async def test_the_operator_while_the_duty_phone_rings(city: City) -> None:
    operator = answering([Wait(2)], hang_up=True)
    number = "13500000012"
    async with (
        city.exchange.duty(POST_A, silent()) as duty,
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, Wait(6), dialled=QUICK),
    ):
        call_id = await city.talking(number)
        await city.summon(call_id)
        await duty.finished(15)
        call = await city.outcome(call_id)
    assert [(a["post"], a["outcome"]) for a in call["attempts"]] == [("A", "cancelled")]
    assert len(call["tickets"]) == 1


async def test_the_operator_in_the_conference_and_the_other_two_talk_on(city: City) -> None:
    number = "13500000013"
    operator = answering([Wait(4)], hang_up=True)
    async with (
        city.exchange.duty(POST_A, JOINS),
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking(number)
        await city.summon(call_id)
        await city.event(call_id, "operator-left")
        live = await city.live(call_id)
        assert (live["phase"], {party["role"] for party in live["parties"]}) == ("conference", {"citizen", "unit"})
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1


async def test_everybody_but_the_citizen_in_the_conference_leads_to_the_closing_question(city: City) -> None:
    number = "13500000014"
    unit = answering([Press("1", 0.5), Wait(4)], rings=0.1, hang_up=True)
    operator = answering([Wait(3)], hang_up=True)
    async with (
        city.exchange.duty(POST_A, unit),
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False) as citizen,
    ):
        call_id = await city.talking(number)
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await citizen.finished(60)
        call = await city.outcome(call_id)
    assert len(call["tickets"]) == 1
    assert all(party["left_at"] for party in call["parties"])


async def test_the_citizen_while_being_held_in_a_consultation(city: City) -> None:
    number = "13500000015"
    async with (
        city.exchange.duty(POST_A, JOINS) as duty,
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as operator,
        city.exchange.citizen(number, Wait(5), dialled=QUICK),
    ):
        call_id = await city.talking(number)
        await city.summon(call_id, mode="consult")
        await city.in_phase(call_id, "consult")
        call = await city.outcome(call_id)
        await operator.finished(15)
        await duty.finished(15)
    assert len(call["tickets"]) == 1


async def test_the_operator_in_a_consultation_and_the_citizen_talks_to_the_unit(city: City) -> None:
    number = "13500000016"
    operator = answering([Wait(5)], hang_up=True)
    async with (
        city.exchange.duty(POST_A, JOINS),
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking(number)
        await city.summon(call_id, mode="consult")
        await city.in_phase(call_id, "consult")
        await city.event(call_id, "operator-left")
        live = await city.in_phase(call_id, "conference")
        assert {party["role"] for party in live["parties"]} == {"citizen", "unit"}
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1
