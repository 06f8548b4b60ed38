"""What is said is heard without a gap: while a citizen is moved into a conference, and while the service is killed.

Nothing else runs meanwhile: a telephone that does not get the processor says nothing either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Speak, Wait, answering
from tests.support.city import QUICK, City, Plan, holds, running_city, until
from tests.support.phones import free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import ear, longest_gap, tone
from tests.support.served import Served, one_whole_ticket, served_city

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.alone]

POST_A = "87650001"
OPERATOR_HERTZ, UNIT_HERTZ = 400.0, 1000.0
# After a move nobody may miss more than this of what is said, in seconds.
GAP_S = 0.060
# A starting service takes the processor from the telephones for a moment; what they skip then is not the call's loss.
HICCUP_S = 0.250
FRAMES_A_SECOND, MOST_OF = 50, 0.9
MOVES = 3


@pytest_asyncio.fixture(loop_scope="module")
async def city(cluster: Cluster, tmp_path: Path) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name, running_city(Plan(tmp_path / "city", cluster.dsn(name))) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def served(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Served]:
    async with fresh_database(cluster) as name, served_city(Plan(tmp_path / "city", cluster.dsn(name))) as running:
        yield running


@dataclass(frozen=True)
class Move:
    """What the citizen missed of one move into the conference, in seconds."""

    of_operator: float
    until_unit: float
    of_unit: float


async def test_the_citizen_misses_nothing_while_being_moved_into_the_conference(city: City, tmp_path: Path) -> None:
    moves = [await _heard_move(city, f"1380000500{n}", tmp_path) for n in range(MOVES)]
    for missed in ("of_operator", "until_unit", "of_unit"):
        gaps = [getattr(move, missed) for move in moves]
        # A busy machine delays a packet now and then; what the move itself costs shows in the middle one.
        assert median(gaps) <= GAP_S, (missed, gaps)
        assert max(gaps) <= HICCUP_S, (missed, gaps)


async def _heard_move(city: City, number: str, directory: Path) -> Move:
    operator = answering([Speak(tone(directory, OPERATOR_HERTZ, 60))])
    unit_says = Speak(tone(directory, UNIT_HERTZ, 60))
    async with (
        ear(free_udp_port()) as citizens_ear,
        city.exchange.phone("op1001", operator, port=city.operator_ports["op1001"]),
        city.exchange.duty(POST_A, answering([unit_says, Press("1", 2.0), Wait(2)], rings=0.1)),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False, media_port=citizens_ear.port),
    ):
        call_id = await city.talking(number)
        await city.summon(call_id)
        moved = (await city.event(call_id, "moved"))["at"].timestamp()
        joined = (await city.event(call_id, "unit-joined"))["at"].timestamp()
        await until(holds(lambda: citizens_ear.frames[-1].at > moved + 1.5), "a second and a half more is heard")
        await city.hang_up(call_id)
    unit_heard = list(citizens_ear.heard(UNIT_HERTZ))
    return Move(
        longest_gap(list(citizens_ear.heard(OPERATOR_HERTZ)), moved - 1, moved + 1),
        unit_heard[0] - joined,
        longest_gap(unit_heard, unit_heard[0], moved + 1),
    )


async def test_killed_in_mid_conversation_nobody_hears_it_and_the_ticket_is_whole(
    served: Served, tmp_path: Path
) -> None:
    city, number = served.city, "13900000001"
    says = Speak(tone(tmp_path, OPERATOR_HERTZ, 60))
    async with (
        ear(free_udp_port()) as citizens_ear,
        city.exchange.phone("op1001", answering([says]), port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, Press("2", 1.0), hang_up=False, media_port=citizens_ear.port),
    ):
        call_id = await city.talking(number)
        await until(holds(lambda: any(citizens_ear.heard(OPERATOR_HERTZ))), "the operator is heard")
        before = citizens_ear.frames[-1].at
        await served.restart()
        await city.in_phase(call_id, "talking")
        after = citizens_ear.frames[-1].at
        await city.hang_up(call_id)
        call = await one_whole_ticket(served, call_id)
    assert after - before > 1
    heard = [at for at in citizens_ear.heard(OPERATOR_HERTZ) if before <= at <= after]
    assert longest_gap(heard, before, after) <= HICCUP_S
    assert len(heard) / (after - before) >= FRAMES_A_SECOND * MOST_OF
    assert (call["keys"], call["category"]) == (["2"], "suggestion")
