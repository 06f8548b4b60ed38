"""A rendered configuration in a real Asterisk: it loads cleanly, lets in who may come in, and nobody else."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk_conf import ConfSettings, new_secret
from asterisk_conf.settings import Certificate, Phone, Trunk
from tests.support.certificates import certificate
from tests.support.sip import Agent
from tests.system.asterisk_fixture import (
    LOOPBACK,
    Asterisk,
    Manager,
    free_ports,
    node_settings,
    running_asterisk,
)

STRANGER = "127.0.0.2"
CITIZEN = "<sip:13800000000@127.0.0.1>"
TAKEN = "SIP/2.0 200 OK"
REFUSED = re.compile(r"SIP/2\.0 (401|403) ")
TAKEOVER_S = 5
SUITE = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def asterisk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asterisk]:
    """One Asterisk, its configuration as full as it gets."""
    async with running_asterisk(full_settings(tmp_path_factory.mktemp("node"))) as running:
        yield running


def full_settings(root: Path) -> ConfSettings:
    """Every section in use: TLS everywhere, a browser, a unit's phone, two trunks, metrics."""
    usual = node_settings(root)
    tls = _certificate(root)
    sip_tls, http_tls, ami_tls = free_ports(3)
    browser = Phone(id="op1003", name="浏览器", password=new_secret(), webrtc=True)
    return node_settings(
        root,
        sip=usual.sip.model_copy(update={"tls": tls, "tls_port": sip_tls}),
        http=usual.http.model_copy(update={"tls": tls, "tls_port": http_tls, "metrics": True}),
        ami=usual.ami.model_copy(update={"tls": tls, "tls_port": ami_tls}),
        operators=(*usual.operators, browser),
        units=(Phone(id="unit1", name="城市管理局值班室", password=new_secret()),),
        trunks=(*usual.trunks, Trunk(name="second", addresses=("192.0.2.0/28",), codecs=("alaw",))),
        takeover_seconds=TAKEOVER_S,
    )


def _certificate(root: Path) -> Certificate:
    # In the configuration directory, because that is what the container sees.
    directory = root / "node" / "config"
    directory.parent.mkdir(parents=True)
    made = certificate(directory)
    return Certificate(certificate=Path(made["tls_certificate"]), key=Path(made["tls_key"]))


def agent(asterisk: Asterisk, host: str = LOOPBACK) -> Agent:
    return Agent((asterisk.settings.sip.host, asterisk.settings.sip.port), host)


@pytest.mark.parametrize("settings_of", [full_settings, node_settings])
async def test_a_configuration_loads_without_a_warning_or_an_error(
    tmp_path: Path, settings_of: Callable[[Path], ConfSettings]
) -> None:
    async with running_asterisk(settings_of(tmp_path)) as running:
        assert "modules will be loaded" in running.log
        assert running.problems == []
        for module in ("app_confbridge", "app_queue", "res_agi", "cel_custom", "chan_pjsip"):
            assert "Running" in await running.cli(f"module show like {module}")


@SUITE
async def test_a_call_from_the_trunk_is_answered(asterisk: Asterisk) -> None:
    assert await agent(asterisk).invite("12345", CITIZEN) == TAKEN


@SUITE
async def test_a_call_from_any_other_address_is_refused(asterisk: Asterisk) -> None:
    for claimed in (CITIZEN, "<sip:trunk-in@127.0.0.1>", "<sip:trunk@127.0.0.1>", "<sip:op1001@127.0.0.1>"):
        assert REFUSED.match(await agent(asterisk, STRANGER).invite("12345", claimed))


@SUITE
@pytest.mark.parametrize("dialled", ["99999", "s", "T", "h", "citizen-x", "0013800000000"])
async def test_the_trunk_reaches_the_numbers_only(asterisk: Asterisk, dialled: str) -> None:
    assert await agent(asterisk).invite(dialled, CITIZEN) == "SIP/2.0 404 Not Found"


@SUITE
async def test_a_phone_registers_with_its_password_only(asterisk: Asterisk) -> None:
    for phone in (*asterisk.settings.operators[:2], *asterisk.settings.units):
        assert await agent(asterisk).register(phone.id, "not-the-password") == "SIP/2.0 401 Unauthorized"
        assert await agent(asterisk).register(phone.id, phone.password.get_secret_value()) == TAKEN
    assert REFUSED.match(await agent(asterisk).register("op9999", "whatever-it-is"))


