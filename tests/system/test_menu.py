"""The menu as callers meet it: every key, silence, wrong keys, interrupting, ticket progress; always to a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Action, Press, Wait
from ivr.prompts import SHIPPED
from tests.support.city import City, Plan, running_city
from tests.support.phones import free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import ear

pytestmark = pytest.mark.asyncio(loop_scope="module")

# The whole menu, five seconds of silence, and the words before the queue take less.
LONGEST_S = 30.0
# Greeting and choices are spoken for longer; whoever is queued earlier has interrupted them.
SPOKEN = timedelta(seconds=15)


@dataclass(frozen=True)
class Caller:
    """A caller without an operator to answer: waits in the queue for some seconds, then hangs up."""

    number: str
    actions: tuple[Action, ...]
    dialled: str = "12345"


CALLERS: Mapping[str, Caller] = {
    "1": Caller("13700000001", (Press("1", 1.0), Wait(8))),
    "2": Caller("13700000002", (Press("2", 1.0), Wait(8))),
    "3": Caller("13700000003", (Press("3", 1.0), Wait(8))),
    "4": Caller("13700000004", (Press("4", 1.0), Wait(8))),
    "0": Caller("13700000005", (Press("0", 1.0), Wait(8))),
    "rfc4733": Caller("13700000006", (Press("4", 1.0, info=False), Wait(8))),
    "repeat": Caller("13700000007", (Press("*", 1.0), Press("1", 3.0), Wait(8))),
    "wrong": Caller("13700000008", (Press("6", 1.0), Press("7", 1.5), Press("6", 1.5), Wait(8))),
    "wrong-right": Caller("13700000009", (Press("6", 1.0), Press("3", 1.5), Wait(8))),
    "silence": Caller("13700000010", (Wait(LONGEST_S),)),
    "direct": Caller("13700000011", (Wait(12),), dialled="12346"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), ready=0)
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(city: City) -> Mapping[str, dict[str, Any]]:
    """What became of each caller; all of them call at once."""
    async with AsyncExitStack() as stack:
        phones = [
            await stack.enter_async_context(
                city.exchange.citizen(caller.number, *caller.actions, dialled=caller.dialled)
            )
            for caller in CALLERS.values()
        ]
        await asyncio.gather(*(phone.finished(LONGEST_S + 30) for phone in phones))
        outcomes = {name: await _outcome(city, caller.number) for name, caller in CALLERS.items()}
    await city.quiet()
    return outcomes


async def _outcome(city: City, number: str) -> dict[str, Any]:
    call_id = await city.call_from(number)
    call = await city.outcome(call_id)
    queued = await city.events(call_id, "queued")
    return call | {"queued": queued, "waited": queued[0]["at"] - call["started_at"] if queued else None}


@pytest.mark.parametrize(
    ("key", "category"), [("1", "consult"), ("2", "suggestion"), ("3", "complaint"), ("4", "help"), ("0", "")]
)
async def test_each_key_leads_to_the_queue_with_its_category(
    calls: Mapping[str, dict[str, Any]], key: str, category: str
) -> None:
    call = calls[key]
    assert [event["data"]["category"] for event in call["queued"]] == [category]
    assert (call["keys"], call["category"]) == ([key], category)


@pytest.mark.parametrize("how", ["4", "rfc4733"], ids=["SIP INFO", "RFC 4733"])
async def test_a_key_during_the_prompt_interrupts_it(calls: Mapping[str, dict[str, Any]], how: str) -> None:
    assert (calls[how]["category"], calls[how]["keys"]) == ("help", ["4"])
    assert calls[how]["waited"] < SPOKEN


async def test_the_star_says_the_choices_again(calls: Mapping[str, dict[str, Any]]) -> None:
    assert (calls["repeat"]["category"], calls["repeat"]["keys"]) == ("consult", ["*", "1"])


async def test_wrong_keys_three_times_lead_to_an_operator(calls: Mapping[str, dict[str, Any]]) -> None:
    assert (len(calls["wrong"]["queued"]), calls["wrong"]["category"]) == (1, "")
    assert calls["wrong"]["keys"] == ["6", "7", "6"]


async def test_a_right_key_after_a_wrong_one_counts(calls: Mapping[str, dict[str, Any]]) -> None:
    assert (calls["wrong-right"]["category"], calls["wrong-right"]["keys"]) == ("complaint", ["6", "3"])


async def test_saying_nothing_leads_to_an_operator(calls: Mapping[str, dict[str, Any]]) -> None:
    assert (len(calls["silence"]["queued"]), calls["silence"]["keys"]) == (1, [])
    assert calls["silence"]["waited"] > SPOKEN


async def test_the_language_key_leads_to_english_prompts_in_menu_and_queue_and_is_on_the_call(city: City) -> None:
    number, said = "13700000012", ("transferring", "queue-next")
    actions = (Press("8", 1.0), Press("1", 3.0), Wait(12))
    async with (
        ear(free_udp_port()) as heard,
        city.exchange.citizen(number, *actions, media_port=heard.port) as phone,
    ):
        call_id = await city.call_from(number)
        await city.event(call_id, "queued")
        [waiting] = (await city.get("/api/queue"))["waiting"]
        assert (waiting["call_id"], waiting["language"]) == (call_id, "en")
        await phone.finished(40)
    assert [event["data"] for event in await city.events(call_id, "language")] == [{"language": "en"}]
    call = await city.outcome(call_id)
    assert (call["language"], call["category"], call["keys"]) == ("en", "consult", ["8", "1"])
    files = [SHIPPED / "en" / f"{sound}.wav" for sound in said]
    assert heard.finds(files) == files


async def test_the_direct_menu_asks_nothing_and_leads_to_an_operator(calls: Mapping[str, dict[str, Any]]) -> None:
    assert (len(calls["direct"]["queued"]), calls["direct"]["keys"]) == (1, [])
    assert calls["direct"]["waited"] < SPOKEN


async def test_whoever_gives_up_in_the_queue_is_listed_as_missed_there(
    city: City, calls: Mapping[str, dict[str, Any]]
) -> None:
    missed = {row["id"]: row["missed_reason"] for row in await city.get("/api/calls/missed")}
    assert missed.items() >= {call["id"]: "queue" for call in calls.values()}.items()
    assert not any(call["tickets"] for call in calls.values())


async def test_key_5_tells_the_caller_how_the_latest_ticket_stands(city: City) -> None:
    number = "13700000020"
    await city.operator("op1001", "ready")
    async with city.conversation(number) as call_id:
        [ticket] = (await city.hang_up(call_id))["tickets"]
    await city.operator("op1001", "away")
    digits = [SHIPPED / "zh-CN" / f"digit-{digit}.wav" for digit in ticket["number"].replace("-", "")]
    said = [
        SHIPPED / "zh-CN" / "progress-latest.wav",
        *digits,
        SHIPPED / "zh-CN" / "progress-status.wav",
        SHIPPED / "zh-CN" / "status-received.wav",
    ]
    async with (
        ear(free_udp_port()) as citizens_ear,
        city.exchange.citizen(number, Press("5", 1.0), Wait(30), media_port=citizens_ear.port) as citizen,
    ):
        await citizen.finished(60)
    assert citizens_ear.finds(said) == said
    await city.quiet()
