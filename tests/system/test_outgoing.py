"""The hotline calls somebody: the asker's telephone first, then theirs; one call, recorded, told to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Wait, answering, refusing, silent
from app.people import accounts, tokens
from app.people.model import Person
from tests.support.city import City, Plan, holds, running_city, until
from tests.support.phones import free_udp_port, heard_at
from tests.support.postgres import fresh_database
from tests.support.rtp import ear

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER = "op1001"
RING_BACK_HZ = 450.0
# The notice that is heard first takes some of it.
TALK_S = 8.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name))
        async with running_city(plan) as running:
            await running.rows("UPDATE users SET operator_id = $1 WHERE name = 'tester'", ASKER)
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        yield


async def call_out(city: City, key: str = "", **wanted: Any) -> tuple[int, dict[str, Any]]:
    """Ask for a call; status and answer."""
    headers = {"Idempotency-Key": key} if key else {}
    async with city.http.post("/api/calls", json=wanted, headers=headers) as response:
        return response.status, await response.json()


async def begun(city: City, number: str, reason: str = "contact", key: str = "") -> str:
    """Ask for a call to a number; its id."""
    status, answer = await call_out(city, key, to={"number": number}, reason=reason)
    assert status == 202, answer
    return str(answer["id"])


def recorded(city: City, call_id: str) -> set[str]:
    """Who of a call was recorded, each in a file of their own."""
    return {path.name.partition("-")[0] for path in Path(city.settings.data_dir).rglob(f"{call_id}/*.wav")}


def asker(city: City, scenario: str = "") -> Any:
    """The telephone of who asks."""
    return city.exchange.phone(ASKER, scenario or answering(), port=city.operator_ports[ASKER])


async def test_both_talk_in_one_call_that_is_recorded_and_opens_no_ticket_of_its_own(city: City) -> None:
    number = "13800002001"
    async with asker(city), city.exchange.duty(number, answering([Wait(TALK_S)], rings=0.5, hang_up=True)):
        call_id = await begun(city, number, "inform")
        live = await city.in_phase(call_id, "conference", 30)
        assert {(party["role"], party["name"]) for party in live["parties"]} == {("citizen", ""), ("operator", ASKER)}
        assert await city.operator_state(ASKER) == "talking"
        call = await city.outcome(call_id, 30)
    assert (call["direction"], call["reason"], call["asked_by"]) == ("out", "inform", "tester")
    assert (call["outcome"], call["reached"], call["caller"]) == ("conversation", "person", number)
    assert {(party["role"], party["name"]) for party in call["parties"]} == {("citizen", ""), ("operator", ASKER)}
    assert [(one["kind"], one["outcome"]) for one in call["attempts"]] == [
        ("operator", "accepted"),
        ("citizen", "accepted"),
    ]
    assert call["tickets"] == []
    [legs] = [event["data"]["legs"] for event in await city.events(call_id, "legs")]
    assert {leg["role"] for leg in legs} == {"citizen", "operator"}
    assert recorded(city, call_id) == {"citizen", "operator"}


async def test_the_asker_hears_the_telephone_ring_until_it_is_answered(city: City) -> None:
    number, media = "13800002002", free_udp_port()
    async with (
        ear(media, breathes=True) as heard,
        asker(city, heard_at(answering(), media)),
        city.exchange.duty(number, answering(rings=2)),
    ):
        call_id = await begun(city, number)
        await until(holds(lambda: any(heard.heard(RING_BACK_HZ))), "the ring-back tone is heard")
        assert (await city.live(call_id))["phase"] == "calling"
        await city.in_phase(call_id, "conference", 30)
        await city.post(f"/api/calls/{call_id}/hold", {"on": True})
        await city.in_phase(call_id, "consult")
        [channel] = [one for one in await city.channels() if ASKER in one]
        assert await city.variable(channel, "CHANNEL(musicclass)") == "hotline"
        await city.post(f"/api/calls/{call_id}/hold", {"on": False})
        await city.in_phase(call_id, "conference")
        await city.hang_up(call_id)


@pytest.mark.parametrize(
    ("scenario", "reached", "code"),
    [
        (refusing("486 Busy Here", rings=0.2), "busy", 486),
        (refusing("480 Temporarily Unavailable"), "switched-off", 480),
        (refusing("404 Not Found"), "wrong-number", 404),
        (refusing("603 Decline", rings=0.2), "refused", 603),
        (refusing("403 Forbidden"), "refused", 403),
        (refusing("503 Service Unavailable"), "failed", 503),
        (silent(), "no-answer", None),
    ],
    ids=["busy", "switched off", "no such number", "declined", "refused by the carrier", "no way there", "no answer"],
)
async def test_what_became_of_it_is_known_and_the_asker_is_let_go(
    city: City, scenario: str, reached: str, code: int | None
) -> None:
    number = "13800002003"
    async with asker(city) as phone, city.exchange.duty(number, scenario):
        call_id = await begun(city, number)
        call = await city.outcome(call_id, 30)
        await phone.finished(15)
    assert (call["outcome"], call["reached"], call["sip_code"]) == ("not-reached", reached, code)
    assert [party["role"] for party in call["parties"]] == ["operator"]
    assert call["tickets"] == []


async def test_an_asker_who_hangs_up_stops_the_ringing(city: City) -> None:
    number = "13800002004"
    async with asker(city, answering([Wait(1.5)], hang_up=True)), city.exchange.duty(number, silent()) as far:
        call_id = await begun(city, number)
        call = await city.outcome(call_id, 30)
        await far.finished(15)
    assert (call["outcome"], call["reached"]) == ("not-reached", "given-up")


async def test_an_asker_who_does_not_answer_calls_nobody(city: City) -> None:
    number = "13800002005"
    async with asker(city, silent()), city.exchange.duty(number, answering()):
        call_id = await begun(city, number)
        call = await city.outcome(call_id, 30)
    assert (call["outcome"], call["reached"]) == ("not-reached", "not-dialled")
    assert [(one["kind"], one["outcome"]) for one in call["attempts"]] == [("operator", "no-answer")]
    assert number not in city.exchange.network.dialled


async def test_asked_twice_at_once_it_is_called_once(city: City) -> None:
    number = "13800002006"
    async with asker(city), city.exchange.duty(number, answering([Wait(TALK_S)], hang_up=True)):
        wanted = {"to": {"number": number}, "reason": "inform"}
        answers = await asyncio.gather(*(call_out(city, "key-1", **wanted) for _ in range(4)))
        ids = {answer["id"] for status, answer in answers if status in {200, 202}}
        assert sorted(status for status, _ in answers) == [200, 200, 200, 202]
        [call_id] = ids
        await city.outcome(call_id, 30)
    assert city.exchange.network.dialled.count(number) == 1
    status, answer = await call_out(city, "key-1", to={"number": "13800002099"}, reason="other")
    assert (status, answer["code"]) == (422, "request-key-used")


async def test_a_missed_caller_who_is_called_back_leaves_the_list_and_has_a_ticket(city: City) -> None:
    number = "13800002007"
    async with city.exchange.citizen(number, Wait(1), dialled="12345"):
        missed = await city.call_from(number)
    await city.outcome(missed)
    assert missed in [line["id"] for line in await city.get("/api/calls/missed")]
    async with asker(city), city.exchange.duty(number, answering([Wait(TALK_S)], hang_up=True)):
        status, answer = await call_out(city, to={"call": missed}, reason="call-back")
        assert status == 202, answer
        call = await city.outcome(answer["id"], 30)
    assert (call["about_call"], call["outcome"]) == (missed, "conversation")
    assert [ticket["caller_phone"] for ticket in call["tickets"]] == [number]
    assert missed not in [line["id"] for line in await city.get("/api/calls/missed")]


async def test_the_talk_with_a_tickets_caller_is_the_tickets(city: City) -> None:
    number = "13800002008"
    async with city.conversation(number) as first:
        [ticket] = (await city.hang_up(first))["tickets"]
    async with asker(city), city.exchange.duty(number, answering([Wait(TALK_S)], hang_up=True)):
        status, answer = await call_out(city, to={"ticket": ticket["number"], "whom": "caller"}, reason="inform")
        assert status == 202, answer
        call = await city.outcome(answer["id"], 30)
    assert (call["about_ticket"], call["reached"], call["tickets"]) == (ticket["number"], "person", [])


async def test_whoever_is_in_a_call_cannot_ask_for_another(city: City) -> None:
    async with city.conversation("13800002009") as call_id:
        status, answer = await call_out(city, to={"number": "13800002010"}, reason="other")
        assert (status, answer["code"]) == (409, "the-operator-is-engaged")
        await city.hang_up(call_id)


async def test_an_officer_calls_the_citizen_from_the_duty_phone_without_knowing_the_number(city: City) -> None:
    number, post = "13800002011", "87650001"
    async with city.conversation(number) as first:
        [ticket] = (await city.hang_up(first))["tickets"]
    await city.rows("UPDATE tickets SET unit_ids = '{water}' WHERE number = $1", ticket["number"])
    officer = await account_of_unit(city)
    async with (
        city.exchange.duty(post, answering([Press("1", 0.5)], rings=0.1)),
        city.exchange.duty(number, answering([Wait(TALK_S)], hang_up=True)) as citizen,
    ):
        async with city.http.post(
            "/api/calls",
            json={"to": {"ticket": ticket["number"], "whom": "caller"}, "reason": "inform"},
            headers={"Authorization": f"Bearer {officer}"},
        ) as response:
            answer = await response.json()
            assert response.status == 202, answer
        live = await city.in_phase(answer["id"], "conference", 30)
        assert {party["role"] for party in live["parties"]} == {"citizen", "unit"}
        call = await city.outcome(answer["id"], 30)
        await citizen.finished(15)
    assert (call["reached"], call["about_ticket"], call["asked_unit"]) == ("person", ticket["number"], "water")
    assert [(one["kind"], one["outcome"]) for one in call["attempts"]] == [
        ("asker", "accepted"),
        ("citizen", "accepted"),
    ]
    assert await city.rows("SELECT 1 FROM unit_attempts WHERE call_id = $1 AND kind = 'unit'", answer["id"]) == []


async def test_an_officers_telephone_that_is_not_lifted_calls_nobody_and_counts_against_nobody(city: City) -> None:
    number = "13800002012"
    async with city.conversation(number) as first:
        [ticket] = (await city.hang_up(first))["tickets"]
    await city.rows("UPDATE tickets SET unit_ids = '{water}' WHERE number = $1", ticket["number"])
    officer = await account_of_unit(city)
    posts = ("87650001", "87650002", "87650003")
    async with AsyncExitStack() as stack:
        for post in posts:
            await stack.enter_async_context(city.exchange.duty(post, refusing("486 Busy Here")))
        async with city.http.post(
            "/api/calls",
            json={"to": {"ticket": ticket["number"]}, "reason": "inform"},
            headers={"Authorization": f"Bearer {officer}"},
        ) as response:
            call_id = (await response.json())["id"]
        call = await city.outcome(call_id, 30)
    assert (call["reached"], call["outcome"]) == ("not-dialled", "not-reached")
    assert {one["kind"] for one in call["attempts"]} == {"asker"}
    assert number not in city.exchange.network.dialled


async def account_of_unit(city: City) -> str:
    """A token of the water board's account."""
    now = datetime.now(UTC)
    async with city.database.transaction() as connection:
        if not await connection.fetchval("SELECT 1 FROM users WHERE name = 'officer'"):
            await accounts.add(connection, Person("officer", "unit", unit_id="water"), "a long enough password", now)
        return (await tokens.issue(connection, "officer", "api", now)).secret
