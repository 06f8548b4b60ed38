"""The service is killed with SIGKILL at the worst moments: conversations go on, and each has one whole ticket."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Speak, Wait, answering, refusing, silent
from tests.support.city import QUICK, City, Plan, until
from tests.support.postgres import fresh_database
from tests.support.rtp import tone
from tests.support.served import Served, one_whole_ticket, served_city

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A, POST_B, LEADER = "87650001", "87650002", "87650003"
JOINS = answering([Press("1", 0.5)], rings=0.1)
HERTZ = 400.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    directory = tmp_path_factory.mktemp("city")
    async with fresh_database(cluster) as name:
        plan = Plan(directory, cluster.dsn(name), sections={"units": {"ring_seconds": 15, "key_seconds": 2}})
        async with served_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(served: Served) -> AsyncIterator[None]:
    yield
    try:
        await served.quiet()
    finally:
        await served.cli("channel request hangup all")


async def test_killed_and_the_citizen_hangs_up_meanwhile(served: Served) -> None:
    city, number = served.city, "13900000002"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as operator,
        city.exchange.citizen(number, Wait(5), dialled=QUICK) as citizen,
    ):
        call_id = await city.talking(number)
        await served.kill()
        await citizen.finished(15)
        await operator.finished(15)
    await served.start()
    await one_whole_ticket(served, call_id)


async def test_killed_in_the_same_moment_as_the_hangup(served: Served) -> None:
    city, number = served.city, "13900000003"
    async with city.conversation(number) as call_id:
        await asyncio.sleep(2)
        status, _ = await city.request("POST", f"/api/calls/{call_id}/hangup", {})
        assert status == 200
        await served.restart()
        await one_whole_ticket(served, call_id)


async def test_killed_between_the_units_key_and_the_move_the_move_is_made_after_the_restart(served: Served) -> None:
    city, number = served.city, "13900000004"
    async with city.conversation(number) as call_id, city.exchange.duty(POST_A, JOINS):
        await asyncio.sleep(1)
        await city.summon(call_id)
        served.send(signal.SIGSTOP)
        await until(lambda: _unit_waits(served), "the unit is alone in the conference")
        await served.restart()
        live = await city.in_phase(call_id, "conference")
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator", "unit"}

        async def all_in() -> bool:
            return all(party["in_conference"] for party in (await city.live(call_id))["parties"])

        await until(all_in, "all three are in the conference")
        await asyncio.sleep(1.5)
        await city.hang_up(call_id)
        call = await one_whole_ticket(served, call_id)
    assert [(attempt["unit_id"], attempt["outcome"]) for attempt in call["attempts"]] == [("water", "accepted")]
    assert {track["role"] for track in call["tracks"]} == {"citizen", "operator", "unit"}


async def test_killed_while_the_duty_phone_rings_a_consultation_stays_one_and_names_its_unit(served: Served) -> None:
    city, number = served.city, "13900000006"
    answers_after_the_restart = answering([Press("1", 0.5)], rings=10)
    async with city.conversation(number) as call_id, city.exchange.duty(POST_A, answers_after_the_restart):
        await city.summon(call_id, mode="consult")
        await served.restart()

        async def ringing() -> list[dict[str, Any]]:
            return list((await city.live(call_id)).get("summons", ()))

        [summons] = await until(ringing, "the ringing duty phone is known again")
        assert (summons["unit_id"], summons["post"]) == ("water", "A")
        live = await city.in_phase(call_id, "consult")
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator", "unit"}
        await asyncio.sleep(1.5)
        await city.hang_up(call_id)
        call = await one_whole_ticket(served, call_id)
    [attempt] = call["attempts"]
    assert (attempt["unit_id"], attempt["unit_name"]) == ("water", "市水务局")
    assert (attempt["post"], attempt["mode"], attempt["outcome"]) == ("A", "consult", "accepted")


async def test_killed_while_a_rings_b_and_the_leader_still_ring_and_no_attempt_has_anothers_number(
    served: Served,
) -> None:
    city, number = served.city, "13900000007"
    async with (
        city.conversation(number) as call_id,
        city.exchange.duty(POST_A, silent()),
        city.exchange.duty(POST_B, silent()),
        city.exchange.duty(LEADER, JOINS),
    ):
        await city.summon(call_id)
        await served.restart()
        live = await city.in_phase(call_id, "conference", within=75)
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator", "unit"}
        await asyncio.sleep(1.5)
        await city.hang_up(call_id)
        call = await one_whole_ticket(served, call_id)
    assert [(attempt["post"], attempt["outcome"]) for attempt in call["attempts"]] == [
        ("A", "no-answer"),
        ("B", "no-answer"),
        ("leader", "accepted"),
    ]
    assert {track["role"] for track in call["tracks"]} == {"citizen", "operator", "unit"}


async def test_killed_in_a_hand_over_the_next_post_still_gets_the_citizen_and_else_the_operator_is_rung(
    served: Served,
) -> None:
    city, number = served.city, "13900000041"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"], calls=2),
        city.exchange.duty(POST_A, silent()),
        city.exchange.duty(POST_B, refusing(rings=1.0)),
        city.exchange.duty(LEADER, refusing()),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking(number)
        await city.post(f"/api/calls/{call_id}/hand-over", {"to": {"unit_id": "water"}})
        await city.in_phase(call_id, "hold")
        await served.restart()
        assert (await city.in_phase(call_id, "hold"))["place"] == "hold"
        await city.event(call_id, "attempt-started", attempt=f"{call_id}-o4", within=60)
        live = await city.in_phase(call_id, "conference", within=30)
        assert {(party["role"], party["name"]) for party in live["parties"]} == {
            ("citizen", ""),
            ("operator", "op1001"),
        }
        call = await city.hang_up(call_id)
    assert [(each["post"], each["mode"]) for each in call["attempts"]] == [
        ("A", "hand-over"),
        ("B", "hand-over"),
        ("leader", "hand-over"),
        ("op1001", "back"),
    ]
    assert len(call["tickets"]) == 1


async def test_a_ring_that_ends_while_the_service_is_away_is_followed_by_the_next_post(served: Served) -> None:
    city, number = served.city, "13900000008"
    async with (
        city.conversation(number) as call_id,
        city.exchange.duty(POST_A, refusing(rings=3)),
        city.exchange.duty(POST_B, JOINS),
    ):
        await city.summon(call_id)
        await served.kill()
        await until(lambda: _nobody_rings(served), "post A has told that it is busy")
        await served.start()
        await city.in_phase(call_id, "conference")
        await asyncio.sleep(1.5)
        await city.hang_up(call_id)
        call = await one_whole_ticket(served, call_id)
    assert [(attempt["post"], attempt["outcome"]) for attempt in call["attempts"]] == [("A", "busy"), ("B", "accepted")]


async def test_killed_and_the_citizen_of_a_conference_hangs_up_everybody_is_let_go(served: Served) -> None:
    city, number = served.city, "13900000009"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as operator,
        city.exchange.duty(POST_A, JOINS) as unit,
        city.exchange.citizen(number, Wait(8), dialled=QUICK) as citizen,
    ):
        call_id = await city.talking(number)
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await served.kill()
        for phone in (citizen, operator, unit):
            await phone.finished(20)
    await served.start()
    await one_whole_ticket(served, call_id)


async def test_killed_in_the_conference_the_parties_talk_on(served: Served) -> None:
    city, number = served.city, "13900000005"
    async with city.conversation(number) as call_id, city.exchange.duty(POST_A, JOINS):
        unit = await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await city.event(call_id, "unit-joined", attempt=unit)
        await served.restart()
        live = await city.in_phase(call_id, "conference")
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator", "unit"}
        await city.delete(f"/api/calls/{call_id}/parties/{unit}")
        await city.hang_up(call_id)
        call = await one_whole_ticket(served, call_id)
    assert [(attempt["unit_id"], attempt["outcome"]) for attempt in call["attempts"]] == [("water", "accepted")]


async def test_after_a_power_cut_a_call_that_was_up_has_an_end_a_recording_and_a_ticket(
    served: Served, tmp_path: Path
) -> None:
    """The last test: Asterisk comes up anew, and the telephones are not registered with it."""
    city, number = served.city, "13900000040"
    says = Speak(tone(tmp_path, HERTZ, 60))
    async with (
        city.exchange.phone("op1001", answering([says]), port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, Speak(tone(tmp_path, HERTZ, 60)), dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking(number)
        joined = (await city.event(call_id, "operator-joined"))["at"]
        await asyncio.sleep(3)
        cut = datetime.now(UTC)
        await served.power_cut()
    await served.start()
    call = await one_whole_ticket(served, call_id)
    [ended] = await city.events(call_id, "ended")
    assert ended["data"]["lost"]
    assert joined < call["ended_at"] <= cut + timedelta(seconds=2)


async def _unit_waits(served: Served) -> bool:
    return "ConfBridge" in await served.cli("core show channels concise")


async def _nobody_rings(served: Served) -> bool:
    return "-u1" not in await served.cli("core show channels concise")


@pytest.mark.parametrize(
    ("moment", "far", "reached"),
    [
        ("asker rings", silent(), "not-dialled"),
        ("far end rings", answering([Wait(9)], rings=5, hang_up=True), "person"),
        ("far end refuses meanwhile", refusing("486 Busy Here", rings=2), "busy"),
        ("they talk", answering([Wait(12)], hang_up=True), "person"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) and len(value) < 40 else "",
)
async def test_killed_while_the_hotline_calls_it_is_dialled_once_and_told_to_its_end(
    served: Served, moment: str, far: str, reached: str
) -> None:
    city, number = served.city, f"139000010{len(moment):02}"
    asker = silent() if moment == "asker rings" else answering()
    async with (
        city.exchange.phone("op1001", asker, port=city.operator_ports["op1001"]),
        city.exchange.duty(number, far),
    ):
        call_id = await city.call_out(number)
        if moment == "asker rings":
            await until(lambda: _announced(city, call_id, "operator"), "the asker's telephone rings")
        elif moment == "they talk":
            await city.event(call_id, "citizen-joined", 30)
        else:
            await until(lambda: _dialled(city, number), "the far end rings")
        await served.restart()
        call = await city.outcome(call_id, 60)
    assert (call["direction"], call["reached"]) == ("out", reached)
    assert city.exchange.network.dialled.count(number) == (0 if reached == "not-dialled" else 1)
    assert call["tickets"] == []


async def _announced(city: City, call_id: str, kind: str) -> bool:
    return any(event["data"]["kind"] == kind for event in await city.events(call_id, "attempt-started"))


async def _dialled(city: City, number: str) -> bool:
    return number in city.exchange.network.dialled
