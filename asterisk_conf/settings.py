"""What one Asterisk node is configured from. A value that could break out of a file is refused (`values`).

Every refusal is a pydantic.ValidationError that names the setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from asterisk_conf.values import (
    AbsolutePath,
    Address,
    EventName,
    Host,
    HostPort,
    Identifier,
    Network,
    PhoneNumber,
    Plain,
    Port,
    PromptName,
    Secret,
    SipAccount,
    SipUser,
    address_pattern,
    plain_path,
)

# The events that `ami_bridge` understands; whoever renders for the service passes its own list.
DEFAULT_EVENTS = frozenset(
    {
        "AgentCalled",
        "AgentComplete",
        "AgentConnect",
        "AgentRingNoAnswer",
        "AsyncAGIEnd",
        "AsyncAGIExec",
        "AsyncAGIStart",
        "BlindTransfer",
        "BridgeEnter",
        "BridgeLeave",
        "ConfbridgeEnd",
        "ConfbridgeJoin",
        "ConfbridgeLeave",
        "ConfbridgeMute",
        "ConfbridgeStart",
        "ConfbridgeTalking",
        "ConfbridgeUnmute",
        "ContactStatus",
        "DeviceStateChange",
        "DialEnd",
        "FullyBooted",
        "Hangup",
        "Hold",
        "Newchannel",
        "Newstate",
        "OriginateResponse",
        "QueueCallerAbandon",
        "QueueCallerJoin",
        "QueueCallerLeave",
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberRemoved",
        "QueueMemberStatus",
        "Shutdown",
        "Unhold",
        "UserEvent",
    }
)

# Private networks (RFC 1918, RFC 4193) and this machine: where operators' phones are, unless set otherwise.
PRIVATE_NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

# Where calls from any trunk arrive.
INBOUND_ENDPOINT = "trunk-in"

# RFC 4028, section 5.
_LEAST_SESSION = 90
_GUARD_S = 2
_NET_S = 15

_RAW_VARIABLES = ("${HOTLINE_CALL}", "${HOTLINE_ROLE}", "${UNIQUEID}")
_MESSAGE_VARIABLES = ("${HOTLINE_CALL}", "%d")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Directories(_Section):
    """Where this instance keeps its files, as Asterisk itself sees them (inside its container, if it runs in one).

    `prompts` holds one directory per language (`<prompts>/zh-CN/*.wav`), `music` the hold music; both are only read.
    `package_data` is where the package keeps its documentation, which the modules are checked against at loading.
    Keep `run` short: a Unix socket's path has at most 107 characters.
    """

    config: AbsolutePath
    run: AbsolutePath
    spool: AbsolutePath
    log: AbsolutePath
    db: AbsolutePath
    data: AbsolutePath
    prompts: AbsolutePath
    music: AbsolutePath
    package_data: AbsolutePath = Path("/usr/share/asterisk")
    modules: AbsolutePath | None = None

    @classmethod
    def below(cls, root: Path, *, prompts: Path, music: Path) -> Self:
        """Everything that the instance writes below one directory."""
        own = {name: root / name for name in ("config", "run", "spool", "log", "db", "data")}
        return cls(**own, prompts=prompts, music=music)

    @property
    def written(self) -> tuple[Path, ...]:
        """The directories that must exist, and be writable, before Asterisk starts."""
        return (self.run, self.spool, self.log, self.db, self.data)

    @property
    def journal(self) -> Path:
        """The CEL journal, one CSV line per event."""
        return self.log / "cel-custom" / "hotline.csv"


class Certificate(_Section):
    """A TLS certificate with its chain, and its key, both PEM."""

    certificate: AbsolutePath
    key: AbsolutePath


class Sip(_Section):
    """SIP over UDP and TCP on `port`, over TLS on `tls_port` when there is a certificate.

    `external_address` is what trunks outside `local_networks` are told to send to, when this node sits behind NAT.
    `phone_networks` is where operators' and units' SIP phones may register from. `tls_ca` is whom to believe when a
    trunk is reached over TLS (PEM); without it any certificate is taken. The timeouts end a call of a phone that has
    vanished: seconds without RTP, in talk and on hold, 0 for never. Phones are asked
    every `qualify_seconds` whether they are there (OPTIONS); 0: never.
    """

    host: Address = "127.0.0.1"
    port: Port = 5060
    tls_port: Port = 5061
    tls: Certificate | None = None
    external_address: Address | None = None
    local_networks: tuple[Network, ...] = ()
    phone_networks: tuple[Network, ...] = PRIVATE_NETWORKS
    tls_ca: AbsolutePath | None = None
    phone_rtp_timeout_seconds: int = Field(60, ge=0, le=7200)
    phone_rtp_hold_timeout_seconds: int = Field(600, ge=0, le=7200)
    realm: Identifier = "hotline"
    qualify_seconds: int = Field(30, ge=0, le=3600)


class RtpRange(_Section):
    """UDP ports for media, both ends included; two per call leg. `stun` tells this node its outer address (ICE)."""

    stun: HostPort | None = None
    start: Annotated[int, Field(ge=1024, le=65535)] = 10000
    end: Annotated[int, Field(ge=1024, le=65535)] = 20000

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.end - self.start < 19:
            raise ValueError(f"{self.start}-{self.end}: want at least 20 ports")
        return self


class Http(_Section):
    """The port for browsers' WebSockets, and for Prometheus when `metrics` is on; with a certificate, two of them."""

    host: Address = "127.0.0.1"
    port: Port = 8088
    tls_host: Address = "127.0.0.1"
    tls_port: Port = 8089
    tls: Certificate | None = None
    metrics: bool = False


