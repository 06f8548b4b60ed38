"""The service's settings: `hotline.toml` overridden by `HOTLINE_*` variables, read once, frozen."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyAddress,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableVariableError

from asterisk_conf.values import Plain, SipAccount
from asterisk_conf.values import Secret as SipSecret
from ivr.hours import Opening

CONFIG_VARIABLE = "HOTLINE_CONFIG"
ENV_PREFIX = "HOTLINE_"
DEFAULT_FILE = "hotline.toml"

_LEAST_RTP_PORTS = 20
_SECRET = re.compile("secret|passw|dsn|token", re.IGNORECASE)
_UNKNOWN = {"extra_forbidden": "no such setting"}

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,31}$")]
PhoneNumber = Annotated[str, Field(pattern=r"^[0-9+*#]{2,20}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
PromptName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_-]{0,63}$")]
QueueName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{1,31}$")]
Skill = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
PauseReason = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f,]{1,40}$")]
Level = Annotated[int, Field(ge=1, le=9)]


def _hours(value: dict[str, list[str]] | None) -> dict[str, list[str]] | None:
    """Opening hours as they were written, when they can be read."""
    if value is not None:
        Opening.model_validate({"open": value})
    return value


class SettingsError(Exception):
    """A setting that cannot be used; the text names the key, the value and where it was found."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Section):
    """`dsn` unset means the embedded Postgres in `data_dir`."""

    dsn: str | None = None
    pool_size: int = Field(8, ge=1, le=200)

    @field_validator("dsn")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        """Refuse what names no Postgres, without repeating a password."""
        if value is not None and not _is_dsn(value):
            raise ValueError("want postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        return value


class WebSettings(_Section):
    """`trusted_proxies`: whose word is taken on where a request comes from (`X-Forwarded-For`, `-Proto`).

    The limits are per person, and per address for requests that name nobody we know; a minute's worth may come at once.
    `phone_url`: where browsers' phones reach Asterisk, when that is not the service's own Asterisk directly.
    `look_again_seconds`: how soon the live feed ends for somebody who was locked out.
    """

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Port = 8345
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    requests_per_minute: int = Field(6000, ge=1)
    strangers_per_minute: int = Field(600, ge=1)
    look_again_seconds: float = Field(10.0, gt=0, le=600)
    phone_url: Annotated[str, Field(pattern=r"^wss?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._/-]*)?$")] | None = None


IceUri = Annotated[str, Field(pattern=r"^(stuns?|turns?):[A-Za-z0-9.:\[\]-]+(\?transport=(udp|tcp))?$")]


class IceSettings(_Section):
    """How browsers' telephones get through NAT and firewalls (ICE, RFC 8445): STUN (RFC 7064) and TURN (RFC 7065) URIs.

    A TURN server gives its relays to whoever has a password made from `secret`, which it shares with us (coturn:
    `use-auth-secret`, `static-auth-secret`), good for `credential_seconds`. `relay_only`: sound goes by TURN alone.
    """

    servers: tuple[IceUri, ...] = ()
    secret: SecretStr | None = None
    credential_seconds: int = Field(43200, ge=60, le=604800)
    relay_only: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> IceSettings:
        turn = [server for server in self.servers if server.startswith("turn")]
        if turn and self.secret is None:
            raise ValueError(f"{turn[0]} wants a secret: the one that the TURN server has as static-auth-secret")
        if self.relay_only and not turn:
            raise ValueError("relay_only wants a turn: server")
        return self


class NodeSettings(_Section):
    """One Asterisk that the city runs itself, driven over AMI.

    `journal` is the CEL file `hotline.csv` as this service sees it; `raw_recordings` the directory where that
    Asterisk writes the raw legs; `prompts` the prompt folder as that Asterisk sees it (unset: where this service
    would keep it for an Asterisk of its own).
    """

    name: Identifier
    ami_host: str
    ami_port: Port = 5038
    ami_username: str = "hotline"
    ami_secret: SecretStr
    trunk: Identifier = "trunk"
    journal: Path | None = None
    raw_recordings: Path
    prompts: Path | None = None


class TrunkSettings(_Section):
    """A SIP trunk: where calls may come from, and where duty phones are dialled.

    What is not said here is said in `asterisk_conf.settings.Trunk`. Of the trunks that a route leaves open the one with
    the smallest `priority` is taken first; equal ones share the calls by their `weight`. `most_calls`: so many calls
    out at a time, 0 for no limit.
    """

    name: Identifier = "trunk"
    addresses: tuple[str, ...] = ("127.0.0.1",)
    outbound_host: str = "127.0.0.1"
    outbound_port: Port = 5090
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: bool = False
    username: SipAccount | None = None
    password: SipSecret | None = None
    registers: bool = False
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = ("alaw", "ulaw")
    dtmf: Literal["auto_info", "rfc4733", "info", "inband", "auto"] = "auto_info"
    trust_identity: bool = False
    nat: bool = False
    qualify_seconds: int = Field(30, ge=0, le=3600)
    session_seconds: int = Field(1800, ge=0, le=86400)
    rtp_timeout_seconds: int = Field(60, ge=0, le=7200)
    rtp_hold_timeout_seconds: int = Field(600, ge=0, le=7200)
    most_calls: int = Field(0, ge=0)
    priority: int = Field(1, ge=1)
    weight: int = Field(1, ge=1, le=100)


class RouteSettings(_Section):
    """Which trunks a number goes out over, in which order; the first route whose pattern fits counts.

    `pattern` is of digits, `X` (any digit), `Z` (1-9), `N` (2-9) and, at the end, `.` (anything). `strip` digits are
    taken off at the front, `prefix` is put there. Without `trunks` all are tried, by their priority and weight.
    """

    pattern: Annotated[str, Field(pattern=r"^[0-9XZN+*#]*[.]?$", min_length=1, max_length=24)]
    trunks: tuple[Identifier, ...] = ()
    strip: int = Field(0, ge=0, le=20)
    prefix: Annotated[str, Field(pattern=r"^[0-9+*#]{0,20}$")] = ""
    caller_id: PhoneNumber | None = None


class ServiceSettings(_Section):
    """A service number that can be brought into a call: 110, water, power.

    `needs_key`: whoever answers presses 1, where a machine may answer. `shows_caller`: the citizen's number is shown
    there. `emergency`: it is dialled whatever limits say, and nothing is played to who answers.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    number: PhoneNumber
    needs_key: bool = False
    shows_caller: bool = True
    emergency: bool = False


# 国办函〔2025〕66号: what belongs to these is handed over at once.
EMERGENCIES = tuple(
    ServiceSettings(id=number, name=name, number=number, emergency=True)
    for number, name in (("110", "公安报警"), ("119", "消防救援"), ("120", "医疗急救"), ("122", "交通事故报警"))
)


class SupervisionSettings(_Section):
    """`shown`: an operator's screen says that a supervisor listens to the call."""

    shown: bool = False


def _times(said: str) -> str:
    """A time of day from and to, `09:00-12:00`, when it can be read."""
    first, _, last = said.partition("-")
    if time.fromisoformat(first.strip()) >= time.fromisoformat(last.strip()):
        raise ValueError(f"{said} is no time of a day: write 09:00-12:00")
    return said


Times = Annotated[str, AfterValidator(_times)]


class DiallerReasonSettings(_Section):
    """When and how often people are called for one reason.

    `working` and `rest` are hours of working days and of days of rest ("09:00-12:00"). `at_a_time`: a ceiling; 0: none.
    """

    reason: Literal["call-back", "inform", "follow-up", "urge", "contact", "other"]
    working: tuple[Times, ...] = ("09:00-12:00", "14:00-20:00")
    rest: tuple[Times, ...] = ("10:00-12:00", "15:00-18:00")
    attempts: int = Field(3, ge=1, le=20)
    gap_minutes: int = Field(120, ge=1, le=10_080)
    at_a_time: int = Field(0, ge=0, le=1000)


class DiallerSettings(_Section):
    """Calls that the hotline makes by itself, each with an operator who is ready.

    `lines` are all that calls out may take; `kept_free` of them are left for citizens. `a_day`: how often one number is
    called at most, for whatever reason. A reason that is not named has the usual hours.
    """

    enabled: bool = False
    lines: int = Field(4, ge=1, le=1000)
    kept_free: int = Field(1, ge=0, le=1000)
    a_day: int = Field(3, ge=1, le=20)
    reasons: tuple[DiallerReasonSettings, ...] = ()


class NumberSettings(_Section):
    number: PhoneNumber
    menu: str = "full"


class OperatorSettings(_Section):
    """An operator's SIP account. Without a password one is generated into the secrets file.

    Taken over into the database once; from then on operators are changed there. `skills`: name to level, 9 the best.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,31}$")]
    name: Plain
    password: SipSecret | None = None
    webrtc: bool = False
    skills: dict[Skill, Level] = Field(default_factory=dict)


class QueueLineSettings(_Section):
    """A queue beside, or instead of the defaults for, the general one; taken over into the database once.

    Whoever has all of its `skills` belongs to it. After `longest_wait` seconds, or outside `hours` (`{"mon-fri":
    ["08:30-17:30"]}`), callers flow over to the queue `overflow_to`. Higher `priority` is served first. Seconds that
    are not given are those of [queue].
    """

    name: QueueName
    title: Plain
    skills: tuple[Skill, ...] = ()
    priority: int = Field(0, ge=0, le=99)
    hours: Annotated[dict[str, list[str]] | None, AfterValidator(_hours)] = None
    announcement: PromptName | None = None
    music: Identifier | None = None
    longest_wait: int | None = Field(None, ge=5, le=7200)
    overflow_to: QueueName | None = None
    ring_seconds: int | None = Field(None, ge=3, le=120)
    wrapup_seconds: int | None = Field(None, ge=0, le=600)

    @model_validator(mode="after")
    def _leads_on(self) -> QueueLineSettings:
        if self.overflow_to is None and (self.longest_wait is not None or self.hours is not None):
            raise ValueError(f"queue {self.name}: longest_wait and hours need overflow_to, or callers would be lost")
        if self.overflow_to == self.name:
            raise ValueError(f"queue {self.name}: overflow_to leads back to itself")
        return self


class QueueRouteSettings(_Section):
    """Which calls go to which queue; the first route that fits, in order of `place`. What is not given fits any call.

    `callers` names a list of callers' numbers. `priority` is for a call that fits, whichever queue it waits in.
    """

    place: int = Field(ge=1, le=9999)
    queue: QueueName | None = None
    dialled: PhoneNumber | None = None
    category: Literal["consult", "suggestion", "complaint", "help"] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")] | None = None
    callers: Skill | None = None
    hours: Annotated[dict[str, list[str]] | None, AfterValidator(_hours)] = None
    priority: int | None = Field(None, ge=0, le=99)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> QueueRouteSettings:
        if self.queue is None and self.priority is None:
            raise ValueError(f"route {self.place}: want a queue, a priority, or both")
        return self


class AsteriskSettings(_Section):
    """The Asterisk container this service drives when no node of the city's own is configured.

    `start = false`: somebody else (a compose file) starts and stops it, from the configuration that
    `hotline asterisk render` wrote. Behind NAT whoever is outside of `local_networks` is told `external_address`.
    With a certificate SIP is spoken over TLS at `tls_port` too. `tls_ca`: whom to believe when a trunk is reached over
    TLS. A phone that sends no RTP for so long has vanished.
    Phones are asked every `qualify_seconds` whether they are there; 0: never.
    """

    start: bool = True
    image: str = "hotline-asterisk:22"
    qualify_seconds: int = Field(30, ge=0, le=3600)
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    ami_port: Port = 5038
    http_port: Port = 8088
    https_port: Port = 8089
    rtp_start: Port = 10000
    rtp_end: Port = 20000
    tls_port: Port = 5061
    external_address: IPvAnyAddress | None = None
    local_networks: tuple[IPvAnyNetwork, ...] = ()
    phone_rtp_timeout_seconds: int = Field(60, ge=0, le=7200)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None

    @model_validator(mode="after")
    def _room(self) -> AsteriskSettings:
        if self.rtp_end - self.rtp_start < _LEAST_RTP_PORTS - 1:
            range_ = f"rtp_start = {self.rtp_start}, rtp_end = {self.rtp_end}"
            raise ValueError(f"{range_}: want at least {_LEAST_RTP_PORTS} ports")
        return self


class QueueSettings(_Section):
    """The general queue, and what other queues have of it where they say nothing. 0 seconds: never.

    Whoever waits hears their place every `announce_seconds`, and the keys for leaving a message and for being called
    back after `keys_after_seconds` and then every `keys_seconds`.
    """

    name: Identifier = "hotline"
    ring_seconds: int = Field(15, ge=3, le=120)
    wrapup_seconds: int = Field(10, ge=0, le=600)
    announce_seconds: int = Field(45, ge=0, le=3600)
    keys_after_seconds: int = Field(25, ge=0, le=3600)
    keys_seconds: int = Field(60, ge=0, le=3600)


class UnitCallSettings(_Section):
    """How duty phones are rung: seconds until the next post, seconds for a key, calls an hour at most.

    `mask_callers`: units see the number of their tickets' callers with its middle left out, and say why they need to
    see the whole of it.
    """

    ring_seconds: int = Field(20, ge=3, le=120)
    key_seconds: int = Field(5, ge=1, le=30)
    hourly_ceiling: int = Field(600, ge=1)
    mask_callers: bool = True
    caller_id: PhoneNumber = "12345"


class SpeechSettings(_Section):
    """`live_calls`: so many calls at once are shown as text while people talk; each costs up to a processor."""

    model: Path | None = None
    processes: int = Field(1, ge=1, le=64)
    live_calls: int = Field(0, ge=0, le=1000)


class RecordingSettings(_Section):
    """`directory` unset means `recordings` under `data_dir`."""

    directory: Path | None = None
    mixed_format: Literal["opus", "mp3"] = "opus"
    keep_days: int = Field(730, ge=1)


class AttachmentSettings(_Section):
    """Files attached to tickets. `directory` unset means `attachments` under `data_dir`; `clamd_host`: scan them."""

    directory: Path | None = None
    most_bytes: int = Field(20_000_000, ge=1, le=1_000_000_000)
    most_per_ticket: int = Field(30, ge=1, le=1000)
    types: tuple[str, ...] = (
        "image/jpeg",
        "image/png",
        "image/webp",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "audio/mpeg",
        "audio/ogg",
        "audio/amr",
        "audio/wav",
        "audio/mp4",
    )
    clamd_host: str | None = None
    clamd_port: Port = 3310


class WebhookSettings(_Section):
    """`private_networks`: where webhooks may be sent to beside public addresses."""

    private_networks: tuple[IPvAnyNetwork, ...] = ()


class PushSettings(_Section):
    """`contact`: whom the browsers' push services may write to (RFC 8292, section 2.1); without it none is used."""

    contact: Annotated[str, Field(pattern=r"^(mailto:[^\s@<>]{1,64}@[^\s@<>]{1,200}|https://\S{1,300})$")] | None = None


class MailSettings(_Section):
    """The server that reports are mailed through, and whom they come from; without a host none are sent.

    `security`: encrypted from the first byte (`tls`, usually port 465), from the greeting on (`starttls`, usually 587),
    or not at all. With `recipient_domains` reports go to addresses of these domains only.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")] | None = None
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Annotated[str | None, Field(repr=False)] = None
    sender: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,189}$")] | None = None
    recipient_domains: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> MailSettings:
        if (self.host is None) != (self.sender is None):
            raise ValueError("host and sender belong together: the server, and the address reports come from")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.password is not None and self.security == "none":
            raise ValueError("the password would be sent in clear; set security to starttls or tls")
        return self


class AuditSettings(_Section):
    """Where the audit log is sent on to, line by line: the syslog of another machine (RFC 5424), `host:port`."""

    syslog: Annotated[str, Field(pattern=r"^([^\s:/]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$")] | None = None
    syslog_protocol: Literal["udp", "tcp"] = "tcp"

    @field_validator("syslog")
    @classmethod
    def _has_port(cls, value: str | None) -> str | None:
        if value is not None and not 1 <= int(value.rpartition(":")[2]) <= 65535:
            raise ValueError("want HOST:PORT with a port from 1 to 65535")
        return value

    @property
    def syslog_address(self) -> tuple[str, int] | None:
        """Host and port."""
        host, _, port = (self.syslog or "").rpartition(":")
        return (host.strip("[]"), int(port)) if host else None


class RegulationSettings(_Section):
    """Which city's regulation the tickets live by, and the figures and choices it leaves to the city."""

    profile: str = "yixing-2011"
    figures: dict[str, int | str] = Field(default_factory=dict)
    holidays: Path | None = None


def _is_dsn(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # Several hosts, each with a port, are one address for Postgres and none for urllib.
        has_port = "," in parts.netloc or parts.port is None or parts.port > 0
        return parts.scheme in {"postgresql", "postgres"} and has_port
    except ValueError:
        return False


def default_data_dir() -> Path:
    """Where the service keeps what it must not lose (XDG Base Directory, `XDG_DATA_HOME`)."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "hotline12345"


class Settings(BaseSettings):
    """Everything that can be set; unknown keys are refused, in the file and in the environment."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__")

    data_dir: Path = Field(default_factory=default_data_dir)
    timezone: str = "Asia/Shanghai"
    area_code: Annotated[str, Field(pattern=r"^(0[1-9][0-9]{1,2})?$")] = ""
    log_format: Literal["text", "json"] = "text"
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    ice: IceSettings = IceSettings()
    nodes: tuple[NodeSettings, ...] = ()
    asterisk: AsteriskSettings = AsteriskSettings()
    trunks: Annotated[tuple[TrunkSettings, ...], Field(min_length=1)] = (TrunkSettings(),)
    routes: tuple[RouteSettings, ...] = ()
    numbers: tuple[NumberSettings, ...] = (NumberSettings(number="12345"),)
    supervision: SupervisionSettings = SupervisionSettings()
    dialler: DiallerSettings = DiallerSettings()
    services: tuple[ServiceSettings, ...] = EMERGENCIES
    operators: tuple[OperatorSettings, ...] = ()
    queue: QueueSettings = QueueSettings()
    queues: tuple[QueueLineSettings, ...] = ()
    queue_routes: tuple[QueueRouteSettings, ...] = ()
    caller_lists: dict[Skill, tuple[PhoneNumber, ...]] = Field(default_factory=dict)
    pause_reasons: tuple[PauseReason, ...] = ("休息", "用餐", "培训", "会议", "后处理")
    units: UnitCallSettings = UnitCallSettings()
    speech: SpeechSettings = SpeechSettings()
    recordings: RecordingSettings = RecordingSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    regulation: RegulationSettings = RegulationSettings()
    audit: AuditSettings = AuditSettings()
    mail: MailSettings = MailSettings()
    push: PushSettings = PushSettings()
    webhooks: WebhookSettings = WebhookSettings()
    prompts_dir: Path | None = None
    menus_dir: Path | None = None

    def service(self, name: str) -> ServiceSettings | None:
        """The service number of this id."""
        return next((one for one in self.services if one.id == name), None)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as error:
            raise ValueError(f"no such time zone: {value}") from error
        return value

    @model_validator(mode="after")
    def _distinct(self) -> Settings:
        for what, names in (
            ("nodes", [node.name for node in self.nodes]),
            ("trunks", [trunk.name for trunk in self.trunks]),
            ("numbers", [number.number for number in self.numbers]),
            ("services", [service.id for service in self.services]),
            ("operators", [operator.id for operator in self.operators]),
            ("queues", [queue.name for queue in self.queues]),
            ("queue_routes", [str(route.place) for route in self.queue_routes]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what}: named twice: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> Settings:
        known = {trunk.name for trunk in self.trunks}
        for route in self.routes:
            unknown = [name for name in route.trunks if name not in known]
            if unknown:
                raise ValueError(f"routes: {route.pattern}: there is no trunk {', '.join(unknown)}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def owns_asterisk(self) -> bool:
        """Whether the service starts (and stops) its own Asterisk container."""
        return not self.nodes

    @property
    def recordings_dir(self) -> Path:
        return self.recordings.directory or self.data_dir / "recordings"

    @property
    def attachments_dir(self) -> Path:
        return self.attachments.directory or self.data_dir / "attachments"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def settings_file() -> Path:
    """The settings file in use: `HOTLINE_CONFIG`, else `hotline.toml` in the working directory."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_FILE)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings once.

    Raises SettingsError with one line per problem, naming the key, the value and the file or variable.
    """
    path = settings_file()
    if CONFIG_VARIABLE in os.environ and not path.is_file():
        raise SettingsError(f"{CONFIG_VARIABLE}={path}: no such file")
    _refuse_unknown_variables()
    try:
        return Settings(**overrides)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnreadableVariableError as error:
        raise SettingsError(_unreadable_variable(error)) from error
    except ValidationError as error:
        raise SettingsError("\n".join(_problem(item, path) for item in error.errors())) from error


def _refuse_unknown_variables() -> None:
    known = {f"{ENV_PREFIX}{name}".upper() for name in Settings.model_fields}
    for variable in os.environ:
        name = variable.upper()
        if not name.startswith(ENV_PREFIX) or name == CONFIG_VARIABLE:
            continue
        if name.split("__")[0] not in known:
            raise SettingsError(f"{variable}: no such setting (environment variable)")


def _unreadable_variable(error: UnreadableVariableError) -> str:
    """Names the variable that wants JSON and is none; pydantic-settings names only the field."""
    named = re.search('field "([^"]+)"', str(error))
    wanted = f"{ENV_PREFIX}{named[1] if named else ''}".upper()
    for variable, value in sorted(os.environ.items()):
        if variable.upper() == wanted or variable.upper().startswith(f"{wanted}__"):
            try:
                json.loads(value)
            except ValueError as why:
                return f"environment variable {variable}: not valid JSON: {why}"
    return str(error)


def _problem(item: Any, path: Path) -> str:
    keys = [str(part) for part in item["loc"]]
    # A value error says itself what is wrong with which value.
    shown = "" if item["type"] in {"missing", "value_error"} else f" = {_shown(keys, item['input'])}"
    what = item["msg"].removeprefix("Value error, ")
    return f"{_where(keys, path)}: {'.'.join(keys) or 'settings'}{shown}: {_UNKNOWN.get(item['type'], what)}"


def _shown(keys: Sequence[str], value: object) -> str:
    """The value, unless it is, or may hold, a secret."""
    if _SECRET.search(".".join(keys)) or isinstance(value, dict | list):
        return "***"
    return repr(value)


def _where(keys: Sequence[str], path: Path) -> str:
    """The variable that gives a key, or what the key is part of; else the file."""
    variables = {variable.upper(): variable for variable in os.environ}
    for length in range(len(keys), 0, -1):
        name = ENV_PREFIX + "__".join(keys[:length]).upper()
        if name in variables:
            return f"environment variable {variables[name]}"
    return str(path)
