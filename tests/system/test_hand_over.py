"""Whoever is needed is reached: a colleague, a queue, 110 from the queue; handed over, brought back, never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Refer, Wait, answering, refusing
from ivr.prompts import SHIPPED
from tests.support.city import QUICK, STEP_S, City, Plan, holds, running_city, until
from tests.support.phones import free_udp_port, heard_at
from tests.support.postgres import fresh_database
from tests.support.rtp import ear

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A = "87650001"
JOINS = answering([Press("1", 0.5)], rings=0.1)
URGENT = "12347"
URGENT_MENU = """\
name: urgent
language: zh-CN
start: main
operator: operator
nodes:
  main:
    kind: choose
    prompts: [main-menu]
    timeout_s: 5
    keys: {"1": danger}
    silence: operator
    wrong: operator
  danger: {kind: queue, category: help, service: "110"}
  operator: {kind: queue}
"""
FIRST, COLLEAGUE = "op1001", "op1002"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        directory = tmp_path_factory.mktemp("city")
        (directory / "menus").mkdir()
        (directory / "menus" / "urgent.yaml").write_text(URGENT_MENU)
        numbers = [{"number": QUICK, "menu": "quick"}, {"number": URGENT, "menu": "urgent"}]
        plan = Plan(directory, cluster.dsn(name), operators=2, sections={"numbers": numbers})
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        await city.operator(FIRST, "ready")
        yield


async def hand_over(city: City, call_id: str, *, attended: bool = False, **to: str) -> str:
    """Ask for a hand-over; the party that rings for it."""
    answer = await city.post(f"/api/calls/{call_id}/hand-over", {"to": to, "attended": attended})
    return str(answer["party_id"])


async def talking_are(city: City, call_id: str, wanted: set[tuple[str, str]]) -> dict[str, Any]:
    """Wait until exactly these parties, by role and name, talk; how the call stands then."""

    async def there() -> dict[str, Any] | None:
        live = await city.live(call_id)
        found = {(p["role"], p["name"]) for p in live.get("parties", ()) if p["joined_at"]}
        return live if found == wanted else None

    return await until(there, f"{wanted} talk")


async def test_a_colleague_joins_without_a_key_and_both_operators_are_on_the_record(city: City) -> None:
    async with (
        city.conversation("13800000101") as call_id,
        city.exchange.phone(COLLEAGUE, answering(rings=0.2), port=city.operator_ports[COLLEAGUE]),
    ):
        answer = await city.post(f"/api/calls/{call_id}/parties", {"operator_id": COLLEAGUE})
        assert answer["party_id"] == f"{call_id}-o1"
        live = await talking_are(city, call_id, {("citizen", ""), ("operator", FIRST), ("operator", COLLEAGUE)})
        assert live["phase"] == "conference"
        call = await city.hang_up(call_id)
    assert [(party["role"], party["name"]) for party in call["parties"]] == [
        ("citizen", ""),
        ("operator", FIRST),
        ("operator", COLLEAGUE),
    ]
    assert [(a["kind"], a["unit_id"], a["outcome"]) for a in call["attempts"]] == [("operator", COLLEAGUE, "accepted")]
    assert [ticket["operator_id"] for ticket in call["tickets"]] == [FIRST]


async def test_a_call_is_handed_over_to_a_colleague_after_a_word(city: City) -> None:
    async with (
        city.conversation("13800000102") as call_id,
        city.exchange.phone(COLLEAGUE, answering(rings=0.2), port=city.operator_ports[COLLEAGUE]),
    ):
        await hand_over(city, call_id, attended=True, operator_id=COLLEAGUE)
        live = await city.in_phase(call_id, "consult")
        assert live["place"] == "hold"
        await city.event(call_id, "operator-joined", operator=COLLEAGUE)
        await city.post(f"/api/calls/{call_id}/transfer")
        live = await talking_are(city, call_id, {("citizen", ""), ("operator", COLLEAGUE)})
        assert live["phase"] == "conference"
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1


async def test_a_blind_hand_over_frees_the_operator_while_the_colleague_still_rings(city: City) -> None:
    async with (
        city.exchange.phone(COLLEAGUE, answering(rings=1.5), port=city.operator_ports[COLLEAGUE]),
        city.conversation("13800000103") as call_id,
    ):
        await hand_over(city, call_id, operator_id=COLLEAGUE)
        assert (await city.in_phase(call_id, "hold"))["place"] == "hold"
        await city.event(call_id, "operator-left", operator=FIRST)
        await talking_are(city, call_id, {("citizen", ""), ("operator", COLLEAGUE)})
        await city.hang_up(call_id)
    [told] = await city.events(call_id, "handed-over")
    assert told["data"] == {"operator": FIRST, "whose": "operator", "to": COLLEAGUE}


async def test_a_hand_over_that_nobody_answers_rings_the_operator_who_had_the_call(city: City) -> None:
    async with (
        city.exchange.phone(FIRST, answering(), port=city.operator_ports[FIRST], calls=2),
        city.exchange.phone(COLLEAGUE, refusing(), port=city.operator_ports[COLLEAGUE]),
        city.exchange.citizen("13800000104", dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13800000104")
        await hand_over(city, call_id, operator_id=COLLEAGUE)
        await city.event(call_id, "operator-left", operator=FIRST)
        await talking_are(city, call_id, {("citizen", ""), ("operator", FIRST)})
        call = await city.hang_up(call_id)
    assert [(a["mode"], a["unit_id"], a["outcome"]) for a in call["attempts"]] == [
        ("hand-over", COLLEAGUE, "busy"),
        ("back", FIRST, "accepted"),
    ]


async def test_when_the_operator_does_not_come_back_either_the_citizen_is_first_in_the_queue_and_why_is_told(
    city: City,
) -> None:
    declines = answering([Press("2", 0.5)], rings=2.0)
    port = city.operator_ports[FIRST]
    try:
        async with (
            city.exchange.phone(FIRST, answering(), port=port) as operator,
            city.exchange.duty(POST_A, declines),
            city.exchange.citizen("13800000105", dialled=QUICK, hang_up=False),
        ):
            call_id = await city.talking("13800000105")
            await hand_over(city, call_id, unit_id="water")
            await city.operator(FIRST, "paused", "training")
            await operator.finished(STEP_S)
            async with city.exchange.phone(FIRST, refusing(), port=port):
                told = await city.event(call_id, "came-back", within=30)
            await city.operator(COLLEAGUE, "ready")
            async with city.exchange.phone(COLLEAGUE, answering(), port=city.operator_ports[COLLEAGUE]):
                live = await talking_are(city, call_id, {("citizen", ""), ("operator", COLLEAGUE)})
                assert live["came_back"] == told["data"]["why"]
                assert told["data"]["why"].startswith("市水务局: ")
                await city.hang_up(call_id)
    finally:
        await city.operator(COLLEAGUE, "away")


async def test_a_call_is_handed_over_to_a_queue_and_answered_there(city: City) -> None:
    async with (
        city.exchange.phone(FIRST, answering(), port=city.operator_ports[FIRST], calls=2),
        city.exchange.citizen("13800000106", dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13800000106")
        answer = await city.post(f"/api/calls/{call_id}/hand-over", {"to": {"queue": "hotline"}})
        assert answer == {"party_id": None, "to": "hotline"}
        await city.event(call_id, "operator-left", operator=FIRST)
        await city.in_phase(call_id, "talking")
        call = await city.hang_up(call_id)
    assert [party["name"] for party in call["parties"]] == ["", FIRST, FIRST]


async def test_110_gets_a_citizen_who_still_waits_in_the_queue(city: City) -> None:
    await city.operator(FIRST, "paused", "training")
    try:
        async with (
            city.exchange.duty("110", answering(rings=0.2)),
            city.exchange.citizen("13800000107", dialled=QUICK, hang_up=False),
        ):
            call_id = await city.call_from("13800000107")
            await city.event(call_id, "queued")
            await city.post(f"/api/calls/{call_id}/parties", {"service": "110"})
            await talking_are(city, call_id, {("citizen", ""), ("unit", "")})
            call = await city.hang_up(call_id)
    finally:
        await city.operator(FIRST, "ready")
    assert [(a["kind"], a["unit_id"], a["outcome"]) for a in call["attempts"]] == [("service", "110", "accepted")]
    assert call["outcome"] == "conversation"
    waits = await city.rows("SELECT outcome FROM queue_stays WHERE call_id = $1", call_id)
    assert [wait["outcome"] for wait in waits] == ["moved"]


async def test_the_menus_emergency_key_rings_110_while_the_caller_goes_on_to_the_queue(city: City) -> None:
    await city.operator(FIRST, "paused", "training")
    async with (
        city.exchange.duty("110", answering(rings=0.2)),
        city.exchange.citizen("13800000111", Press("1", 1.0), dialled=URGENT, hang_up=False),
    ):
        call_id = await city.call_from("13800000111")
        await talking_are(city, call_id, {("citizen", ""), ("unit", "")})
        call = await city.hang_up(call_id)
    assert [(a["unit_id"], a["outcome"]) for a in call["attempts"]] == [("110", "accepted")]
    [ticket] = call["tickets"]
    assert ticket["category"].startswith("help")


async def test_the_officer_brings_an_operator_back_with_star_0(city: City) -> None:
    officer = answering([Press("1", 0.5), Wait(2), Press("*", 0.5), Press("0", 0.2)], rings=0.1)
    async with (
        city.exchange.phone(FIRST, answering(), port=city.operator_ports[FIRST], calls=2),
        city.exchange.duty(POST_A, officer),
        city.exchange.citizen("13800000108", dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13800000108")
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await city.post(f"/api/calls/{call_id}/transfer")
        await talking_are(city, call_id, {("citizen", ""), ("unit", "")})
        await talking_are(city, call_id, {("citizen", ""), ("unit", ""), ("operator", FIRST)})
        call = await city.hang_up(call_id)
    assert [(a["kind"], a["post"], a["outcome"]) for a in call["attempts"]] == [
        ("unit", "A", "accepted"),
        ("queue", FIRST, "accepted"),
    ]


async def test_a_citizen_whose_unit_hangs_up_first_is_led_to_an_operator_by_0(city: City) -> None:
    officer = answering([Press("1", 0.5), Wait(3)], rings=0.1, hang_up=True)
    async with (
        city.exchange.phone(FIRST, answering(), port=city.operator_ports[FIRST], calls=2),
        city.exchange.duty(POST_A, officer),
        city.exchange.citizen("13800000109", Wait(9), Press("0", 0.5), dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13800000109")
        unit = await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await city.post(f"/api/calls/{call_id}/transfer")
        await city.event(call_id, "unit-left", attempt=unit)
        await city.in_phase(call_id, "talking", within=30)
        call = await city.hang_up(call_id)
    assert [party["name"] for party in call["parties"] if party["role"] == "operator"] == [FIRST, FIRST]


@pytest.mark.parametrize(("number", "dials"), [("13800000120", "1002"), ("13800000124", COLLEAGUE)])
async def test_the_transfer_key_of_the_operators_telephone_hands_over_to_a_colleague(
    city: City, number: str, dials: str
) -> None:
    async with (
        city.exchange.phone(COLLEAGUE, answering(rings=1.0), port=city.operator_ports[COLLEAGUE]),
        city.conversation(number, Refer(dials, 1.0)) as call_id,
    ):
        await city.event(call_id, "operator-left", operator=FIRST)
        assert (await city.in_phase(call_id, "hold"))["place"] == "hold"
        await talking_are(city, call_id, {("citizen", ""), ("operator", COLLEAGUE)})
        call = await city.hang_up(call_id)
    [told] = await city.events(call_id, "handed-over")
    assert told["data"] == {"operator": FIRST, "whose": "operator", "to": COLLEAGUE}
    assert [(a["mode"], a["outcome"]) for a in call["attempts"]] == [("hand-over", "accepted")]
    assert len(call["tickets"]) == 1


async def test_the_transfer_key_hands_over_to_a_unit_by_a_number_of_the_directory(city: City) -> None:
    async with (
        city.exchange.duty(POST_A, JOINS),
        city.conversation("13800000121", Refer(POST_A, 1.0)) as call_id,
    ):
        await talking_are(city, call_id, {("citizen", ""), ("unit", "")})
        call = await city.hang_up(call_id)
    assert [(a["unit_id"], a["post"], a["outcome"]) for a in call["attempts"]] == [("water", "A", "accepted")]


async def test_the_transfer_key_and_a_number_that_nobody_has_ring_the_operator_again(city: City) -> None:
    async with (
        city.exchange.phone(FIRST, answering([Refer("13700000000", 3.0)]), port=city.operator_ports[FIRST], calls=2),
        city.exchange.citizen("13800000122", dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13800000122")
        await city.event(call_id, "operator-left", operator=FIRST)
        await talking_are(city, call_id, {("citizen", ""), ("operator", FIRST)})
        call = await city.hang_up(call_id)
    told, *_ = await city.events(call_id, "transfer-refused")
    assert told["data"] == {"operator": FIRST, "number": "13700000000"}
    assert [(a["mode"], a["outcome"]) for a in call["attempts"]] == [("back", "accepted")]
    assert "13700000000" not in city.exchange.network.dialled


async def test_the_transfer_key_in_a_conference_brings_a_colleague_in_and_the_operator_leaves(city: City) -> None:
    async with (
        city.exchange.phone(COLLEAGUE, answering(rings=0.5), port=city.operator_ports[COLLEAGUE]),
        city.exchange.duty(POST_A, JOINS),
        city.conversation("13800000123", Refer("1002", 4.0)) as call_id,
    ):
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        await city.event(call_id, "operator-left", operator=FIRST)
        live = await city.live(call_id)
        assert (live["phase"], live["place"]) == ("conference", "talk")
        await talking_are(city, call_id, {("citizen", ""), ("unit", ""), ("operator", COLLEAGUE)})
        call = await city.hang_up(call_id)
    assert [(a["kind"], a["mode"], a["outcome"]) for a in call["attempts"]] == [
        ("unit", "join", "accepted"),
        ("operator", "hand-over", "accepted"),
    ]


async def test_the_transfer_key_in_a_conference_and_a_number_that_nobody_has_are_refused_in_words(
    city: City, tmp_path: Path
) -> None:
    refers = answering([Refer("13700000000", 4.0)])
    async with (
        ear(free_udp_port()) as operators_ear,
        city.exchange.phone(FIRST, heard_at(refers, operators_ear.port), port=city.operator_ports[FIRST]),
        city.exchange.duty(POST_A, JOINS),
        city.exchange.citizen("13800000125", dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13800000125")
        await city.summon(call_id)
        await city.in_phase(call_id, "conference")
        told = await city.event(call_id, "transfer-refused")
        assert told["data"] == {"operator": FIRST, "number": "13700000000"}
        word = SHIPPED / "zh-CN" / "handover-failed.wav"
        await until(holds(lambda: bool(operators_ear.finds([word]))), "the operator is told")
        await talking_are(city, call_id, {("citizen", ""), ("unit", ""), ("operator", FIRST)})
        await city.hang_up(call_id)


REFUSED: tuple[tuple[dict[str, str], int, str], ...] = (
    ({"operator_id": "nobody"}, 404, "no-such-operator"),
    ({"queue": "nowhere"}, 404, "no-such-queue"),
    ({"operator_id": FIRST}, 409, "the-unit-is-in-the-call-already"),
    ({"queue": "hotline", "mode": "consult"}, 409, "nobody-is-free"),
    ({"operator_id": COLLEAGUE, "queue": "hotline"}, 422, "the-request-does-not-fit"),
)


async def test_who_cannot_be_asked_for_is_refused_and_the_talk_goes_on(city: City) -> None:
    async with city.conversation("13800000110") as call_id:
        for body, status, code in REFUSED:
            answered, problem = await city.request("POST", f"/api/calls/{call_id}/parties", body)
            assert (answered, problem["code"]) == (status, code), body
        assert (await city.live(call_id))["phase"] == "talking"
        await city.hang_up(call_id)