class Ami(_Section):
    """The manager interface, its only user, and the events that the user gets."""

    host: Address = "127.0.0.1"
    port: Port = 5038
    tls_port: Port = 5039
    tls: Certificate | None = None
    username: SipUser = "hotline"
    secret: Secret
    networks: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    events: frozenset[EventName] = DEFAULT_EVENTS


class Trunk(_Section):
    """A SIP trunk: calls are accepted from `addresses` only; duty phones are dialled as `PJSIP/<number>@<name>`.

    Calls from all trunks arrive at one endpoint, `trunk-in`: what is said there of the trunks' own codecs, SRTP and
    timeouts holds for all of them together, keys and identity are told apart by the address that the call comes from.
    `username` and `password` answer the carrier's challenges (RFC 3261, section 22); with `registers` we also register
    at `outbound_host`, so that its calls find us. `trust_identity`: its word is taken on who calls (RFC 3325).
    `dtmf`: `inband` hears keys as tones, `auto` only when the other side offers no telephone events (RFC 4733).
    `nat`: its signalling comes from elsewhere than it says. Times in seconds, 0 for never.
    """

    name: Identifier = "trunk"
    addresses: tuple[Network, ...] = Field(("127.0.0.1/32",), min_length=1)
    outbound_host: Host = "127.0.0.1"
    outbound_port: Port = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: bool = False
    username: SipAccount | None = None
    password: Secret | None = None
    registers: bool = False
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = Field(("alaw", "ulaw"), min_length=1)
    dtmf: Literal["auto_info", "rfc4733", "info", "inband", "auto"] = "auto_info"
    trust_identity: bool = False
    nat: bool = False
    qualify_seconds: int = Field(0, ge=0, le=3600)
    session_seconds: int = Field(1800, ge=0, le=86400)
    rtp_timeout_seconds: int = Field(60, ge=0, le=7200)
    rtp_hold_timeout_seconds: int = Field(600, ge=0, le=7200)

    @property
    def sources(self) -> str:
        """A pattern for the addresses that its calls come from, as `CHANNEL(pjsip,remote_addr)` shows them."""
        return "|".join(address_pattern(network) for network in self.addresses)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError(f"{self.name}: username and password go together")
        if self.registers and self.username is None:
            raise ValueError(f"{self.name}: registering wants a username and a password")
        if 0 < self.session_seconds < _LEAST_SESSION:
            raise ValueError(f"{self.name}: session_seconds: at least {_LEAST_SESSION} (RFC 4028, section 5), or 0")
        return self


class Number(_Section):
    """A number that citizens dial, and the menu they hear."""

    number: PhoneNumber
    menu: Identifier


class Phone(_Section):
    """A phone that registers: an operator's, or a unit's inside. `webrtc`: a browser, over the HTTP port."""

    id: SipUser
    name: Plain
    password: Secret
    webrtc: bool = False


