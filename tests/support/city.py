"""A whole city for a test: the service, its own Asterisk, a database, telephones, and a person who may use the API.

`async with running_city(plan) as city` runs the service inside the test; `async with staged_city(plan) as city` leaves
it to the test to start it as a process of its own, which can be killed (`tests.support.served`).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from ami_bridge import verbs
from ami_bridge.errors import AmiActionFailed
from app.db.migrate import migrate
from app.db.pool import Database, open_database
from app.demo.scenarios import Action, answering
from app.jobs.service import working
from app.main import Service, running_service
from app.people import accounts, tokens
from app.people.model import Person
from app.secrets import Secrets
from app.settings import Settings, load_settings
from app.setup.containers import find_engine
from app.setup.telephony import container_name, directories
from app.units import store as units
from app.units.importing import UnitChange
from app.units.model import Contact, Unit
from tests.support.phones import HOST, Exchange, Network, free_block, free_udp_port, network
from tests.support.workers import FOR_ASTERISK, FOR_PHONES
from tests.system.asterisk_fixture import free_ports

STEP_S = 15.0
READY_S = 90.0
_LOOK_S = 0.02
_RTP_PORTS = 400
_PHONE_PORTS = 1600
# A number whose menu says nothing: straight to an operator, for tests of what comes after.
QUICK = "12340"
_QUICK_MENU = """\
name: quick
language: zh-CN
start: operator
operator: operator
nodes:
  operator: {kind: queue, category: help}
