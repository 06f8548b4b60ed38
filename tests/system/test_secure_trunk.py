"""A trunk over TLS with SRTP: two hotlines are each other's carrier; what is said is encrypted, strangers refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Speak, answering
from tests.support.certificates import certificate
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.phones import HOST, free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import ear, tone
from tests.system.asterisk_fixture import free_ports

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A = "87650001"
FAR_HERTZ = 1000.0


@dataclass(frozen=True)
class TwoCities:
    """`near` rings a duty phone that is a number of `far`, which does not believe in near's certificate."""

    near: City
    far: City


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwoCities]:
    directory = tmp_path_factory.mktemp("cities")
    near_tls, far_tls = free_ports(2)
    near_own, far_own = [await asyncio.to_thread(certificate, directory / name) for name in ("near-tls", "far-tls")]
    near_sections = {
        "asterisk": {"tls_port": near_tls, **near_own, "tls_ca": far_own["tls_certificate"]},
        "trunks": [secure(far_tls)],
    }
    far_sections = {
        "asterisk": {"tls_port": far_tls, **far_own, "tls_ca": far_own["tls_certificate"]},
        "trunks": [secure(near_tls)],
        "numbers": [{"number": POST_A, "menu": "quick"}],
    }
    async with fresh_database(cluster) as near_name, fresh_database(cluster) as far_name:
        far_plan = Plan(directory / "far", cluster.dsn(far_name), sections=far_sections)
        near_plan = Plan(directory / "near", cluster.dsn(near_name), sections=near_sections)
        async with running_city(far_plan) as far, running_city(near_plan) as near:
            yield TwoCities(near, far)


def secure(port: int) -> dict[str, object]:
    """A trunk to that port, as `[[trunks]]` has it."""
    reached = {"addresses": [HOST], "outbound_host": HOST, "outbound_port": port}
    return {**reached, "transport": "tls", "srtp": True, "qualify_seconds": 1}


async def test_a_duty_phone_behind_a_secure_trunk_is_rung_over_tls_and_heard_over_srtp(
    two: TwoCities, tmp_path: Path
) -> None:
    near, far = two.near, two.far
    officer = answering([Press("1", 1.0), Speak(tone(tmp_path, FAR_HERTZ, 30), 0.5)])
    async with (
        ear(free_udp_port()) as citizens_ear,
        far.exchange.phone("op1001", officer, port=far.operator_ports["op1001"]),
        near.exchange.phone("op1001", answering(), port=near.operator_ports["op1001"]),
        near.exchange.citizen("13800000401", dialled=QUICK, hang_up=False, media_port=citizens_ear.port),
    ):
        call_id = await near.talking("13800000401")
        attempt = await near.summon(call_id)
        await near.event(call_id, "unit-joined", attempt=attempt)
        [channel] = [name for name in await near.channels() if name.startswith("PJSIP/trunk-0")]
        assert await near.variable(channel, "CHANNEL(pjsip,secure)") == "1"
        assert await near.variable(channel, "CHANNEL(rtp,secure,audio)") == "1"

        async def heard() -> bool:
            return len(list(citizens_ear.heard(FAR_HERTZ))) > 20

        await until(heard, "the citizen hears the officer")
        call = await near.hang_up(call_id)
    await near.quiet()
    await far.quiet()
    assert [(a["post"], a["outcome"]) for a in call["attempts"]] == [("A", "accepted")]


async def test_a_carrier_whose_certificate_nobody_vouches_for_is_not_spoken_to_and_the_trunk_says_so(
    two: TwoCities,
) -> None:
    async def up(city: City) -> bool | None:
        [trunk] = await city.get("/api/trunks")
        return None if trunk["up"] is None else bool(trunk["up"])

    async def near_is_up() -> bool:
        return await up(two.near) is True

    async def far_is_down() -> bool:
        return await up(two.far) is False

    await until(near_is_up, "the trunk that is believed is up")
    await until(far_is_down, "the trunk that is not believed is down")