class Line(_Section):
    """One queue; all times in seconds. Who is asked first, whatever the queue they wait in: by `priority`.

    After `overflow_after` callers flow over to the queue `overflow_to`; 0 and none: never.
    """

    name: Identifier
    ring_seconds: int = Field(15, ge=3, le=120)
    wrapup_seconds: int = Field(10, ge=0, le=600)
    priority: int = Field(0, ge=0, le=99)
    music: Identifier = "hotline"
    announcement: PromptName | None = None
    overflow_after: int = Field(0, ge=0, le=7200)
    overflow_to: Identifier | None = None

    @property
    def guard_seconds(self) -> int:
        """How long Asterisk itself leaves a member alone after a call: until the service's pause is there."""
        return min(self.wrapup_seconds, _GUARD_S)

    @property
    def net_seconds(self) -> int:
        """When the dialplan does what the service should have done; 0: never."""
        return self.overflow_after + _NET_S if self.overflow_to else 0


class Queue(_Section):
    """The general queue, and what all queues have in common; all times in seconds.

    Callers who wait hear their place at once and when it changes, not more often than `least_announce_seconds`, and
    every `announce_seconds` in any case; the keys that lead out of the queue after `keys_after_seconds` and then every
    `keys_seconds`. 0 says that never. A message ends after `message_seconds` or `message_silence_seconds` of silence.
    """

    name: Identifier = "hotline"
    strategy: Literal["rrmemory", "leastrecent", "fewestcalls", "random", "ringall", "linear"] = "leastrecent"
    ring_seconds: int = Field(15, ge=3, le=120)
    retry_seconds: int = Field(1, ge=1, le=60)
    wrapup_seconds: int = Field(10, ge=0, le=600)
    service_level_seconds: int = Field(15, ge=1, le=600)
    announce_seconds: int = Field(45, ge=0, le=3600)
    least_announce_seconds: int = Field(15, ge=1, le=3600)
    keys_after_seconds: int = Field(25, ge=0, le=3600)
    keys_seconds: int = Field(60, ge=0, le=3600)
    message_seconds: int = Field(120, ge=5, le=600)
    message_silence_seconds: int = Field(5, ge=2, le=60)


class Prompts(_Section):
    """Prompts that the dialplan and the queue themselves play, by name."""

    satisfaction: PromptName = "satisfaction"
    operator_offer: PromptName = "operator-offer"
    thanks: PromptName = "thanks"
    place: PromptName = "queue-place"
    next: PromptName = "queue-next"
    wait: PromptName = "queue-wait"
    minutes: PromptName = "queue-minutes"
    keys: PromptName = "queue-leave-message"
    leave_message: PromptName = "leave-message"
    message_saved: PromptName = "message-saved"
    callback_confirmed: PromptName = "callback-confirmed"
    tone: PromptName = "beep"