@SUITE
@pytest.mark.parametrize("dialled", ["12345", "13800000000", "110", "op1002", "s"])
async def test_an_operator_can_dial_nobody(asterisk: Asterisk, dialled: str) -> None:
    operator = asterisk.settings.operators[0]
    status = await agent(asterisk).invite(
        dialled,
        f"<sip:{operator.id}@127.0.0.1>",
        user=operator.id,
        password=operator.password.get_secret_value(),
    )
    assert status == "SIP/2.0 404 Not Found"


FORBIDDEN: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("Command", {"Command": "core show version"}),
    ("GetConfig", {"Filename": "manager.conf"}),
    ("UpdateConfig", {"SrcFilename": "extensions.conf", "DstFilename": "extensions.conf"}),
    ("ListCategories", {"Filename": "pjsip.conf"}),
    ("Reload", {}),
    ("ModuleLoad", {"LoadType": "load", "Module": "app_system.so"}),
    ("DialplanExtensionAdd", {"Context": "from-trunk", "Extension": "1", "Priority": "1", "Application": "Hangup"}),
    ("Filter", {"Operation": "Add", "Filter": "Event: VarSet"}),
    ("Originate", {"Channel": "PJSIP/1@trunk", "Application": "System", "Data": "id", "ChannelId": "x"}),
    ("Originate", {"Channel": "PJSIP/1@trunk", "Application": "AGI", "Data": "/bin/sh", "ChannelId": "x"}),
    ("Originate", {"Channel": "PJSIP/1@trunk", "Application": "MixMonitor", "Data": "x.wav,,id", "ChannelId": "x"}),
    ("Setvar", {"Variable": "SHELL(id)", "Value": "x"}),
    ("Getvar", {"Variable": "SHELL(id)"}),
    ("PJSIPShowAuths", {}),
)


@SUITE
@pytest.mark.parametrize(("action", "fields"), FORBIDDEN)
async def test_the_manager_user_may_not(asterisk: Asterisk, action: str, fields: Mapping[str, str]) -> None:
    async with asterisk.manager() as manager:
        assert (await manager.action(action, **fields))["Response"] == "Error"


NEEDED: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("Ping", {}),
    ("Setvar", {"Variable": "HOTLINE_HEARTBEAT", "Value": "0"}),
    ("QueueAdd", {"Queue": "hotline", "Interface": "PJSIP/op1001", "MemberName": "op1001"}),
    ("QueuePause", {"Queue": "hotline", "Interface": "PJSIP/op1001", "Paused": "true", "Reason": "meal"}),
    ("QueueStatus", {"Queue": "hotline"}),
    ("QueueRemove", {"Queue": "hotline", "Interface": "PJSIP/op1001"}),
    ("CoreShowChannels", {}),
    ("CoreStatus", {}),
    ("DeviceStateList", {}),
)


@SUITE
@pytest.mark.parametrize(("action", "fields"), NEEDED)
async def test_the_manager_user_may(asterisk: Asterisk, action: str, fields: Mapping[str, str]) -> None:
    async with asterisk.manager() as manager:
        await manager.done(action, **fields)


@SUITE
@pytest.mark.parametrize(
    "action", ["Redirect", "Hangup", "AGI", "ConfbridgeMute", "ConfbridgeKick", "ConfbridgeList", "MixMonitorMute"]
)
async def test_the_manager_user_may_act_on_calls(asterisk: Asterisk, action: str) -> None:
    fields = {"Conference": "none", "Channel": "PJSIP/none", "Command": "ANSWER", "Context": "hotline-conf"}
    more = {"Exten": "s", "Priority": "1", "Direction": "read", "State": "1"}
    async with asterisk.manager() as manager:
        refusal = await manager.action(action, **fields, **more)
    assert refusal["Message"] != "Permission denied"
    assert re.search("No such|not found|No active|no Conference|not exist", refusal["Message"], re.IGNORECASE)


