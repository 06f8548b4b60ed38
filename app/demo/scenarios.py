"""SIPp scenarios as values: a caller, an operator, a duty phone, built from a few readable steps.

SIPp's own keywords stand in square brackets (SIPp reference documentation, "Create your own XML scenarios"). Speech is
raw A-law at 8 kHz (`rtp_stream`); digits go as SIP INFO or as RFC 4733 events (`play_dtmf`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

# SIPp sends the events of `play_dtmf` as payload type 96 (its reference, "PCAP Play").
_SDP = """v=0
o=phone 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
"""

# Both ends' names are kept, for the requests that the called phone sends itself (RFC 3261, section 12.2.1.1).
_RECEIVE_INVITE = """<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" check_it="true" assign_to="remote"/>
<ereg regexp=".*" search_in="hdr" header="To:" check_it="true" assign_to="local"/>
</action></recv>"""

_RESPONSE_HEADERS = """[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `user` and `display` go into the From header as they are, so that tests can be hostile."""

    user: str = "13800000000"
    display: str = ""

    @property
    def from_header(self) -> str:
        name = f'"{self.display}" ' if self.display else ""
        return f"{name}<sip:{self.user}@[local_ip]:[local_port]>;tag=[pid]c[call_number]"


@dataclass(frozen=True, slots=True)
class Press:
    """A key pressed `after` seconds; `info` sends SIP INFO, otherwise an RFC 4733 event."""

    key: str
    after: float
    info: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """The telephone's own hold key (`on`), `after` seconds: a re-INVITE with `a=sendonly` (RFC 3264, section 8.4)."""

    on: bool
    after: float


@dataclass(frozen=True, slots=True)
class Refer:
    """The telephone's own transfer key, `after` seconds: REFER to a number (RFC 3515); then it is hung up on."""

    number: str
    after: float


@dataclass(frozen=True, slots=True)
class Speak:
    """Raw A-law speech that starts `after` seconds."""

    path: Path
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay on the line for so many seconds."""

    seconds: float


Action = Press | Hold | Refer | Speak | Wait


def citizen(
    caller: Caller, dialled: str, actions: Sequence[Action] = (), *, hang_up: bool = False, longest_s: int = 120
) -> str:
    """A phone that dials, acts, then hangs up or waits for the other side to do so (at most `longest_s`)."""
    invite = _request("INVITE", dialled, caller, 1, body=_SDP)
    parts = [
        _send(invite, retransmit=True),
        '<recv response="100" optional="true"/>',
        '<recv response="180" optional="true"/>',
        '<recv response="183" optional="true"/>',
        '<recv response="200" rtd="true"/>',
        _send(_request("ACK", dialled, caller, 1, to_tag=True)),
        *_caller_actions(actions, dialled, caller),
        _bye(dialled, caller, len(actions) + 2) if hang_up else _await_bye(longest_s),
    ]
    return _scenario("citizen", parts)


def impatient(caller: Caller, dialled: str, after: float) -> str:
    """A phone that gives up (CANCEL) `after` seconds, before it was answered if that is soon enough."""
    parts = [
        _send(_request("INVITE", dialled, caller, 1, body=_SDP), retransmit=True),
        '<recv response="100"/>',
        _pause(after),
        _send(_request("CANCEL", dialled, caller, 1, branch="[branch-3]"), retransmit=True),
        '<recv response="200"/>',
        '<recv response="487"/>',
        _send(_request("ACK", dialled, caller, 1, to_tag=True, branch="[branch-6]")),
    ]
    return _scenario("impatient", parts)


def answering(
    actions: Sequence[Action] = (),
    *,
    rings: float = 0.3,
    early: bool = False,
    hang_up: bool = False,
    longest_s: int = 120,
) -> str:
    """A phone that rings (`early`: and is heard already), answers, acts, then hangs up or waits to be hung up on."""
    parts = [
        _RECEIVE_INVITE,
        _ringing(early=early),
        _pause(rings),
        _respond("200 OK", body=_SDP, retransmit=True),
        # Asterisk repeats an INVITE that a busy machine answered late.
        '<recv request="INVITE" optional="true"/>',
        '<recv request="ACK" rrs="true"/>',
        *_called_actions(actions),
        _called_bye() if hang_up else _await_bye(longest_s),
        '<Reference variables="remote,local"/>',
    ]
    return _scenario("answering", parts)


def refusing(status: str = "486 Busy Here", *, rings: float = 0.0, early: bool = False) -> str:
    """A phone that refuses every call with the given status line, after ringing for so many seconds."""
    ringing = [_ringing(early=early), _pause(rings)] if rings else []
    parts = ['<recv request="INVITE"/>', *ringing, _respond(status, retransmit=True), '<recv request="ACK"/>']
    return _scenario("refusing", parts)


def silent(longest_s: int = 60) -> str:
    """A phone that rings and is never answered, until the caller gives up."""
    parts = [
        '<recv request="INVITE"/>',
        _respond("180 Ringing"),
        f'<recv request="CANCEL" timeout="{longest_s * 1000}"/>',
        _respond("200 OK"),
        _respond("487 Request Terminated", cseq="1 INVITE", retransmit=True),
        '<recv request="ACK" optional="false"/>',
    ]
    return _scenario("silent", parts)


def register(user: str, password: str, *, port: int, expected: int = 200, contacts: bool = True) -> str:
    """REGISTER with digest authentication (RFC 3261, section 22); the contact is this SIPp's own address."""
    contact = f"Contact: <sip:{user}@[local_ip]:{port}>\nExpires: 3600\n" if contacts else ""

    def request(cseq: int, authentication: str) -> str:
        return (
            "REGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n"
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
            f"From: <sip:{user}@[remote_ip]>;tag=[pid]r[call_number]\n"
            f"To: <sip:{user}@[remote_ip]>\n"
            "Call-ID: [call_id]\n"
            f"CSeq: {cseq} REGISTER\n{contact}Max-Forwards: 70\n{authentication}"
            "Content-Length: 0\n\n"
        )

    digest = f"[authentication username={user} password={password}]\n"
    parts = [
        _send(request(1, ""), retransmit=True),
        '<recv response="100" optional="true"/>',
        '<recv response="401" auth="true"/>',
        _send(request(2, digest), retransmit=True),
        '<recv response="100" optional="true"/>',
        # On a busy machine the first request was sent twice, and the second has its answer late.
        *(['<recv response="401" optional="true"/>'] if expected != 401 else []),
        f'<recv response="{expected}"/>',
    ]
    return _scenario("register", parts)


def _scenario(name: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name={quoteattr(name)}>\n{body}\n</scenario>\n'


def _send(message: str, *, retransmit: bool = False) -> str:
    attribute = ' retrans="500"' if retransmit else ""
    return f"<send{attribute}><![CDATA[\n{message}]]></send>"


def _pause(seconds: float) -> str:
    return f'<pause milliseconds="{round(seconds * 1000)}"/>' if seconds > 0 else ""


def _request(
    method: str,
    dialled: str,
    caller: Caller,
    cseq: int,
    *,
    body: str = "",
    content_type: str = "application/sdp",
    to_tag: bool = False,
    branch: str = "[branch]",
) -> str:
    tag = "[peer_tag_param]" if to_tag else ""
    content = f"Content-Type: {content_type}\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return (
        f"{method} sip:{dialled}@[remote_ip]:[remote_port] SIP/2.0\n"
        f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n"
        f"From: {caller.from_header}\n"
        f"To: <sip:{dialled}@[remote_ip]:[remote_port]>{tag}\n"
        "Call-ID: [call_id]\n"
        f"CSeq: {cseq} {method}\n"
        "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>\n"
        f"Max-Forwards: 70\n{content}"
    )


def _respond(status: str, *, body: str = "", retransmit: bool = False, cseq: str = "") -> str:
    headers = _RESPONSE_HEADERS.format(tag=";tag=[pid]a[call_number]")
    if cseq:
        headers = headers.replace("[last_CSeq:]", f"CSeq: {cseq}")
    content = "Content-Type: application/sdp\nContent-Length: [len]\n\n" + body if body else "Content-Length: 0\n\n"
    return _send(f"SIP/2.0 {status}\n{headers}{content}", retransmit=retransmit)


def _ringing(*, early: bool) -> str:
    """With early media (RFC 3960) the network's own voice says what it has to say before anybody answers."""
    return _respond("183 Session Progress", body=_SDP) if early else _respond("180 Ringing")


def _await_bye(longest_s: int) -> str:
    # How a REFER fares is told by NOTIFY (RFC 3515, section 2.4.4), as often as Asterisk likes.
    answer = _send(f"SIP/2.0 200 OK\n{_RESPONSE_HEADERS.format(tag='')}Content-Length: 0\n\n")
    return "\n".join(
        [
            '<label id="talking"/>',
            '<recv request="NOTIFY" optional="true" next="told"/>',
            f'<recv request="BYE" timeout="{longest_s * 1000}" next="over"/>',
            '<label id="told"/>',
            answer.replace("<send>", '<send next="talking">'),
            '<label id="over"/>',
            answer,
            _pause(0.1),
        ]
    )


def _bye(dialled: str, caller: Caller, cseq: int) -> str:
    return _send(_request("BYE", dialled, caller, cseq, to_tag=True), retransmit=True) + '\n<recv response="200"/>'


def _called_dialog(method: str, cseq: int, content: str) -> str:
    return (
        f"{method} [next_url] SIP/2.0\n"
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: [$local];tag=[pid]a[call_number]\n"
        "To: [$remote]\n"
        "Call-ID: [call_id]\n"
        f"CSeq: {cseq} {method}\n"
        "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>\n"
        f"Max-Forwards: 70\n{content}"
    )


def _called_bye() -> str:
    return _send(_called_dialog("BYE", 900, "Content-Length: 0\n\n"), retransmit=True) + '\n<recv response="200"/>'


def _info(key: str) -> str:
    return f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={key}\nDuration=160\n"


def _caller_actions(actions: Sequence[Action], dialled: str, caller: Caller) -> list[str]:
    parts: list[str] = []
    for cseq, action in enumerate(actions, start=2):
        match action:
            case Press(key, after, info=True):
                body = f"Signal={key}\nDuration=160\n"
                message = _request(
                    "INFO", dialled, caller, cseq, body=body, content_type="application/dtmf-relay", to_tag=True
                )
                parts += [_pause(after), _send(message, retransmit=True), '<recv response="200"/>']
            case _:
                parts += _media_action(action)
    return parts


def _called_actions(actions: Sequence[Action]) -> list[str]:
    parts: list[str] = []
    for cseq, action in enumerate(actions, start=101):
        match action:
            case Press(key, after, info=True):
                message = _called_dialog("INFO", cseq, _info(key))
                parts += [_pause(after), _send(message, retransmit=True), '<recv response="200"/>']
            case Hold(on, after):
                parts += [_pause(after), *_held(cseq, on)]
            case Refer(number, after):
                refer_to = f"Refer-To: <sip:{number}@[remote_ip]:[remote_port]>\nContent-Length: 0\n\n"
                message = _called_dialog("REFER", cseq, refer_to)
                parts += [_pause(after), _send(message, retransmit=True), '<recv response="202"/>']
            case _:
                parts += _media_action(action)
    return parts


def _held(cseq: int, on: bool) -> list[str]:
    offer = _SDP + ("a=sendonly\n" if on else "a=sendrecv\n")
    body = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{offer}"
    ack = _called_dialog("ACK", cseq, "Content-Length: 0\n\n")
    return [
        _send(_called_dialog("INVITE", cseq, body), retransmit=True),
        '<recv response="100" optional="true"/>',
        '<recv response="200"/>',
        _send(ack),
    ]


def _media_action(action: Action) -> list[str]:
    match action:
        case Press(key, after):
            return [_pause(after), f'<nop><action><exec play_dtmf="{escape(key)}"/></action></nop>']
        case Speak(path, after):
            stream = quoteattr(f"{path},1,8")
            return [_pause(after), f"<nop><action><exec rtp_stream={stream}/></action></nop>"]
        case Wait(seconds):
            return [_pause(seconds)]
        case Hold() | Refer():
            raise ValueError("only a telephone that was called has a hold key and a transfer key")
