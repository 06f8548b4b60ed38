"""Random walks through a call on a real Asterisk: after every step Asterisk's own view is the arrangement's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from ami_bridge import verbs
from ami_bridge.arrangement import Arrangement, Place, faults
from ami_bridge.errors import AmiActionFailed
from ami_bridge.moves import Where, where
from ami_bridge.resync import Channel, Snapshot
from app.calls.hub import NoSuchCall
from app.db.cluster import Cluster
from app.demo.scenarios import Press, answering, refusing
from app.units.model import Contact, Unit
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

# HOTLINE_WALK_SEED repeats one walk as it was printed.
WALKS, STEPS, AT_ONCE = 60, 12, 6
FIRST_SEED = 20261128
_AGREES_S = 12.0
OPERATORS = 9
_MANY = 100_000


def _unit(name: str, post_a: str, post_b: str, leader: str) -> Unit:
    contacts = (Contact("A", name="A", phone=post_a), Contact("B", name="B", phone=post_b))
    return Unit(id=name, name=name, contacts=(*contacts, Contact("leader", name="leader", phone=leader)))


ACCEPTS, DECLINES, BUSY, SLOW = "87650001", "87650002", "87650003", "87650004"
UNITS = (
    _unit("water", ACCEPTS, ACCEPTS, ACCEPTS),
    _unit("power", DECLINES, BUSY, ACCEPTS),
    _unit("gas", BUSY, DECLINES, DECLINES),
    _unit("roads", SLOW, SLOW, SLOW),
)
DUTY = {
    ACCEPTS: answering([Press("1", 0.1)], rings=0.1),
    DECLINES: answering([Press("2", 0.1)], rings=0.1),
    BUSY: refusing(),
    SLOW: answering([Press("1", 1.0)], rings=0.8),
    "110": answering(rings=0.2),
}
Step = tuple[str, str]


@asynccontextmanager
async def walking_city(directory: Path, dsn: str) -> AsyncIterator[City]:
    """A city of operators and units whose telephones answer, decline, are engaged or slow, as often as it is asked."""
    async with AsyncExitStack() as stack:
        plan = Plan(
            directory,
            dsn,
            operators=OPERATORS,
            ready=OPERATORS,
            units=UNITS,
            sections={"units": {"ring_seconds": 4, "key_seconds": 2, "hourly_ceiling": 1_000_000}},
        )
        running = await stack.enter_async_context(running_city(plan))
        for operator, port in running.operator_ports.items():
            phone = running.exchange.phone(operator, answering(), port=port, calls=_MANY)
            await stack.enter_async_context(phone)
        for number, scenario in DUTY.items():
            await stack.enter_async_context(running.exchange.duty(number, scenario, calls=_MANY))
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with (
        fresh_database(cluster) as name,
        walking_city(tmp_path_factory.mktemp("city"), cluster.dsn(name)) as running,
    ):
        yield running


@dataclass
class Walk:
    """One walk. `done` is what was asked for and what was answered, to be printed and read when it fails."""

    city: City
    seed: int
    call_id: str = ""
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a walk that can be repeated

    async def run(self) -> None:
        try:
            async with AsyncExitStack() as calls:
                for number in range(STEPS):
                    if self.state is None or self.state.citizen is Place.AFTER:
                        await self.dial(calls, number)
                    await self.step()
                    await self.agrees()
                await self.ended()
        except Exception as error:
            raise AssertionError(f"walk {self.seed} failed: {error}\n" + "\n".join(self.done)) from error

    @property
    def state(self) -> Arrangement | None:
        assert self.city.service is not None
        try:
            return self.city.service.hub.actor(self.call_id).state
        except NoSuchCall:
            return None

    async def dial(self, calls: AsyncExitStack, number: int) -> None:
        await self.ended()
        caller = f"139{self.seed % 100000:05d}{number:03d}"
        await calls.enter_async_context(self.city.exchange.citizen(caller, dialled=QUICK, hang_up=False))
        self.call_id = await self.city.call_from(caller)
        self.done.append(f"{self.call_id} dials")
        await until(self._somewhere, "the call is somewhere")
        if self.random.random() < 0.9:
            await until(self._talks, "an operator answers", 30)
        await self.agrees()

    async def _somewhere(self) -> bool:
        return self.state is not None and self.state.citizen is not Place.MENU

    async def _talks(self) -> bool:
        return self.state is not None and self.state.citizen is Place.TALK

    async def ended(self) -> None:
        """The call is hung up, if it is not over."""
        if self.state is not None:
            await self.city.request("POST", f"/api/calls/{self.call_id}/hangup")
            await until(self._over, "the call is over")

    async def _over(self) -> bool:
        return self.state is None or self.state.citizen is Place.GONE

    async def step(self) -> None:
        what, whom = self.choose()
        path = f"/api/calls/{self.call_id}"
        body: dict[str, object] | None = None
        match what:
            case "join" | "consult":
                kind, _, name = whom.partition(":")
                path, body = f"{path}/parties", {kind: name, "mode": what}
            case "hand-over":
                kind, _, name = whom.partition(":")
                path, body = f"{path}/hand-over", {"to": {kind: name}}
            case "hold" | "bring-in":
                path, body = f"{path}/hold", {"on": what == "hold"}
            case "transfer":
                path = f"{path}/transfer"
            case "drop":
                path = f"{path}/parties/{whom}"
            case "hangs-up":
                await self.hangs_up(whom)
                return
            case _:
                self.done.append("nothing is done")
                return
        status, answer = await self.city.request("DELETE" if what == "drop" else "POST", path, body)
        self.done.append(f"{what} {whom}: {status} {answer.get('detail', '') if isinstance(answer, dict) else ''}")
        assert status in {200, 202, 404, 409}, answer

    def choose(self) -> Step:
        """A step that may be possible; whom it is about."""
        others = sorted(self.state.others) if self.state else []
        operators = [f"operator_id:op{1001 + n}" for n in range(OPERATORS)]
        targets = [*(f"unit_id:{unit.id}" for unit in UNITS), "queue:hotline", "service:110", *operators[:4]]
        weights = {
            "join": 4,
            "consult": 4,
            "hold": 3,
            "bring-in": 3,
            "transfer": 2,
            "hand-over": 3,
            "drop": 2,
            "hangs-up": 2,
            "wait": 1,
        }
        what = self.random.choices(list(weights), list(weights.values()))[0]
        if what in {"join", "consult", "hand-over"}:
            return what, self.random.choice(targets)
        if what in {"drop", "hangs-up"}:
            return (what, self.random.choice(others)) if others else ("wait", "")
        return what, ""

    async def hangs_up(self, party_id: str) -> None:
        """A telephone hangs up: the service is not asked."""
        assert self.city.service is not None
        node = self.city.service.hub.node_of(self.call_id)
        party = node.calls[self.call_id].parties.get(party_id)
        self.done.append(f"{party_id} hangs up")
        if party is not None and not party.gone:
            try:
                await verbs.hang_up(node.session, party.channel)
            except AmiActionFailed:
                self.done.append("it had gone")

    async def agrees(self) -> None:
        """Wait until Asterisk shows what the arrangement says, twice in a row."""
        differences: list[str] = ["nothing was compared"]
        try:
            async with asyncio.timeout(_AGREES_S):
                quiet = 0
                while quiet < 2:
                    before = self.state
                    differences = await self.differences()
                    quiet = quiet + 1 if not differences and before == self.state else 0
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{differences}; believed: {self.state}") from None

    async def differences(self) -> list[str]:
        assert self.city.service is not None
        state = self.state
        if state is None or state.citizen is Place.GONE:
            return []
        look = await verbs.look(self.city.service.hub.node_of(self.call_id).session)
        return [*faults(state), *compared(state, look)]


def compared(state: Arrangement, look: Snapshot) -> list[str]:
    """What Asterisk shows otherwise than the arrangement says."""
    citizen = look.channels.get(state.call_id)
    if citizen is None:
        # After the closing question Asterisk hangs up by itself.
        return [] if state.citizen is Place.AFTER else ["the citizen's channel is gone"]
    found = [f"the citizen is in {shown(state, citizen, look)}, not {where(state).value}"]
    found = found if shown(state, citizen, look) is not where(state) else []
    for party_id, other in state.others.items():
        channel = look.channels.get(party_id)
        inside = channel is not None and channel.conference == state.call_id
        together = channel is not None and channel.bridge != "" and channel.bridge == citizen.bridge
        if other.inside and not (inside if state.in_room else together):
            found.append(f"{party_id} is not in the {other.place.value}")
        if not other.inside and inside:
            found.append(f"{party_id} is in the room, not {other.place.value}")
    in_room = {uid for uid, channel in look.channels.items() if channel.conference == state.call_id}
    found += [f"{uid} is in the room unknown" for uid in in_room - {state.call_id, *state.others}]
    return found


def shown(state: Arrangement, citizen: Channel, look: Snapshot) -> Where:
    """Where Asterisk has the citizen."""
    if citizen.conference == state.call_id:
        return Where.ROOM
    match citizen.context:
        case "hotline-hold":
            return Where.HOLD
        case "hotline-after":
            return Where.OFFER if state.offered else Where.AFTER
        case "hotline-offer":
            return Where.OFFER
        case "hotline-queue":
            return Where.BRIDGE if citizen.bridge and citizen.uniqueid not in look.waiting else Where.QUEUE
    return Where.NOWHERE


async def test_sixty_walks_of_twelve_steps_lose_nobody(city: City) -> None:
    wanted = os.environ.get("HOTLINE_WALK_SEED")
    seeds = [int(wanted)] if wanted else [FIRST_SEED + number for number in range(WALKS)]
    for begin in range(0, len(seeds), AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for seed in seeds[begin : begin + AT_ONCE]:
                group.create_task(Walk(city, seed).run())
        await city.quiet(60)