"""
_PASSWORD = "a long enough password"
_T = TypeVar("_T")

WATER = Unit(
    id="water",
    name="市水务局",
    contacts=(
        Contact("A", name="赵强", phone="87650001"),
        Contact("B", name="钱丽", phone="87650002"),
        Contact("leader", name="孙局长", phone="87650003"),
    ),
)


@dataclass(frozen=True)
class Plan:
    """What a city is to be like. `sections` are settings by their names in hotline.toml, over the usual ones.

    The first `phones` operators (all, unless said) have a telephone, the first `ready` of them take calls.
    """

    directory: Path
    dsn: str
    operators: int = 1
    units: tuple[Unit, ...] = (WATER,)
    worker: bool = False
    phones: int | None = None
    ready: int = 1
    sections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class City:
    """A city with its telephones. `service` is None while the service is not run by this process."""

    settings: Settings
    sections: Mapping[str, Any]
    dsn: str
    database: Database
    exchange: Exchange
    http: aiohttp.ClientSession
    operator_ports: Mapping[str, int]
    service: Service | None = None

    @property
    def secrets(self) -> Secrets:
        """The passwords that the service generated."""
        return Secrets(self.settings.data_dir)

    # HTTP, with a supervisor's API token.

    async def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Any request; status and decoded body."""
        async with self.http.request(method, path, json=body) as response:
            return response.status, await response.json(content_type=None)

    async def get(self, path: str) -> Any:
        return await self._accepted("GET", path, None)

    async def post(self, path: str, body: object = None) -> Any:
        return await self._accepted("POST", path, body or {})

    async def patch(self, path: str, body: object) -> Any:
        return await self._accepted("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        return await self._accepted("DELETE", path, None)

    async def _accepted(self, method: str, path: str, body: object) -> Any:
        status, answer = await self.request(method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    async def operator(self, operator_id: str, state: str, reason: str = "") -> None:
        """Make an operator ready, paused or away over HTTP; who has just registered is waited for."""

        async def done() -> bool:
            status, answer = await self.request(
                "PUT", f"/api/operators/{operator_id}/state", {"state": state, "reason": reason}
            )
            assert status == 200 or answer["code"] == "no-telephone", answer
            return status == 200

        await until(done, f"{operator_id} is {state}")

    async def operator_state(self, operator_id: str) -> str:
        return str((await self.get(f"/api/operators/{operator_id}/state"))["state"])

    # What the service and the database say of a call.

    async def live(self, call_id: str) -> dict[str, Any]:
        """Where a call in progress stands; empty when it has ended."""
        answer = await self.get(f"/api/calls/{call_id}")
        return answer["live"] or {}

    async def call_from(self, number: str) -> str:
        """The id of the latest call from this number, as soon as it is known."""
        return str(await until(lambda: self._latest_call(number), f"a call from {number}"))

    async def _latest_call(self, number: str) -> str | None:
        query = "SELECT id FROM calls WHERE caller = $1 ORDER BY started_at DESC LIMIT 1"
        async with self.database.acquire() as connection:
            found: str | None = await connection.fetchval(query, number)
            return found

    async def in_phase(self, call_id: str, phase: str, within: float = STEP_S) -> dict[str, Any]:
        """Wait until the call is in this phase of the three-party table; how it stands then.

        In vain: what is known of the call is told with it.
        """

        async def there() -> dict[str, Any] | None:
            live = await self.live(call_id)
            return live if live.get("phase") == phase else None

        try:
            return await until(there, f"phase {phase}", within)
        except TimeoutError as error:
            error.add_note(f"it stands so: {await self.live(call_id)}")
            for event in await self.events(call_id):
                error.add_note(f"{event['at']:%H:%M:%S.%f} {event['kind']} {event['data']}")
            raise

    async def talking(self, number: str, within: float = STEP_S) -> str:
        """Wait until the caller talks to an operator; the call's id."""
        call_id = await self.call_from(number)
        await self.in_phase(call_id, "talking", within)
        return call_id

    async def event(self, call_id: str, kind: str, within: float = STEP_S, **data: object) -> dict[str, Any]:
        """Wait for the first event of this kind with these data."""

        async def there() -> dict[str, Any] | None:
            events = await self.events(call_id, kind)
            return next((e for e in events if data.items() <= e["data"].items()), None)

        return await until(there, f"event {kind} {data or ''}", within)

    async def events(self, call_id: str, kind: str | None = None) -> list[dict[str, Any]]:
        """The call's events in the order they happened."""
        query = (
            "SELECT kind, at, data, source FROM call_events WHERE call_id = $1 AND ($2::text IS NULL OR kind = $2)"
            " ORDER BY at, seq"
        )
        return await self.rows(query, call_id, kind)

    async def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        async with self.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, *args)]

    async def outcome(self, call_id: str, within: float = STEP_S) -> dict[str, Any]:
        """Wait until the call is finished; its row of `calls`, with its tickets, parties and attempts."""

        async def finished() -> dict[str, Any] | None:
            rows = await self.rows("SELECT * FROM calls WHERE id = $1 AND outcome IS NOT NULL", call_id)
            return rows[0] if rows else None

        call = await until(finished, "the call is finished", within)
        return call | {
            "tickets": await self.rows("SELECT * FROM tickets WHERE call_id = $1", call_id),
            "parties": await self.rows("SELECT * FROM call_parties WHERE call_id = $1 ORDER BY joined_at", call_id),
            "attempts": await self.rows("SELECT * FROM unit_attempts WHERE call_id = $1 ORDER BY started_at", call_id),
        }

    async def quiet(self, within: float = STEP_S) -> None:
        """Wait until no call is left: no channel in Asterisk, no actor and no unwritten event in the service."""
        service = self.service
        assert service is not None

        async def nothing_left() -> bool:
            actors = [call for node in service.hub.nodes.values() for call in node.actors]
            return not actors and not service.writer.waiting and not await self.channels()

        await until(nothing_left, "nothing is left of any call", within)

    async def trunks_up(self) -> None:
        """Wait until every trunk is up: an Asterisk that was there before its network asks it again after a while."""

        async def up() -> bool:
            return all(trunk["up"] for trunk in await self.get("/api/trunks"))

        await until(up, "every trunk is up", 60)

    async def clear(self) -> None:
        """Hang up whatever a failed test has left, so that the next one starts from nothing."""
        assert self.service is not None
        for node in self.service.hub.nodes.values():
            for channel in (await verbs.look(node.session)).channels.values():
                with suppress(AmiActionFailed):
                    await verbs.hang_up(node.session, channel.channel)
        await self.quiet()

    @asynccontextmanager
    async def left_quiet(self) -> AsyncIterator[None]:
        """Round a test: at its end nothing may be left of its calls."""
        try:
            yield
            await self.quiet()
        except BaseException:
            tell_tasks()
            await self.clear()
            raise

    @asynccontextmanager
    async def conversation(
        self, number: str, *said: Action, operator: str = "op1001", dialled: str = QUICK
    ) -> AsyncIterator[str]:
        """A citizen talks to an operator who acts as told; both wait for the other side to hang up. The call's id."""
        async with (
            self.exchange.phone(operator, answering(said), port=self.operator_ports[operator]),
            self.exchange.citizen(number, dialled=dialled, hang_up=False),
        ):
            yield await self.talking(number)

    async def summon(self, call_id: str, unit: str = "water", mode: str = "join") -> str:
        """Ask for a unit over HTTP; the first attempt's id."""
        return str((await self.post(f"/api/calls/{call_id}/parties", {"unit_id": unit, "mode": mode}))["party_id"])

    async def call_out(self, number: str) -> str:
        """The tester's telephone, and then this number, are rung; the call's id."""
        await self.rows("UPDATE users SET operator_id = 'op1001' WHERE name = 'tester'")
        return str((await self.post("/api/calls", {"to": {"number": number}, "reason": "inform"}))["id"])

    async def hang_up(self, call_id: str) -> dict[str, Any]:
        """End the call over HTTP; its outcome."""
        await self.post(f"/api/calls/{call_id}/hangup")
        return await self.outcome(call_id)

    async def console(self, command: str) -> str:
        """Run a command of the own Asterisk's console, whoever runs the service."""
        container = (await find_engine()).container(container_name(self.settings))
        configuration = str(directories(self.settings).config / "asterisk.conf")
        return await container.exec("asterisk", "-C", configuration, "-rx", command)

    async def variable(self, channel: str, name: str) -> str:
        """What Asterisk says of one channel: a variable or a function of the dialplan."""
        assert self.service is not None
        [node] = self.service.hub.nodes.values()
        answer = await node.session.action("Getvar", {"Channel": channel, "Variable": name})
        return answer["Value"]

    async def channels(self) -> list[str]:
        """The names of all channels that Asterisk has."""
        assert self.service is not None
        nodes = self.service.hub.nodes.values()
        looks = [await verbs.look(node.session) for node in nodes]
        return [channel.channel for look in looks for channel in look.channels.values()]


