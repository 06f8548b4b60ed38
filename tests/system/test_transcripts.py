"""What three parties say on real calls is recorded apart and recognised: one call in full, then twenty at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from app.db.cluster import Cluster
from app.demo.scenarios import Action, Press, Speak, Wait, answering
from app.demo.speech import Line, raw_speech
from app.units.model import Contact, Unit
from recordings.accuracy import character_error_rate, foreign_phrases
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.postgres import fresh_database

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(420), pytest.mark.alone]

SPEECH = Path(__file__).parents[1] / "speech"
TEXTS: Mapping[str, Any] = yaml.safe_load((SPEECH / "texts.yaml").read_text(encoding="utf-8"))
ROLES = ("citizen", "operator", "unit")
MOST_ERRORS = 0.10
AT_ONCE = 20
RECOGNISED_S = 240.0
UNITS = tuple(
    Unit(id=f"unit-{n:02d}", name=f"单位{n}", contacts=(Contact("A", name="值班员", phone=f"876600{n:02d}"),))
    for n in range(1, AT_ONCE + 1)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(
            tmp_path_factory.mktemp("city"),
            cluster.dsn(name),
            operators=AT_ONCE,
            ready=AT_ONCE,
            units=UNITS,
            worker=True,
            sections={"units": {"ring_seconds": 15, "key_seconds": 10}},
        )
        async with running_city(plan) as running:
            yield running


async def transcript(city: City, call_id: str) -> dict[str, str]:
    """What each role said on a call, as soon as it is recognised."""

    async def recognised() -> list[dict[str, Any]]:
        return await city.rows("SELECT turns FROM transcripts WHERE call_id = $1", call_id)

    [row] = await until(recognised, "the transcript is there", RECOGNISED_S)
    return {role: "".join(turn["text"] for turn in row["turns"] if turn["role"] == role) for role in ROLES}


async def tracks(city: City, call_id: str) -> dict[str, Path]:
    """The call's recorded files by name."""
    rows = await city.rows("SELECT name, path FROM recordings WHERE call_id = $1", call_id)
    return {row["name"]: city.settings.recordings_dir / row["path"] for row in rows}


async def test_each_party_of_a_three_party_call_is_recorded_apart_and_understood(city: City, tmp_path: Path) -> None:
    number, unit = "13100000001", UNITS[0]
    lines = {role: Line(SPEECH / f"{role}.wav", 1.0) for role in ROLES}
    said = {role: Speak(await asyncio.to_thread(raw_speech, line, tmp_path)) for role, line in lines.items()}
    seconds = {role: line.seconds + line.after + 1 for role, line in lines.items()}
    # One after the other: each waits for those before it; the unit for its own key only.
    operator = answering([Wait(seconds["citizen"]), said["operator"]])
    duty = answering([Press("1", 0.5), Wait(1), said["unit"], Wait(seconds["unit"])], rings=0.1, hang_up=True)
    await _only(city, "op1001")
    async with (
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.duty(unit.contacts[0].phone, duty) as officer,
        city.exchange.citizen(number, Wait(1), said["citizen"], dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking(number)
        await asyncio.sleep(1 + seconds["citizen"] + seconds["operator"])
        await city.summon(call_id, unit.id)
        await officer.finished(60)
        await city.hang_up(call_id)
    heard = await transcript(city, call_id)
    texts = {role: TEXTS["long"][role]["text"] for role in ROLES}
    errors = {role: character_error_rate(texts[role], heard[role]) for role in ROLES}
    assert max(errors.values()) <= MOST_ERRORS, (errors, heard)
    for role in ROLES:
        others = "，".join(texts[other] for other in ROLES if other != role)
        assert foreign_phrases(heard[role], texts[role], others) == ()
    files = await tracks(city, call_id)
    assert set(files) == {"citizen", "operator", "unit-1", "mixed"}
    assert all(path.stat().st_size > 0 for path in files.values())
    await city.quiet()


async def test_twenty_three_party_calls_at_once_end_up_each_in_its_own_place(city: City, tmp_path: Path) -> None:
    texts = TEXTS["short"]
    assert len(texts) >= AT_ONCE
    # The service lives in this process: its event loop must not wait for ffmpeg.
    said = await asyncio.to_thread(_all_spoken, tmp_path)
    for operator in city.operator_ports:
        await city.operator(operator, "ready")
    numbers = {f"131000010{n:02d}": n for n in range(1, AT_ONCE + 1)}
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        for n, (operator, port) in enumerate(city.operator_ports.items(), 1):
            phone = city.exchange.phone(operator, answering(_twice(said[n, "operator"])), port=port)
            await stack.enter_async_context(phone)
        for n, unit in enumerate(UNITS, 1):
            actions: list[Action] = [Press("1", 0.5), *_twice(said[n, "unit"])]
            await stack.enter_async_context(city.exchange.duty(unit.contacts[0].phone, answering(actions, rings=0.1)))
        for number, n in numbers.items():
            citizen = city.exchange.citizen(number, *_twice(said[n, "citizen"]), dialled=QUICK, hang_up=False)
            await stack.enter_async_context(citizen)
        calls = {await city.talking(number): n for number, n in numbers.items()}
        await asyncio.gather(*(city.summon(call_id, UNITS[n - 1].id) for call_id, n in calls.items()))
        # One after the other: twenty that ask again and again would take the service's time for the calls.
        for call_id in calls:
            await city.in_phase(call_id, "conference", 60)
        await asyncio.sleep(15)
        outcomes = await asyncio.gather(*(city.hang_up(call_id) for call_id in calls))
    await city.quiet()
    talked = time.monotonic() - began
    for call in outcomes:
        n = calls[call["id"]]
        [ticket] = call["tickets"]
        answered = int(ticket["operator_id"].removeprefix("op1"))
        assert ticket["caller_phone"] == next(number for number, of in numbers.items() if of == n)
        assert [(a["unit_id"], a["outcome"]) for a in call["attempts"]] == [(UNITS[n - 1].id, "accepted")]
        heard = await transcript(city, call["id"])
        wanted = {
            "citizen": texts[n - 1]["citizen"],
            "operator": texts[answered - 1]["operator"],
            "unit": texts[n - 1]["unit"],
        }
        for role in ROLES:
            assert _closest(heard[role], role) == wanted[role], (call["id"], role, heard)
        assert set(await tracks(city, call["id"])) == {"citizen", "operator", "unit-1", "mixed"}
    assert len({call["tickets"][0]["number"] for call in outcomes}) == AT_ONCE
    assert len({call["tickets"][0]["operator_id"] for call in outcomes}) == AT_ONCE
    assert talked < RECOGNISED_S


def _twice(sentence: Speak) -> list[Action]:
    """Said twice: sixty telephones are run by two processors here, and a busy moment may take a word away."""
    return [Wait(4), sentence, Wait(2), sentence]


def _closest(heard: str, role: str) -> str:
    """The sentence of this role that was most probably said."""
    said: list[str] = [call[role] for call in TEXTS["short"]]
    return min(said, key=lambda text: character_error_rate(text, heard))


def _all_spoken(directory: Path) -> dict[tuple[int, str], Speak]:
    """What everybody says, by the call's number and the role."""
    return {
        (n, role): Speak(raw_speech(Line(SPEECH / "short" / f"{n:02d}-{role}.wav", 0.0), directory))
        for n in range(1, AT_ONCE + 1)
        for role in ROLES
    }


async def _only(city: City, wanted: str) -> None:
    """Only this operator takes calls."""
    for operator in city.operator_ports:
        await city.operator(operator, "ready" if operator == wanted else "away")
