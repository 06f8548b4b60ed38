"""What real carriers and telephones send: offers that come late, other codecs, refreshes, fax, repeats, forwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from xml.sax.saxutils import quoteattr

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import answering, refusing
from tests.support.city import QUICK, City, Plan, running_city
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A, OPERATOR = "87650001", "op1001"
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


def _request(method: str, number: str, cseq: int, *, media: str = "", tag: str = "", more: str = "") -> str:
    content = (
        f"Content-Type: application/sdp\nContent-Length: [len]\n\n{_sdp(media)}" if media else "Content-Length: 0\n\n"
    )
    return (
        f"{method} sip:{QUICK}@[remote_ip]:[remote_port] SIP/2.0\n"
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
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


def carrier(number: str, *then: str, offer: str = A_LAW, answer: str = "", more: str = "") -> str:
    """A caller as a carrier brings one: `offer` in the INVITE, or none and `answer` in the ACK; other messages; BYE."""
    parts = [
        _send(_request("INVITE", number, 1, media=offer, more=more)),
        *(_receive(status, optional=True) for status in (100, 180, 183)),
        _receive(200),
        _send(_request("ACK", number, 1, media=answer, tag="[peer_tag_param]"), again=False),
        *then,
        # So long the call has to get to the operator.
        '<pause milliseconds="2500"/>',
        _send(_request("BYE", number, 900, tag="[peer_tag_param]")),
        _receive(200),
    ]
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name={quoteattr("carrier")}>\n{body}\n</scenario>\n'


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


async def test_a_duty_phone_that_forwards_is_refused_and_nobody_else_is_called(city: City) -> None:
    forwards = refusing("302 Moved Temporarily\nContact: <sip:13911112222@[remote_ip]>")
    async with city.conversation("13800000315") as call_id, city.exchange.duty(POST_A, forwards):
        attempt = await city.summon(call_id)
        ended = await city.event(call_id, "attempt-ended", attempt=attempt)
        assert (ended["data"]["outcome"], ended["data"]["code"]) == ("refused", 302)
        assert not [name for name in await city.channels() if "13911112222" in name]
        await city.hang_up(call_id)
