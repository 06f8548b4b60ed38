"""What real carriers and telephones send: offers that come late, other codecs, refreshes, fax, repeats, forwards."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Speak, answering, refusing
from tests.support.city import QUICK, City, Plan, holds, running_city, until
from tests.support.phones import HOST, free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import ear, key_tones, tone

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A, OPERATOR = "87650001", "op1001"
# RFC 3261, section 8.1.1.7: one transaction, however often it is sent.
_BRANCH = "z9hG4bK-[pid]-[call_number]"
# RFC 3264: what is offered, by its payload types.
A_LAW = "m=audio [auto_media_port] RTP/AVP 8 96\na=rtpmap:8 PCMA/8000\na=rtpmap:96 telephone-event/8000\n"
MU_LAW = "m=audio [auto_media_port] RTP/AVP 0 96\na=rtpmap:0 PCMU/8000\na=rtpmap:96 telephone-event/8000\n"
G722 = "m=audio [auto_media_port] RTP/AVP 9 8\na=rtpmap:9 G722/8000\na=rtpmap:8 PCMA/8000\n"
NO_KEYS = "m=audio [auto_media_port] RTP/AVP 8\na=rtpmap:8 PCMA/8000\n"
# ITU-T T.38, annex D: a fax wants to take over.
FAX = "m=image [auto_media_port] udptl t38\na=T38FaxVersion:0\na=T38FaxRateManagement:transferredTCF\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name))
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        await city.operator(OPERATOR, "ready")
        yield


def _sdp(media: str) -> str:
    return f"v=0\no=phone 1 1 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n{media}"


def _request(
    method: str, number: str, cseq: int, *, media: str = "", tag: str = "", more: str = "", branch: str = "[branch]"
) -> str:
    content = (
        f"Content-Type: application/sdp\nContent-Length: [len]\n\n{_sdp(media)}" if media else "Content-Length: 0\n\n"
    )
    return (
        f"{method} sip:{QUICK}@[remote_ip]:[remote_port] SIP/2.0\n"
        f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n"
        f"From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]v[call_number]\n"
        f"To: <sip:{QUICK}@[remote_ip]:[remote_port]>{tag}\n"
        "Call-ID: [call_id]\n"
        f"CSeq: {cseq} {method}\n"
        "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>\n"
        f"Max-Forwards: 70\n{more}{content}"
    )


def _send(message: str, *, again: bool = True) -> str:
    repeated = ' retrans="500"' if again else ""
    return f"<send{repeated}><![CDATA[\n{message}]]></send>"


def _receive(status: int, *, optional: bool = False) -> str:
    perhaps = ' optional="true"' if optional else ""
    return f'<recv response="{status}"{perhaps}/>'


def carrier(
    number: str,
    *then: str,
    offer: str = A_LAW,
    answer: str = "",
    more: str = "",
    crossing: str = "",
    ends: str = "",
) -> str:
    """A caller as a carrier brings one: `offer` in the INVITE, or none and `answer` in the ACK; other messages; BYE.

    `crossing` goes out when the answer has come and was not acknowledged yet.
    """
    invite = _request("INVITE", number, 1, media=offer, more=more, branch=_BRANCH)
    parts = [
        _send(invite),
        *(_receive(status, optional=True) for status in (100, 180, 183)),
        _receive(200),
        crossing,
        _send(_request("ACK", number, 1, media=answer, tag="[peer_tag_param]"), again=False),
        *then,
        ends or _bye(number),
    ]
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name={quoteattr("carrier")}>\n{body}\n</scenario>\n'


def _bye(number: str) -> str:
    # So long the call has to get to the operator.
    pause, bye = '<pause milliseconds="2500"/>', _send(_request("BYE", number, 900, tag="[peer_tag_param]"))
    return "\n".join([pause, bye, _receive(200)])


def _await_bye() -> str:
    headers = "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"
    return '<recv request="BYE" timeout="20000"/>' + _send(
        f"SIP/2.0 200 OK\n{headers}Content-Length: 0\n\n", again=False
    )


async def talks(city: City, number: str, scenario: str) -> None:
    """The caller gets to an operator, and whatever is sent meanwhile is answered as the scenario wants it."""
    async with (
        city.exchange.phone(OPERATOR, answering(), port=city.operator_ports[OPERATOR]),
        city.exchange.phone("carrier", scenario) as caller,
    ):
        call_id = await city.talking(number)
        await caller.finished(20)
        call = await city.outcome(call_id)
    assert len(call["tickets"]) == 1


def later(number: str, method: str, expected: int, cseq: int = 2, *, media: str = "", more: str = "") -> list[str]:
    """A request within the call, and the answer that it must get."""
    asked = _request(method, number, cseq, media=media, tag="[peer_tag_param]", more=more)
    parts = ['<pause milliseconds="300"/>', _send(asked), _receive(100, optional=True), _receive(expected)]
    if method == "INVITE":
        parts.append(_send(_request("ACK", number, cseq, tag="[peer_tag_param]"), again=False))
    return parts


@pytest.mark.parametrize(
    ("number", "offer"),
    [("13800000301", A_LAW), ("13800000302", MU_LAW), ("13800000303", G722), ("13800000304", NO_KEYS)],
    ids=["G.711 A", "G.711 mu", "G.722", "no telephone-event"],
)
async def test_each_usual_codec_is_answered(city: City, number: str, offer: str) -> None:
    await talks(city, number, carrier(number, offer=offer))


async def test_an_offer_may_come_late_in_the_answer_and_be_answered_in_the_ack(city: City) -> None:
    number = "13800000311"
    await talks(city, number, carrier(number, offer="", answer=A_LAW))


async def test_an_update_that_refreshes_the_session_is_accepted(city: City) -> None:
    number = "13800000312"
    await talks(city, number, carrier(number, *later(number, "UPDATE", 200)))


async def test_a_session_timer_is_agreed_on_and_refreshed_by_a_new_invite(city: City) -> None:
    number, timer = "13800000313", "Supported: timer\nSession-Expires: 90;refresher=uac\nMin-SE: 90\n"
    refresh = later(number, "INVITE", 200, media=A_LAW, more=timer)
    await talks(city, number, carrier(number, *refresh, more=timer))


async def test_a_fax_that_wants_to_take_over_is_refused_and_the_call_goes_on(city: City) -> None:
    number = "13800000314"
    await talks(city, number, carrier(number, *later(number, "INVITE", 488, media=FAX)))


async def test_the_networks_voice_before_the_answer_is_no_answer(city: City) -> None:
    joins = answering([Press("1", 0.5)], rings=1.0, early=True)
    async with city.conversation("13800000316") as call_id, city.exchange.duty(POST_A, joins):
        attempt = await city.summon(call_id)
        begun = await city.event(call_id, "attempt-started", attempt=attempt)
        answered = await city.event(call_id, "attempt-answered", attempt=attempt)
        assert (answered["at"] - begun["at"]).total_seconds() >= 1.0
        await city.event(call_id, "unit-joined", attempt=attempt)
        await city.hang_up(call_id)


async def test_a_network_that_says_busy_in_words_before_it_refuses_is_busy(city: City) -> None:
    says = refusing(rings=0.5, early=True)
    async with city.conversation("13800000317") as call_id, city.exchange.duty(POST_A, says):
        attempt = await city.summon(call_id)
        ended = await city.event(call_id, "attempt-ended", attempt=attempt)
        assert (ended["data"]["outcome"], ended["data"]["code"]) == ("busy", 486)
        await city.hang_up(call_id)


async def test_an_invite_that_is_sent_again_is_one_call(city: City) -> None:
    number = "13800000318"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((HOST, 0))
        line.connect(city.exchange.network.asterisk)
        await talks_by_hand(city, number, line, times=3)
    assert len(await city.rows("SELECT id FROM calls WHERE caller = $1", number)) == 1


async def test_a_carrier_may_come_over_tcp(city: City) -> None:
    with socket.create_connection(city.exchange.network.asterisk) as line:
        await talks_by_hand(city, "13800000322", line)


async def talks_by_hand(city: City, number: str, line: socket.socket, times: int = 1) -> None:
    """The caller gets to an operator, with requests written here, the first of them sent so many times."""
    async with city.exchange.phone(OPERATOR, answering(), port=city.operator_ports[OPERATOR]):
        invite = by_hand("INVITE", number, line)
        for _ in range(times):
            line.send(invite)
        call_id = await city.talking(number)
        to = re.search(rb"^To: (.*?)\r\n", _answer_200(line), re.MULTILINE)
        assert to is not None
        line.send(by_hand("ACK", number, line, to[1].decode()))
        await city.hang_up(call_id)


def by_hand(method: str, number: str, line: socket.socket, to: str = f"<sip:{QUICK}@{HOST}>") -> bytes:
    """A request of one call, the same however often it is made."""
    port, transport = line.getsockname()[1], "TCP" if line.type is socket.SOCK_STREAM else "UDP"
    body = f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
    content = ("Content-Type: application/sdp", f"Content-Length: {len(body)}", "", body)
    lines = (
        f"{method} sip:{QUICK}@{HOST} SIP/2.0",
        f"Via: SIP/2.0/{transport} {HOST}:{port};branch=z9hG4bK-{number}-{method}",
        f"From: <sip:{number}@{HOST}>;tag={number}",
        f"To: {to}",
        f"Call-ID: {number}@{HOST}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:{number}@{HOST}:{port};transport={transport.lower()}>",
        "Max-Forwards: 70",
        *(content if method == "INVITE" else ("Content-Length: 0", "", "")),
    )
    return "\r\n".join(lines).encode()


def _answer_200(line: socket.socket) -> bytes:
    line.settimeout(5)
    heard = b""
    while (at := heard.find(b"SIP/2.0 200")) < 0:
        heard += line.recv(4096)
    return heard[at:]


async def test_a_cancel_that_crosses_the_answer_changes_nothing(city: City) -> None:
    number = "13800000319"
    await talks(
        city, number, carrier(number, crossing=_send(_request("CANCEL", number, 1, branch=_BRANCH)) + _receive(200))
    )


async def test_a_duty_phone_that_forwards_is_refused_and_nobody_else_is_called(city: City) -> None:
    forwards = refusing("302 Moved Temporarily\nContact: <sip:13911112222@[remote_ip]>")
    async with city.conversation("13800000315") as call_id, city.exchange.duty(POST_A, forwards):
        attempt = await city.summon(call_id)
        ended = await city.event(call_id, "attempt-ended", attempt=attempt)
        assert (ended["data"]["outcome"], ended["data"]["code"]) == ("refused", 302)
        assert not [name for name in await city.channels() if "13911112222" in name]
        await city.hang_up(call_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nat_city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Its trunk comes from behind NAT, and its keys are tones in the line."""
    trunk = {
        "addresses": [HOST],
        "outbound_host": HOST,
        "outbound_port": free_udp_port(),
        "nat": True,
        "dtmf": "inband",
    }
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("nat-city"), cluster.dsn(name), sections={"trunks": [trunk]})
        async with running_city(plan) as running:
            yield running