class ConfSettings(_Section):
    """One node. `menus` maps a menu's name to its compiled fallback dialplan.

    `raw_recording` is the file of one leg's raw recording, with `${HOTLINE_CALL}`, `${HOTLINE_ROLE}` and `${UNIQUEID}`;
    `raw_message` that of a message, with `${HOTLINE_CALL}` and `%d`, which `Record` counts up.
    `lines` are the queues, the general one first; without any there is only that.
    `heartbeat_seconds`: a service that was silent for longer is taken to be down. `takeover_seconds`: how long a caller
    waits for a service that went away in the middle of a menu.
    """

    node: Identifier
    directories: Directories
    ami: Ami
    raw_recording: str
    raw_message: str
    sip: Sip = Sip()
    rtp: RtpRange = RtpRange()
    http: Http = Http()
    trunks: tuple[Trunk, ...] = Field((Trunk(),), min_length=1)
    numbers: tuple[Number, ...] = ()
    operators: tuple[Phone, ...] = ()
    units: tuple[Phone, ...] = ()
    queue: Queue = Queue()
    lines: tuple[Line, ...] = ()
    prompts: Prompts = Prompts()
    menus: Mapping[Identifier, str] = Field(default_factory=dict)
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "zh-CN"
    max_call_seconds: int = Field(7200, ge=60)
    heartbeat_seconds: int = Field(5, ge=1, le=60)
    takeover_seconds: int = Field(20, ge=5, le=120)

    @property
    def needs_http(self) -> bool:
        """Whether anything is served over HTTP; if not, the port stays closed."""
        return self.http.metrics or any(phone.webrtc for phone in (*self.operators, *self.units))

    @property
    def told_apart(self) -> tuple[Trunk, ...]:
        """The trunks whose calls need something of their own in the dialplan."""
        return tuple(trunk for trunk in self.trunks if trunk.trust_identity or trunk.dtmf != "auto_info")

    @property
    def inbound(self) -> Trunk:
        """What holds for calls from any trunk: nothing is asked of one that is not asked of all."""
        return Trunk(
            addresses=tuple(dict.fromkeys(network for trunk in self.trunks for network in trunk.addresses)),
            codecs=self.inbound_codecs,
            srtp=any(trunk.srtp for trunk in self.trunks),
            nat=any(trunk.nat for trunk in self.trunks),
            session_seconds=_longest(trunk.session_seconds for trunk in self.trunks),
            rtp_timeout_seconds=_longest(trunk.rtp_timeout_seconds for trunk in self.trunks),
            rtp_hold_timeout_seconds=_longest(trunk.rtp_hold_timeout_seconds for trunk in self.trunks),
        )

    @property
    def all_lines(self) -> tuple[Line, ...]:
        """The queues, the general one first."""
        own = self.queue
        general = Line(name=own.name, ring_seconds=own.ring_seconds, wrapup_seconds=own.wrapup_seconds)
        return self.lines or (general,)

    @property
    def own_music(self) -> tuple[str, ...]:
        """Hold music that some queue has for itself."""
        return tuple(sorted({line.music for line in self.all_lines} - {"hotline", "default"}))

    @property
    def inbound_codecs(self) -> tuple[str, ...]:
        """What calls from the trunks may use, in the order in which the trunks name it."""
        return tuple(dict.fromkeys(codec for trunk in self.trunks for codec in trunk.codecs))

    @field_validator("raw_recording")
    @classmethod
    def _one_leg(cls, value: str) -> str:
        return _file_with(value, _RAW_VARIABLES)

    @field_validator("raw_message")
    @classmethod
    def _one_message(cls, value: str) -> str:
        return _file_with(value, _MESSAGE_VARIABLES)

    @field_validator("menus")
    @classmethod
    def _only_dialplan(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for name, text in value.items():
            _check_menu(name, text)
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        endpoints = [each.name for each in self.trunks] + [each.id for each in (*self.operators, *self.units)]
        _distinct("trunks, operators and units", [INBOUND_ENDPOINT, *endpoints])
        for trunk in self.trunks:
            if trunk.transport == "tls" and self.sip.tls is None:
                raise ValueError(f"trunks: {trunk.name} is reached over TLS, which wants a certificate for sip")
        names = [line.name for line in self.all_lines]
        # Asterisk takes no notice of dashes in extensions.
        _distinct("lines", [name.replace("-", "") for name in names])
        for line in self.lines:
            if line.overflow_to and line.overflow_to not in names:
                raise ValueError(f"lines: {line.name} flows over to {line.overflow_to!r}, which is not in lines")
        _distinct("numbers", [number.number for number in self.numbers])
        for number in self.numbers:
            if number.menu not in self.menus:
                raise ValueError(f"numbers: {number.number} leads to menu {number.menu!r}, which is not in menus")
        return self


def _longest(seconds: Iterable[int]) -> int:
    """The longest of times of which 0 is never."""
    every = tuple(seconds)
    return 0 if 0 in every else max(every)


def _file_with(value: str, variables: tuple[str, ...]) -> str:
    """A path that is plain but for these variables, each of which must be in it."""
    bare = value
    for variable in variables:
        if variable not in value:
            raise ValueError(f"{variable} is missing: recordings would overwrite each other")
        bare = bare.replace(variable, "")
    plain_path(Path(bare))
    return value


def _check_menu(name: str, text: str) -> None:
    """A menu brings its own contexts and extensions, and nothing else: no included files, no programs."""
    own = re.compile(rf"\[hotline-menu-{re.escape(name)}(-[A-Za-z0-9_-]+)?\]|\s*(exten|same)\s*=>?\s*.+|\s*;.*|\s*")
    for number, line in enumerate(text.splitlines(), start=1):
        if not own.fullmatch(line):
            raise ValueError(f"{name}, line {number}: neither its own context nor an extension: {line!r}")
    if f"[hotline-menu-{name}]" not in text:
        raise ValueError(f"{name}: the context hotline-menu-{name} is missing")


def _distinct(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what}: named twice: {', '.join(twice)}")