@asynccontextmanager
async def running_city(plan: Plan) -> AsyncIterator[City]:
    """A city whose service runs in this process; the first `plan.ready` operators are logged in and ready."""
    async with AsyncExitStack() as stack:
        sections, settings = await asyncio.to_thread(_settings, plan)
        # Before the service: a trunk whose first OPTIONS nobody answers counts as down for the next ten seconds.
        net = await stack.enter_async_context(_network(settings))
        service = await stack.enter_async_context(running_service(settings))
        await service.ready()
        if plan.worker:
            await stack.enter_async_context(working(settings, service.dsn, service.database))
        city = await stack.enter_async_context(_city(plan, sections, settings, net, service))
        await log_in(city, plan)
        yield city


@asynccontextmanager
async def staged_city(plan: Plan) -> AsyncIterator[City]:
    """A city whose service is not running yet."""
    sections, settings = await asyncio.to_thread(_settings, plan)
    await migrate(plan.dsn)
    async with _network(settings) as net, _city(plan, sections, settings, net) as city:
        yield city


async def log_in(city: City, plan: Plan) -> None:
    """Register the operators' phones and make operators ready."""
    secrets = city.secrets
    async with asyncio.TaskGroup() as group:
        for operator_id, port in list(city.operator_ports.items())[: plan.phones]:
            group.create_task(city.exchange.register(operator_id, secrets.get(operator_id), port))
    for operator_id in list(city.operator_ports)[: plan.ready]:
        await city.operator(operator_id, "ready")


