"""Where calls are measured: a city with its own Postgres and Asterisk, the service as a process, many operators."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.db.embedded import embedded_postgres
from app.demo.scenarios import answering, register
from app.secrets import Secrets
from app.setup.containers import find_engine
from app.setup.telephony import container_name, directories
from bench.load import Calls, Load, Rate, calls
from bench.measurement import Conditions
from bench.service import ServiceProcess
from tests.support.city import City, Plan, staged_city, until
from tests.support.phones import HOST, free_udp_port, heard_at
from tests.system.asterisk_fixture import free_ports

_RTP_FIRST, _RTP_LAST = 10000, 15999
_REGISTER_S = 30.0
_REGISTRATIONS_A_SECOND = 50
_ANSWERED_CALLS = 1_000_000
_CLEAR_S = 60.0


@dataclass(frozen=True)
class Stage:
    """A served city. `sink` is a UDP port that swallows the callers' audio."""

    city: City
    service: ServiceProcess
    directory: Path
    sink: int

    @property
    def server(self) -> str:
        """Where calls from the trunk go, for SIPp."""
        return f"{HOST}:{self.city.settings.asterisk.sip_port}"

    @property
    def journal(self) -> Path:
        """Asterisk's own record of all calls."""
        return directories(self.city.settings).journal

    @asynccontextmanager
    async def load(self, name: str, load: Load) -> AsyncIterator[Calls]:
        async with calls(name, load, self.server, self.directory / "load") as running:
            yield running

    async def all_finished(self, within: float) -> None:
        """Wait until every call that the service knows has its record. Raises TimeoutError."""
        query = "SELECT count(*) = 0 AS done FROM calls WHERE outcome IS NULL"

        async def done() -> bool:
            return bool((await self.city.rows(query))[0]["done"])

        await until(done, "every call has its record", within)

    async def clear(self) -> None:
        """Hang up whatever an overload has left in Asterisk. Raises TimeoutError."""
        await self.city.console("channel request hangup all")

        async def nothing_left() -> bool:
            return not (await self.city.console("core show channels concise")).strip()

        await until(nothing_left, "no channel is left", _CLEAR_S)

    @asynccontextmanager
    async def operators(self, count: int) -> AsyncIterator[None]:
        """That many operators at one telephone that answers at once; logged in and ready."""
        port = free_udp_port()
        names = [operator.id for operator in self.city.settings.operators][:count]
        await self.register(names, port)
        phone = heard_at(answering(rings=0), self.sink)
        async with self.city.exchange.phone("operators", phone, port=port, calls=_ANSWERED_CALLS):
            for name in names:
                await self.city.operator(name, "ready")
            yield

    async def register(self, names: Sequence[str], port: int) -> None:
        """From the telephone's own port: Asterisk calls back where a registration came from."""
        secrets = Secrets(self.city.settings.data_dir)
        # SIPp takes the user of an injected line into its digest only as a whole authentication keyword.
        scenario = register("[field0]", "", port=port).replace(_digest("[field0]", ""), "[field1]")
        accounts = [f"{name};{_digest(name, secrets.get(name))}" for name in names]
        load = Load(scenario, len(names), Rate(_REGISTRATIONS_A_SECOND), port, accounts)
        async with self.load(f"register-{port}", load) as registrations:
            if not await registrations.finished(_REGISTER_S):
                raise RuntimeError("not all operators could register")


def _digest(user: str, password: str) -> str:
    return f"[authentication username={user} password={password}]"


@asynccontextmanager
async def stage(
    conditions: Conditions,
    *,
    operators: int = 1,
    sections: Mapping[str, Any] = MappingProxyType({}),
    menus: Mapping[str, str] = MappingProxyType({}),
    dsn: str | None = None,
) -> AsyncIterator[Stage]:
    """A running city with these settings over the usual ones, and these menus beside the usual ones.

    Its Postgres is its own, or the one at `dsn`.
    Everything is ended and forgotten on leaving.
    """
    directory = conditions.directory
    (directory / "menus").mkdir(parents=True, exist_ok=True)
    for name, text in menus.items():
        (directory / "menus" / f"{name}.yaml").write_text(text, encoding="utf-8")
    async with AsyncExitStack() as stack:
        if dsn is None:
            dsn = await stack.enter_async_context(embedded_postgres(directory / "postgres"))
        city = await stack.enter_async_context(staged_city(_plan(directory, dsn, operators, sections)))
        service = ServiceProcess(city.sections, city.http, directory / "serve.log")
        stack.push_async_callback(_end, service, city)
        conditions.say("starting the service")
        await service.start()
        yield Stage(city, service, directory, stack.enter_context(_sink()))


def _plan(directory: Path, dsn: str, operators: int, sections: Mapping[str, Any]) -> Plan:
    sip, ami, http = free_ports(3)
    asterisk = {
        "sip_host": HOST,
        "qualify_seconds": 0,
        "sip_port": sip,
        "ami_port": ami,
        "http_port": http,
        "rtp_start": _RTP_FIRST,
        "rtp_end": _RTP_LAST,
    }
    units = {"ring_seconds": 15, "key_seconds": 5, "hourly_ceiling": 100_000}
    return Plan(directory, dsn, operators=operators, sections={"asterisk": asterisk, "units": units, **sections})


async def _end(service: ServiceProcess, city: City) -> None:
    """End the process and its Asterisk, whatever state they are in."""
    await service.kill()
    engine = await find_engine()
    await engine.container(container_name(city.settings)).remove()


@contextmanager
def _sink() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((HOST, 0))
        port: int = held.getsockname()[1]
        yield port
