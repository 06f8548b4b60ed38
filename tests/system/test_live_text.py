"""The conversation appears as text while people talk, speaker by speaker, for those who may listen in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from app.db.cluster import Cluster
from app.demo.scenarios import Speak, Wait, answering
from app.demo.speech import Line, raw_speech
from recordings.accuracy import character_error_rate, normalised
from tests.support.city import QUICK, City, Plan, running_city
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEECH = Path(__file__).parents[1] / "speech"
# The last words are still being heard.
MOST_ERRORS = 0.20


@dataclass
class Heard:
    """What a screen shows of one speaker: what is certain, and what it sounds like so far."""

    certain: str = ""
    so_far: str = ""

    def take(self, text: str, *, final: bool) -> None:
        self.certain, self.so_far = (self.certain + text, "") if final else (self.certain, text)

    @property
    def text(self) -> str:
        return self.certain + self.so_far


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        sections = {"speech": {"live_calls": 1}}
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), sections=sections)
        async with running_city(plan) as running:
            yield running


async def test_what_citizen_and_operator_say_is_shown_before_they_hang_up(city: City, tmp_path: Path) -> None:
    texts = yaml.safe_load((SPEECH / "texts.yaml").read_text(encoding="utf-8"))["long"]
    lines = {role: Line(SPEECH / f"{role}.wav", 0.5) for role in ("citizen", "operator")}
    said = {role: Speak(await asyncio.to_thread(raw_speech, line, tmp_path)) for role, line in lines.items()}
    operator = answering([said["operator"]])
    heard = {role: Heard() for role in lines}
    async with (
        city.http.ws_connect("/api/live?after=") as feed,
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.citizen("13900001001", Wait(1), said["citizen"], dialled=QUICK, hang_up=False),
    ):
        call_id = await city.talking("13900001001")

        async def enough() -> None:
            # The last two seconds reach Asterisk's file only with the hangup.
            while min(len(heard[role].text) / len(texts[role]["text"]) for role in heard) < 0.6:
                message = await feed.receive_json()
                if message["topic"] == "text":
                    assert message["data"]["call"] == call_id
                    heard[message["data"]["role"]].take(message["data"]["text"], final=message["data"]["final"])

        await asyncio.wait_for(enough(), 40)
        assert (await city.live(call_id))["phase"] == "talking"
        await city.hang_up(call_id)
    for role, each in heard.items():
        # What was heard has no punctuation: neither has what it is compared with.
        said_by_then = normalised(texts[role]["text"])[: len(normalised(each.text))]
        assert character_error_rate(said_by_then, each.text) <= MOST_ERRORS, (role, each)
    await city.quiet()