@SUITE
@pytest.mark.parametrize(
    "hostile",
    [
        b'"x" <sip:138%0d%0a%0d%0aEvent%3a%20Hangup%0d%0aUniqueid%3a%20forged@127.0.0.1>',
        b'"x" <sip:138%0aForged%3a%20yes@127.0.0.1>',
        b'"<sip:1@h>" <sip:138%0d@127.0.0.1>',
        b'"a\r\n Forged: yes" <sip:138@127.0.0.1>',
        b'"a\nForged: yes" <sip:138@127.0.0.1>',
        b'"${SHELL(touch /tmp/forged)}" <sip:${HOTLINE_CALL}@127.0.0.1>',
        b'"' + b"A" * 10_000 + b'" <sip:138@127.0.0.1>',
        b"<sip:@127.0.0.1>",
    ],
)
async def test_a_hostile_from_header_forges_nothing(asterisk: Asterisk, hostile: bytes) -> None:
    async with asterisk.manager() as manager:
        assert await agent(asterisk).invite("12345", hostile) != TAKEN
        await _one_call(asterisk, manager, CITIZEN.encode())
        assert "forged" not in str(manager.events).lower()
    assert "forged" not in asterisk.settings.directories.journal.read_text().lower()


@SUITE
@pytest.mark.parametrize(
    ("header", "name", "number"),
    [
        ('"市民张三" <sip:13800000001@127.0.0.1>', "市民张三", "13800000001"),
        ('"张三, a;b|c&d (e)" <sip:+8613800000002@127.0.0.1>', "张三, a;b|c&d (e)", "+8613800000002"),
        ('"${HOTLINE_CALL}" <sip:13800000003@127.0.0.1>', "${HOTLINE_CALL}", "13800000003"),
        ("<tel:+8613800000004>", "<unknown>", "+8613800000004"),
    ],
)
async def test_an_odd_caller_name_arrives_as_it_is(asterisk: Asterisk, header: str, name: str, number: str) -> None:
    async with asterisk.manager() as manager:
        event = await _one_call(asterisk, manager, header.encode())
    assert (event["CallerIDName"], event["CallerIDNum"], event["Exten"]) == (name, number, "12345")


@SUITE
async def test_ten_kilobytes_of_junk_in_a_header_do_no_harm(asterisk: Asterisk) -> None:
    assert await agent(asterisk).invite("12345", CITIZEN, extra=f"Subject: {'x' * 10_000}\r\n") == TAKEN


@SUITE
async def test_without_the_service_the_caller_hears_the_menu_and_is_queued(asterisk: Asterisk) -> None:
    async with asterisk.manager() as manager:
        started = await _one_call(asterisk, manager, CITIZEN.encode())
        call = started["Uniqueid"]
        fallback = await manager.event("UserEvent", UserEvent="HotlineFallback", Uniqueid=call)
        assert fallback["Menu"] == "direct"
        await manager.event("UserEvent", UserEvent="HotlineQueued", Uniqueid=call)
        await manager.event("QueueCallerJoin", Uniqueid=call, Queue="hotline")


@SUITE
async def test_a_service_that_dies_while_it_has_the_caller_is_replaced_by_the_menu(asterisk: Asterisk) -> None:
    async with asterisk.manager() as manager:
        await manager.done("Setvar", Variable="HOTLINE_HEARTBEAT", Value=str(int(time.time())))
        started = await _one_call(asterisk, manager, CITIZEN.encode())
        call = started["Uniqueid"]
        given = await manager.event("AsyncAGIStart", Uniqueid=call)
        taken = await manager.event("UserEvent", TAKEOVER_S + 5, UserEvent="HotlineFallback", Uniqueid=call)
    waited = float(taken["Timestamp"]) - float(given["Timestamp"])
    assert waited == pytest.approx(TAKEOVER_S, abs=1.0)


@SUITE
async def test_the_journal_has_a_line_of_thirteen_columns_for_each_event(asterisk: Asterisk) -> None:
    async with asterisk.manager() as manager:
        call = (await _one_call(asterisk, manager, CITIZEN.encode()))["Uniqueid"]
    lines = await _journal_lines(asterisk, call)
    columns = [cell.strip('"') for cell in lines[0].split('","')]
    assert len(columns) == 13
    assert columns[0] == "CHAN_START"
    assert columns[2:4] == ["13800000000", "12345"]
    assert columns[6:8] == [call, call]


async def _one_call(asterisk: Asterisk, manager: Manager, from_header: bytes) -> Mapping[str, str]:
    """Make a call and return its Newchannel event."""
    assert await agent(asterisk).invite("12345", from_header) == TAKEN
    return await manager.next_event("Newchannel")


async def _journal_lines(asterisk: Asterisk, call: str) -> list[str]:
    """The journal's lines about a call, once there are any."""
    async with asyncio.timeout(5):
        while True:
            text = asterisk.settings.directories.journal.read_text()
            lines = [line for line in text.splitlines() if call in line]
            if lines:
                return lines
            await asyncio.sleep(0.05)
