"""What a caller who waits hears and can do: their place, a message, a callback; nothing of it is lost, whoever fails.

But for the first test nobody answers here: every call ends without an operator.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from app.db.cluster import Cluster
from app.demo.scenarios import Action, Press, Speak, Wait, answering
from app.demo.speech import Line, raw_speech
from app.setup.telephony import directories, raw_directory
from ivr.prompts import SHIPPED
from recordings.accuracy import character_error_rate
from tests.support.city import QUICK, Plan, until
from tests.support.phones import free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import Ear, ear
from tests.support.served import Served, served_city
from tests.system.asterisk_fixture import write_tone

# Alone: Asterisk loses a key that is pressed while it says the place, and on a busy machine it says it later.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.alone]

SPEECH = Path(__file__).parents[1] / "speech"
TEXTS: Mapping[str, Any] = yaml.safe_load((SPEECH / "texts.yaml").read_text(encoding="utf-8"))
SAID = str(TEXTS["short"][3]["citizen"])
MOST_ERRORS = 0.2
HIDDEN = "anonymous"
NIGHT = "12347"
NIGHT_MENU = """\
name: night
start: ask
operator: operator
nodes:
  ask:
    kind: choose
    prompts: [out-of-hours-menu]
    keys: {1: speak, 2: ring-back}
    silence: operator
    wrong: operator
  operator: {kind: queue}
  speak: {kind: message, prompts: [leave-message], max_s: 30, silence_s: 3, next: saved}
  saved: {kind: hangup, prompts: [message-saved]}
  ring-back: {kind: callback, next: confirmed}
  confirmed: {kind: hangup, prompts: [callback-confirmed]}
"""
# How long the prompt before the tone takes, and the tone, with some time to spare.
TONE_AFTER_S = 6.0
STORED_S = 60.0
PROMPTS = SHIPPED / "zh-CN"


@dataclass(frozen=True)
class Caller:
    """Somebody who calls and acts; who does not hang up waits for the other side to do so."""

    number: str
    actions: tuple[Action, ...]
    dialled: str = QUICK
    hang_up: bool = True
    listens: bool = False
    after: float = 0.0

    @property
    def kept(self) -> str:
        """The number that is kept of the caller."""
        return "" if self.number == HIDDEN else self.number


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    directory = tmp_path_factory.mktemp("city")
    (directory / "menus").mkdir()
    (directory / "menus" / "night.yaml").write_text(NIGHT_MENU)
    sections = {
        "queue": {"announce_seconds": 15, "keys_after_seconds": 3, "keys_seconds": 30},
        "numbers": [{"number": QUICK, "menu": "quick"}, {"number": NIGHT, "menu": "night"}],
    }
    async with fresh_database(cluster) as name:
        plan = Plan(directory, cluster.dsn(name), ready=0, sections=sections)
        async with served_city(plan) as running:
            yield running


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speak:
    return Speak(raw_speech(Line(SPEECH / "short" / "04-citizen.wav", 0.0), tmp_path_factory.mktemp("speech")))


@pytest.fixture(scope="module")
def quiet_line(tmp_path_factory: pytest.TempPathFactory) -> Speak:
    """A telephone that sends its line's silence."""
    directory = tmp_path_factory.mktemp("quiet")
    return Speak(raw_speech(Line(write_tone(directory / "none.wav", 0.1, 0.0), 20.0), directory))


async def called(served: Served, callers: Mapping[str, Caller]) -> Mapping[str, tuple[str, Ear | None]]:
    """All call, act and end; the id of each call and what was heard."""
    city = served.city
    async with AsyncExitStack() as stack:
        ears: dict[str, Ear | None] = {}
        phones = []
        for name, caller in callers.items():
            await asyncio.sleep(caller.after)
            ears[name] = await stack.enter_async_context(ear(free_udp_port())) if caller.listens else None
            heard = ears[name]
            phone = city.exchange.citizen(
                caller.number,
                *caller.actions,
                dialled=caller.dialled,
                hang_up=caller.hang_up,
                media_port=heard.port if heard else 0,
            )
            phones.append(await stack.enter_async_context(phone))
        await asyncio.gather(*(phone.finished(60) for phone in phones))
    return {name: (await city.call_from(caller.kept), ears[name]) for name, caller in callers.items()}


async def stored_message(served: Served, call_id: str) -> dict[str, Any]:
    """The call's message as soon as it is stored: its row and its transcript, over HTTP."""
    city = served.city

    async def transcribed() -> Any:
        status, answer = await city.request("GET", f"/api/transcripts/{call_id}")
        return answer if status == 200 else None

    transcript = await until(transcribed, "the message's transcript is there", STORED_S)
    recordings = (await city.get(f"/api/calls/{call_id}"))["recordings"]
    message: dict[str, Any] = next(one for one in recordings if one["kind"] == "message")
    async with city.http.get(f"/api/recordings/{message['id']}") as response:
        audio = await response.read()
    return message | {"text": "".join(turn["text"] for turn in transcript["turns"]), "audio": audio}


async def missed(served: Served) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in await served.city.get("/api/calls/missed")}


