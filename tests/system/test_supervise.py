"""Supervisors: listen, whisper, barge, take over; heard by whom they want, on nobody's track, and in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Speak, answering
from app.people import accounts, tokens
from app.people.model import Person
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.phones import free_udp_port, heard_at
from tests.support.postgres import fresh_database
from tests.support.rtp import Ear, ear, file_has_tone, tone

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPERATOR, DESK = "op1001", "op1002"
CITIZEN_HERTZ, SUPERVISOR_HERTZ = 400.0, 1000.0


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def boss(city: City) -> str:
    """A supervisor with a telephone; the token."""
    now = datetime.now(UTC)
    async with city.database.transaction() as connection:
        await accounts.add(connection, Person("boss", "supervisor", None, DESK), "a long enough password", now)
        return (await tokens.issue(connection, "boss", "api", now)).secret


@dataclass(frozen=True)
class Stage:
    """A conversation that a supervisor, who speaks a tone of their own, is asked into."""

    city: City
    call_id: str
    token: str
    citizen: Ear
    operator: Ear
    supervisor: Ear

    async def ask(self, method: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        path = f"/api/calls/{self.call_id}/supervise"
        async with self.city.http.request(method, path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def joined(self, mode: str) -> None:
        status, answer = await self.ask("POST", {"mode": mode})
        assert status == 202, answer
        await self.city.event(self.call_id, "supervised", party=answer["party_id"])


def hears(listener: Ear, hertz: float) -> Callable[[], Awaitable[bool]]:
    async def heard() -> bool:
        return any(frame.has_tone(hertz) for frame in listener.frames[-5:])

    return heard


@asynccontextmanager
async def stage(
    city: City, token: str, number: str, directory: Path, *, speaking: str = "supervisor"
) -> AsyncIterator[Stage]:
    """Who speaks has no ear: Asterisk sends its sound to where a telephone's own comes from."""
    citizen_says = [Speak(tone(directory, CITIZEN_HERTZ, 60))] if "citizen" in speaking else []
    supervisor_says = [Speak(tone(directory, SUPERVISOR_HERTZ, 60))] if "supervisor" in speaking else []
    async with (
        ear(free_udp_port(), breathes=True) as citizen,
        ear(free_udp_port(), breathes=True) as operator,
        ear(free_udp_port()) as supervisor,
        city.exchange.phone(OPERATOR, heard_at(answering(), operator.port), port=city.operator_ports[OPERATOR]),
        city.exchange.phone(
            DESK, heard_at(answering(supervisor_says, rings=0.2), supervisor.port), port=city.operator_ports[DESK]
        ),
        city.exchange.citizen(number, *citizen_says, dialled=QUICK, hang_up=False, media_port=citizen.port),
    ):
        yield Stage(city, await city.talking(number), token, citizen, operator, supervisor)


def tracks(city: City, call_id: str) -> dict[str, Path]:
    """The raw recordings of a call by whose they are."""
    found = Path(city.settings.data_dir).rglob(f"*{call_id}*.wav")
    return {role: path for path in found for role in ("citizen", "operator", "unit", "listener") if role in path.name}


async def test_who_listens_hears_the_citizen_and_is_heard_by_nobody(city: City, boss: str, tmp_path: Path) -> None:
    async with stage(city, boss, "13800000201", tmp_path, speaking="citizen") as on:
        await on.joined("listen")
        await until(hears(on.supervisor, CITIZEN_HERTZ), "the supervisor hears the citizen")
        live = await city.live(on.call_id)
        assert ({p["role"] for p in live["parties"]}, live["phase"], live["listeners"]) == (
            {"citizen", "operator"},
            "talking",
            [],
        )
        await city.hang_up(on.call_id)
    async with stage(city, boss, "13800000206", tmp_path, speaking="citizen, supervisor") as on:
        await on.joined("listen")
        begun = len(on.operator.frames)
        await until(lambda: _longer(on.operator, begun + 50), "a second more was heard")
        assert not list(on.operator.heard(SUPERVISOR_HERTZ))
        call = await city.hang_up(on.call_id)
    assert {party["role"] for party in call["parties"]} == {"citizen", "operator"}
    kept = tracks(city, on.call_id)
    assert set(kept) <= {"citizen", "operator"}
    assert not any(file_has_tone(track, SUPERVISOR_HERTZ) for track in kept.values())
    audit = await city.rows("SELECT user_name, detail FROM audit_log WHERE subject = $1", f"call:{on.call_id}")
    assert [(line["user_name"], line["detail"]["mode"]) for line in audit] == [("boss", "listen")]


async def _longer(listener: Ear, frames: int) -> bool:
    return len(listener.frames) >= frames


async def test_a_whisper_reaches_the_operator_alone(city: City, boss: str, tmp_path: Path) -> None:
    async with stage(city, boss, "13800000202", tmp_path) as on:
        await on.joined("whisper")
        await until(hears(on.operator, SUPERVISOR_HERTZ), "the operator hears the whisper")
        assert not list(on.citizen.heard(SUPERVISOR_HERTZ))
        await city.hang_up(on.call_id)
    kept = tracks(city, on.call_id)
    assert set(kept) <= {"citizen", "operator"}
    assert not any(file_has_tone(track, SUPERVISOR_HERTZ) for track in kept.values())


async def test_whoever_barges_in_is_heard_by_all_and_can_leave_again(city: City, boss: str, tmp_path: Path) -> None:
    async with stage(city, boss, "13800000203", tmp_path) as on:
        await on.joined("barge")
        await until(hears(on.citizen, SUPERVISOR_HERTZ), "the citizen hears the supervisor")
        await until(hears(on.operator, SUPERVISOR_HERTZ), "the operator hears the supervisor")
        status, live = await on.ask("DELETE")
        assert (status, live["phase"]) == (200, "conference")
        await city.event(on.call_id, "operator-left", operator=DESK)
        await city.hang_up(on.call_id)


async def test_whoever_takes_the_call_over_talks_with_the_citizen_alone(city: City, boss: str, tmp_path: Path) -> None:
    async with stage(city, boss, "13800000204", tmp_path) as on:
        await on.joined("take")
        await city.event(on.call_id, "operator-left", operator=OPERATOR)
        await until(hears(on.citizen, SUPERVISOR_HERTZ), "the citizen hears the supervisor")
        call = await city.hang_up(on.call_id)
    assert [party["name"] for party in call["parties"]] == ["", OPERATOR, DESK]
    assert len(call["tickets"]) == 1


async def test_who_has_no_telephone_or_does_not_listen_is_told_so(city: City, boss: str, tmp_path: Path) -> None:
    async with stage(city, boss, "13800000205", tmp_path) as on:
        status, problem = await city.request("POST", f"/api/calls/{on.call_id}/supervise", {"mode": "listen"})
        assert (status, problem["code"]) == (409, "no-telephone")
        assert (await on.ask("DELETE"))[0] == 404
        await on.joined("listen")
        status, _ = await on.ask("DELETE")
        assert status == 200
        await city.hang_up(on.call_id)