async def test_keys_that_are_tones_in_the_line_are_heard(nat_city: City, tmp_path: Path) -> None:
    number = "13800000320"
    # Not in this loop, which answers for the carriers of both cities.
    pressed = Speak(await asyncio.to_thread(key_tones, tmp_path, "2"), 1.5)
    async with (
        nat_city.left_quiet(),
        nat_city.exchange.phone(OPERATOR, answering(), port=nat_city.operator_ports[OPERATOR]),
        nat_city.exchange.citizen(number, pressed, hang_up=False),
    ):
        call_id = await nat_city.talking(number)
        call = await nat_city.hang_up(call_id)
    assert (call["keys"], call["category"]) == (["2"], "suggestion")


async def test_a_carrier_behind_nat_hears_and_is_hung_up_on_where_it_really_is(nat_city: City, tmp_path: Path) -> None:
    number = "13800000321"
    # RFC 5737: an address that leads nowhere, as a private one does from outside.
    nowhere = "192.0.2.7"
    says = Speak(await asyncio.to_thread(tone, tmp_path, 400.0, 30))
    async with (
        nat_city.left_quiet(),
        ear(free_udp_port(), breathes=True) as listener,
        nat_city.exchange.phone(OPERATOR, answering([says]), port=nat_city.operator_ports[OPERATOR]),
        nat_city.exchange.phone("carrier", hidden(number, nowhere, listener.port)) as caller,
    ):
        call_id = await nat_city.talking(number)
        assert not listener.frames
        listener.source = HOST, await media_port(nat_city, call_id)
        await until(holds(lambda: len(listener.frames) > 20), "the carrier hears the call")
        await nat_city.hang_up(call_id)
        await caller.finished(10)


def hidden(number: str, nowhere: str, media_port: int) -> str:
    """A caller whose signalling and sound say that they are elsewhere; it waits to be hung up on."""
    scenario = (
        carrier(number, ends=_await_bye()).replace("[media_ip]", nowhere).replace("[auto_media_port]", str(media_port))
    )
    return scenario.replace("Contact: <sip:phone@[local_ip]:[local_port]", f"Contact: <sip:phone@{nowhere}:5060")


async def media_port(city: City, call_id: str) -> int:
    """Where Asterisk receives the sound of a call's citizen."""
    assert city.service is not None
    [node] = city.service.hub.nodes.values()
    sound = await city.variable(node.calls[call_id].citizen.channel, "CHANNEL(rtp,src,audio)")
    return int(sound.rpartition(":")[2])