async def test_whose_turn_it_is_at_once_is_not_kept_waiting_by_any_announcement(served: Served) -> None:
    city, number = served.city, "13300000021"
    await city.operator("op1001", "ready")
    async with (
        ear(free_udp_port()) as heard,
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False, media_port=heard.port),
    ):
        call_id = await city.talking(number)
        await city.hang_up(call_id)
    await city.operator("op1001", "away")
    [queued], [rung] = [await city.events(call_id, kind) for kind in ("queued", "operator-ringing")]
    assert rung["at"] - queued["at"] < timedelta(seconds=0.5)
    assert heard.finds([PROMPTS / "queue-next.wav"]) == heard.finds([PROMPTS / "queue-place.wav"]) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(served: Served, speech: Speak, quiet_line: Speak) -> Mapping[str, tuple[str, Ear | None]]:
    leaves = (Wait(TONE_AFTER_S), speech, Wait(4))
    return await called(
        served,
        {
            "first": Caller("13300000001", (Wait(13),), listens=True),
            "second": Caller("13300000002", (Press("2", 9.0),), hang_up=False, listens=True, after=1.0),
            "message": Caller("13300000003", (Press("1", 4.0), *leaves), after=1.0),
            "before the tone": Caller("13300000004", (Press("1", 4.0), Wait(2))),
            "says nothing": Caller("13300000005", (quiet_line, Press("1", 2.8), Press("2", 12.0)), hang_up=False),
            "menu message": Caller("13300000006", (Press("1", 1.0), *leaves, Press("#", 0.0)), NIGHT, hang_up=False),
            "menu callback": Caller("13300000007", (Press("2", 1.0),), NIGHT, hang_up=False),
            "hidden": Caller(HIDDEN, (Press("2", 3.0), *leaves)),
        },
    )


async def test_whoever_waits_hears_music_their_place_and_the_keys(calls: Mapping[str, tuple[str, Ear | None]]) -> None:
    first, second = calls["first"][1], calls["second"][1]
    assert first is not None
    assert second is not None
    for heard, sounds in (
        (first, ["queue-next", "queue-leave-message"]),
        (second, ["queue-place", "digit-2", "queue-leave-message", "callback-confirmed", "thanks"]),
    ):
        files = [PROMPTS / f"{sound}.wav" for sound in sounds]
        assert heard.finds(files) == files


async def test_callbacks_keep_the_place_the_callers_had(served: Served, calls: Mapping[str, Any]) -> None:
    booked = {name: calls[name][0] for name in ("second", "says nothing", "menu callback")}
    rows = await served.city.get("/api/calls/missed")
    listed = [row for row in rows if row["callback_at"]]
    assert rows[: len(booked)] == listed
    assert {row["id"] for row in listed} == set(booked.values())
    assert [row["place"] for row in listed] == [1, 2, 3]
    assert [row["waiting_since"] for row in listed] == sorted(row["waiting_since"] for row in listed)
    assert listed[0]["id"] == booked["second"]


@pytest.mark.parametrize("name", ["message", "menu message", "hidden"])
async def test_a_message_is_stored_transcribed_and_listed_with_the_time_it_is_due(
    served: Served, calls: Mapping[str, Any], name: str
) -> None:
    call_id = calls[name][0]
    message = await stored_message(served, call_id)
    assert character_error_rate(SAID, message["text"]) <= MOST_ERRORS, message["text"]
    assert hashlib.sha256(message["audio"]).hexdigest() == message["sha256"]
    assert 2 < message["seconds"] < 12
    row = (await missed(served))[call_id]
    assert row["messages"] == [message["id"]]
    left, due = (datetime.fromisoformat(row[key]) for key in ("message_at", "answer_by"))
    assert due - left == timedelta(hours=24)
    assert not (raw_directory(served.city.settings) / call_id).exists()


async def test_hanging_up_before_the_tone_is_an_ordinary_missed_call(served: Served, calls: Mapping[str, Any]) -> None:
    row = (await missed(served))[calls["before the tone"][0]]
    assert (row["message_at"], row["messages"], row["callback_at"], row["missed_reason"]) == (None, [], None, "queue")


async def test_whoever_says_nothing_after_the_tone_waits_on(served: Served, calls: Mapping[str, Any]) -> None:
    call_id = calls["says nothing"][0]

    async def waits_again() -> bool:
        return len(await served.city.events(call_id, "queued")) == 2

    await until(waits_again, "the caller waits again")

    async def forgotten() -> bool:
        row = (await missed(served))[call_id]
        return row["message_at"] is None and row["messages"] == []

    await until(forgotten, "the silent message is forgotten", STORED_S)


async def test_messages_and_callbacks_while_the_service_is_killed_are_told_by_the_journal(
    served: Served, calls: Mapping[str, Any], speech: Speak
) -> None:
    city = served.city
    says = (Wait(TONE_AFTER_S), speech, Wait(4))
    callers = {
        "queue message": Caller("13300000011", (Press("1", 3.0), *says)),
        "queue callback": Caller("13300000012", (Press("2", 3.0),), hang_up=False),
        # The service goes while it has the caller after the tone.
        "menu message": Caller("13300000013", (Press("1", 1.0), *says), NIGHT),
    }
    calling = asyncio.create_task(called(served, callers))
    await city.event(await city.call_from("13300000013"), "message")
    await served.kill()
    assert calls
    await asyncio.sleep(6)
    await served.start()
    ids = {name: call_id for name, (call_id, _) in (await calling).items()}
    for call_id in ids.values():
        await city.outcome(call_id, within=STORED_S)
        told = [(event["kind"], event["data"].get("key")) for event in await city.events(call_id)]
        assert len(told) == len(set(told)), told
    for name in ("queue message", "menu message"):
        message = await stored_message(served, ids[name])
        assert character_error_rate(SAID, message["text"]) <= MOST_ERRORS, (name, message["text"])
    assert (await missed(served))[ids["queue callback"]]["place"] == 4


async def test_nothing_of_all_this_made_asterisk_complain(served: Served, calls: Mapping[str, Any]) -> None:
    log = (directories(served.city.settings).log / "messages.log").read_text(errors="replace")
    assert calls
    assert [line for line in log.splitlines() if "WARNING[" in line or "ERROR[" in line] == []
    await served.quiet()