def tell_tasks() -> None:
    """Print where every task of this process waits: a failed test's output then says who never went on."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stdout)


async def until(condition: Callable[[], Awaitable[_T | None]], what: str, within: float = STEP_S) -> _T:
    """Wait until the condition gives something, and return that. Raises TimeoutError naming what was waited for."""
    try:
        async with asyncio.timeout(within):
            while not (found := await condition()):  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise TimeoutError(f"waited {within:g} s in vain until {what}") from None
    return found


def holds(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    """A condition that is looked at here, for `until`."""

    async def looked_at() -> bool:
        return condition()

    return looked_at


@asynccontextmanager
async def _city(
    plan: Plan, sections: Mapping[str, Any], settings: Settings, net: Network, service: Service | None = None
) -> AsyncIterator[City]:
    async with open_database(plan.dsn, application_name="test", size=2) as database:
        token = await _people_and_units(database, plan.units)
        base = f"http://{HOST}:{settings.web.port}"
        async with aiohttp.ClientSession(base, headers={"Authorization": f"Bearer {token}"}) as http:
            exchange = Exchange(plan.directory / "phones", net, free_block(_PHONE_PORTS, FOR_PHONES))
            ports = {operator.id: free_udp_port() for operator in settings.operators}
            yield City(settings, sections, plan.dsn, database, exchange, http, ports, service)


def _network(settings: Settings) -> AbstractAsyncContextManager[Network]:
    """The telephone network behind the first trunk."""
    return network(settings.trunks[0].outbound_port, (HOST, settings.asterisk.sip_port))


def _settings(plan: Plan) -> tuple[Mapping[str, Any], Settings]:
    sections = usual_sections(plan)
    return sections, load_settings(**sections)


def usual_sections(plan: Plan) -> dict[str, Any]:
    """The settings of a city by their names in hotline.toml: free ports, three numbers, the plan's own over all."""
    sip, trunk, ami, http, web = free_ports(5)
    rtp = free_block(_RTP_PORTS, FOR_ASTERISK)
    menus = plan.directory / "menus"
    menus.mkdir(parents=True, exist_ok=True)
    (menus / "quick.yaml").write_text(_QUICK_MENU)
    usual: dict[str, Any] = {
        "data_dir": str(plan.directory / "data"),
        "database": {"dsn": plan.dsn},
        # Tests look far more often than people do.
        "web": {"host": HOST, "port": web, "requests_per_minute": 1_000_000},
        "asterisk": {
            "sip_host": HOST,
            # These telephones listen only while they are in a call.
            "qualify_seconds": 0,
            "sip_port": sip,
            "ami_port": ami,
            "http_port": http,
            "rtp_start": rtp.start,
            "rtp_end": rtp.stop - 1,
        },
        "trunks": [{"addresses": [HOST], "outbound_host": HOST, "outbound_port": trunk}],
        "menus_dir": str(menus),
        "numbers": [
            {"number": "12345", "menu": "full"},
            {"number": "12346", "menu": "direct"},
            {"number": QUICK, "menu": "quick"},
        ],
        "operators": [{"id": f"op{1001 + n}", "name": f"话务员{n + 1}"} for n in range(plan.operators)],
        "queue": {"wrapup_seconds": 0},
        "units": {"ring_seconds": 4, "key_seconds": 2},
        "speech": {"processes": 2},
    }
    asterisk = {**usual["asterisk"], **plan.sections.get("asterisk", {})}
    return {**usual, **plan.sections, "asterisk": asterisk}


async def _people_and_units(database: Database, directory: Sequence[Unit]) -> str:
    """A supervisor's API token; and the units, entered into the directory."""
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        await accounts.add(connection, Person("tester", "supervisor"), _PASSWORD, now)
        issued = await tokens.issue(connection, "tester", "api", now)
        for row, unit in enumerate(directory, 1):
            change = UnitChange(row=row, unit=unit, before=None, changes=(), happened_on=now.date(), late=False)
            await units.save(connection, change, now, "tester")
    return issued.secret
