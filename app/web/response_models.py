"""What the HTTP interface answers: the forms of its JSON, for the OpenAPI document; a test holds the answers to them.

What a role may not see of a ticket or a call is left out or empty, so most of their fields are optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.calls.outgoing import Reached
from app.dialler.plan import Why
from app.dialler.rules import Reason

Role = Literal["operator", "back_office", "unit", "supervisor", "auditor", "admin"]


class PersonAnswer(BaseModel):
    name: str
    role: Role
    unit_id: str | None
    operator_id: str | None


class SessionAnswer(PersonAnswer):
    """`token` is good as a bearer token until `expires_at`."""

    token: str
    expires_at: datetime


class AttachmentLimits(BaseModel):
    most_bytes: int
    most_per_ticket: int
    types: list[str]


class SettingsAnswer(BaseModel):
    """What a page must know of the settings; `live_text`: what is said is shown while people talk."""

    attachments: AttachmentLimits

    timezone: str
    profile: str
    queue: str
    wrapup_seconds: int
    ring_seconds: int
    live_text: bool
    browser_phone: bool


class MeAnswer(PersonAnswer):
    """`rights`, also called `may`: the actions of the role, on some rows at least.

    `browser_phone`: the telephone is in the browser.
    """

    rights: list[str]
    may: list[str]
    browser_phone: bool
    settings: SettingsAnswer


class DraftLine(BaseModel):
    key: str
    version: int
    updated_at: datetime


class DraftAnswer(DraftLine):
    value: Any


class SavedViewAnswer(BaseModel):
    """A search kept by name: `path` is a page of the desk with its filters."""

    name: str
    path: str
    saved_at: datetime


class ArticleAnswer(BaseModel):
    """One article: what it says, how it is kept (run, told or left to people), the tests that show it, or why not."""

    article: str
    says: str
    how: str
    tests: list[str]
    why: str
    rest: str


class DayAnswer(BaseModel):
    """A weekday off, or a day of a weekend that is worked."""

    day: date
    working: bool


class SpecialDayAnswer(BaseModel):
    """`source`: kept in the desk, in the city's file, published by the State Council, or fixed by the law itself."""

    day: date
    working: bool
    source: Literal["desk", "file", "published", "law"]


class YearAnswer(BaseModel):
    """A year's days that are not as usual. `published`: known without what is kept in the desk; `complete`: by it."""

    year: int
    published: bool
    complete: bool
    changed_by: str | None
    changed_at: datetime | None
    days: list[SpecialDayAnswer]


class RegulationAnswer(BaseModel):
    id: str
    name: str
    document: str
    area: str
    readings: list[str]
    articles: list[ArticleAnswer]
    days: list[DayAnswer]


class CodeAnswer(BaseModel):
    """A kind of problem in both languages; `{name}` is filled from the problem's `args`."""

    code: str
    zh: str
    en: str


class LimitsAnswer(BaseModel):
    """The limits of a ticket; null: does not apply. `explain_by`: a unit owes an explanation (shangrao art. 4(2)2)."""

    dispatch_by: datetime | None
    inform_by: datetime | None
    report_by: datetime | None
    return_by: datetime | None
    follow_up_by: datetime | None
    close_by: datetime | None
    explain_by: datetime | None = None


class NoticeAnswer(BaseModel):
    to: str
    kind: str
    text: str


class OutcomeAnswer(BaseModel):
    """What an action led to."""

    number: str
    status: str
    limits: LimitsAnswer
    late: list[str]
    notices: list[NoticeAnswer]


class TicketLine(BaseModel):
    """A ticket in a list. Of a confidential one only a stub is shown, the fields that are required here."""

    number: str
    status: str
    category: str
    confidential: bool
    unit_ids: list[str]
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    late: list[str]
    version: int
    urgency: str | None = None
    source: str | None = None
    call_id: str | None = None
    anonymous: bool | None = None
    content: str | None = None
    discipline_unit: str | None = None
    caller_phone: str | None = None
    caller_name: str | None = None
    satisfaction: str | None = None


class TicketList(BaseModel):
    """`next` goes into `after` to have the page that follows; null on the last."""

    tickets: list[TicketLine]
    next: str | None


class WorkList(BaseModel):
    """A page of a work list (asked for with `list`). `next` goes into `after`; null on the last."""

    items: list[TicketLine]
    next: str | None


class BulkLine(BaseModel):
    """What came of one of several: an outcome, or a problem document."""

    number: str
    outcome: OutcomeAnswer | None
    problem: dict[str, Any] | None


class HistoryEntry(BaseModel):
    n: int
    at: datetime
    action: str
    actor: str | None = None
    data: dict[str, Any] | None = None


class StoredNotice(BaseModel):
    at: datetime
    recipient: str
    kind: str
    text: str


class NeedAnswer(BaseModel):
    """One argument of an action. `choices` of kind `choice`; `value` is the present one, or the only one."""

    name: str
    kind: Literal["text", "line", "unit", "units", "ticket", "time", "number", "yes-no", "choice"]
    required: bool
    choices: list[str]
    value: Any


class AllowedAnswer(BaseModel):
    """An action that this person may do now; `action` is the path's name. `role` goes into the query."""

    action: str
    needs: list[NeedAnswer]
    role: Literal["leader"] | None


class RefusedAnswer(BaseModel):
    """An action of the role that is not possible now; `code` has its words, `article` its source."""

    action: str
    reason: str
    article: str
    code: str


class SuggestedUnit(BaseModel):
    """A unit that may be in charge: `unit` is its id; `because` holds the words that speak for it."""

    unit: str
    name: str
    confidence: float
    because: list[str]


class SuggestedCategory(BaseModel):
    category: str
    confidence: float
    because: list[str]


class SuggestedPlace(BaseModel):
    text: str
    confidence: float


class SuggestedDuplicate(BaseModel):
    number: str
    confidence: float
    same_place: bool


class EarlierTicket(BaseModel):
    """Another ticket of the same caller's."""

    number: str
    status: str
    category: str
    received_at: datetime


class SuggestedOutcome(BaseModel):
    """The answer to put down when a unit was on the line and the caller said how satisfied they are."""

    how: str
    satisfaction: str


class ProposalAnswer(BaseModel):
    """What is proposed from what was said so far. Confidences from 0 to 1; `title` is the matter in one line."""

    title: str
    units: list[SuggestedUnit]
    category: SuggestedCategory | None
    urgent: list[str]
    place: SuggestedPlace | None


class SuggestionsAnswer(BaseModel):
    """What the call's transcript proposes for its ticket; `title` is the matter in one line. Confidences: 0 to 1."""

    content: str
    title: str = ""
    units: list[SuggestedUnit]
    category: SuggestedCategory | None
    urgent: list[str]
    place: SuggestedPlace | None
    answer: SuggestedOutcome | None
    earlier: list[EarlierTicket]
    duplicates: list[SuggestedDuplicate]


class CountingAnswer(BaseModel):
    """How a limit was counted: `skipped` are days on the way that are not worked, `made_up` week-ends that are."""

    since: datetime
    within: str
    skipped: list[date]
    made_up: list[date]


class CallAbout(BaseModel):
    """A call that the hotline made about a ticket; `said`: the beginning of what was said, null where it is not yours.

    `asked_unit`: the unit whose officer asked for it.
    """

    id: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    reason: Reason
    reached: Reached | None
    sip_code: int | None
    asked_by: str
    asked_unit: str | None
    said: str | None


class TicketAnswer(TicketLine):
    """One ticket with its limits, history and notices, and what this person may do to it now."""

    allowed: list[AllowedAnswer]
    refused: list[RefusedAnswer]

    profile: str
    channel: str
    next_deadline: datetime | None
    language: str | None = None
    created_at: datetime
    updated_at: datetime
    limits: LimitsAnswer
    counting: dict[str, CountingAnswer]
    late_now: list[str]
    warnings: list[str]
    history: list[HistoryEntry]
    notices: list[StoredNotice]
    calls: list[CallAbout]
    caller_address: str | None = None
    operator_id: str | None = None
    merged_into: str | None = None
    suggestions: SuggestionsAnswer | None = None
    place: str | None = None
    persons: str | None = None
    happened_at: str | None = None
    request: str | None = None
    assignments: list[dict[str, Any]] | None = None


class AttachmentAnswer(BaseModel):
    """A file attached to a ticket; `scanned`: a virus scanner looked at it."""

    id: int
    number: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    has_thumbnail: bool
    scanned: bool
    user_name: str
    unit_id: str | None
    created_at: datetime


class LinkedAnswer(BaseModel):
    number: str
    call_id: str


class CallerAnswer(BaseModel):
    phone: str
    name: str
    address: str


class PublicTicket(BaseModel):
    number: str
    category: str
    content: str
    received_at: datetime
    closed_at: datetime | None
    satisfaction: str | None
    answer: str
    informed_at: datetime | None


class CallLine(BaseModel):
    """A call in a list; `caller` is empty where it is protected, and of a call that goes out who is called.

    `reached` and `sip_code` say what became of that; `about_ticket` and `about_call` what it is about.
    """

    id: str
    node: str
    caller: str
    caller_name: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Literal["conversation", "missed", "not-reached"] | None
    missed_reason: Literal["menu", "queue"] | None
    category: str
    language: str
    keys: list[str]
    satisfaction: str | None
    confidential: bool
    called_back_at: datetime | None
    queued_at: datetime | None
    message_at: datetime | None
    callback_at: datetime | None
    direction: Literal["in", "out"]
    reason: Reason | None
    asked_by: str | None
    asked_unit: str | None
    wanted_call: int | None
    whom: str | None
    about_ticket: str | None
    about_call: str | None
    reached: Reached | None
    sip_code: int | None
    ticket_number: str | None = None


class CalledOutAnswer(BaseModel):
    """The call that goes out; `party_id` is the asker's telephone, which rings now; null: asked for before."""

    id: str
    party_id: str | None


class WantedLine(BaseModel):
    """A call that is wanted. `why`: `now`, or what holds it back; `earliest`: when it may be looked at again.

    `number` is empty where the caller is protected.
    """

    id: int
    number: str
    reason: Reason
    about_ticket: str | None
    about_call: str | None
    wanted_by: str
    wanted_at: datetime
    not_before: datetime | None
    priority: int
    tried: int
    last_at: datetime | None
    last: str | None
    why: Why
    earliest: datetime | None


class DiallerState(BaseModel):
    """What a person has stopped."""

    stopped: bool
    paused: list[Reason]
    changed_by: str
    changed_at: datetime | None


class DiallerAnswer(DiallerState):
    """`enabled`: the settings let it dial. `wanted` are all calls, of which `items` are the first."""

    enabled: bool
    wanted: int
    items: list[WantedLine]


class WantedAnswer(BaseModel):
    """`new` is false where the same call was on the list already."""

    id: int
    new: bool


class NeverCalledAnswer(BaseModel):
    number: str
    why: str
    added_by: str
    added_at: datetime
    until: datetime | None


class CallPage(BaseModel):
    """Calls that were looked for. `next` goes into `after`; null on the last page."""

    items: list[CallLine]
    next: str | None


class CallerHistory(BaseModel):
    number: str
    place: str
    lists: list[str]
    calls: list[CallLine]
    tickets: list[TicketLine]


class BookmarkAnswer(BaseModel):
    id: int
    call_id: str
    at_seconds: float
    note: str
    user_name: str
    created_at: datetime


class TrackPeaks(BaseModel):
    """`peaks`: hundredths of full scale."""

    id: int
    role: str | None
    name: str
    peaks: list[int]


class PeaksAnswer(BaseModel):
    seconds: float
    per_second: int
    tracks: list[TrackPeaks]


class MissedLine(CallLine):
    """What is owed to a caller whom nobody answered. `place`: among those who asked to be called back, from 1.

    `messages` are recordings; a message must be answered by `answer_by`.
    """

    waiting_since: datetime
    place: int | None
    messages: list[int]
    answer_by: datetime | None


class EventAnswer(BaseModel):
    call_id: str
    kind: str
    at: datetime
    data: dict[str, Any]
    source: str


class PartyAnswer(BaseModel):
    party_id: str
    role: Literal["citizen", "operator", "unit"]
    name: str
    joined_at: datetime
    left_at: datetime | None


class ServiceAnswer(BaseModel):
    """A service number: 110, water."""

    id: str
    name: str
    emergency: bool


class AttemptAnswer(BaseModel):
    """One ring for the call. `unit_id` is the id of the unit, service number, queue or operator; `post` that of the
    duty phone (A, B, leader), `line` of a service number, else the operator id.
    """

    attempt_id: str
    call_id: str
    unit_id: str
    unit_name: str
    kind: Literal["unit", "operator", "queue", "service", "supervisor", "citizen"]
    post: str
    mode: Literal["join", "consult", "hand-over", "back", "listen", "whisper", "take"]
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    trunk: str
    sip_code: int | None


class RecordingAnswer(BaseModel):
    id: int
    kind: Literal["track", "mixed", "message"]
    role: str | None
    name: str
    path: str
    seconds: float
    sha256: str
    created_at: datetime


class TicketOfCall(BaseModel):
    number: str
    category: str
    status: str
    due_at: datetime | None
    created_at: datetime


class LiveParty(BaseModel):
    party_id: str
    role: Literal["citizen", "operator", "unit"]
    name: str
    place: str | None
    joined_at: datetime | None
    in_conference: bool
    muted: bool


class SummonsAnswer(BaseModel):
    party_id: str
    kind: str
    unit_id: str
    unit_name: str
    post: str
    mode: str


class LiveAnswer(BaseModel):
    """Where a call in progress stands.

    `place` is where the citizen is (docs/arrangement.md); `came_back` says why they wait again, empty where they do
    not; `listeners` are the operator ids of who listens in, told only where the settings say so.
    """

    phase: str
    place: str
    state: str
    came_back: str
    listeners: list[str]
    parties: list[LiveParty]
    summons: list[SummonsAnswer]


class CallAnswer(CallLine):
    live: LiveAnswer | None
    events: list[EventAnswer]
    parties: list[PartyAnswer]
    attempts: list[AttemptAnswer]
    recordings: list[RecordingAnswer]
    ticket: TicketOfCall | None


class SummonedAnswer(BaseModel):
    """The duty phone rings; `party_id` names the attempt, and the party once it has joined."""

    party_id: str
    unit_id: str
    posts: int


class HandedOverAnswer(BaseModel):
    """`party_id` names the telephone that rings for the citizen, null for a queue."""

    party_id: str | None
    to: str


class SupervisedAnswer(BaseModel):
    """The supervisor's telephone rings, as `party_id`."""

    party_id: str
    mode: Literal["listen", "whisper", "barge", "take"]


class CalledBackAnswer(BaseModel):
    id: str
    called_back_at: datetime


class TurnAnswer(BaseModel):
    """Seconds from the first bridging."""

    role: str
    name: str
    start: float
    end: float
    text: str


class TranscriptAnswer(BaseModel):
    turns: list[TurnAnswer]
    model: str
    created_at: datetime


class WaitingAnswer(BaseModel):
    call_id: str
    node: str
    queue: str
    position: int
    category: str
    language: str
    since: datetime


class OperatorAnswer(BaseModel):
    """`since`: when the state began. `break_after`: the reason of a pause that begins when the call ends, or empty.

    `reason`: of a pause; `unreachable` where the telephone of one who is not away cannot be rung.
    """

    id: str
    name: str
    state: Literal["ready", "paused", "ringing", "talking", "wrap-up", "offline"]
    reason: str
    node: str
    since: datetime | None
    break_after: str
    skills: dict[str, int]


class OperatorWrittenAnswer(BaseModel):
    id: str
    name: str
    webrtc: bool
    skills: dict[str, int]
    retired: bool


class OperatorAddedAnswer(OperatorWrittenAnswer):
    """`password`: what the telephone registers with as `id`; empty for a browser's."""

    password: str


class QueueSettingsAnswer(BaseModel):
    name: str
    title: str
    skills: list[str]
    priority: int
    hours: dict[str, list[str]] | None
    announcement: str | None
    music: str | None
    longest_wait: int | None
    overflow_to: str | None
    ring_seconds: int | None
    wrapup_seconds: int | None


class TodayAnswer(BaseModel):
    """Since midnight; `in_time`: answered within 15 s of joining the queue, of calls that have ended."""

    offered: int
    answered: int
    in_time: int
    given_up: int


class QueueLine(QueueSettingsAnswer):
    """`operators`: how many are in each state. `today` is null while the database is away."""

    waiting: int
    longest_wait_s: float
    talking: int
    operators: dict[str, int]
    today: TodayAnswer | None


class RouteAnswer(BaseModel):
    place: int
    queue: str | None
    dialled: str | None
    category: str | None
    language: str | None
    callers: str | None
    hours: dict[str, list[str]] | None
    priority: int | None


class RoutesAnswer(BaseModel):
    routes: list[RouteAnswer]


class NumbersAnswer(BaseModel):
    numbers: list[str]


class ReasonsAnswer(BaseModel):
    reasons: list[str]


class QueueAnswer(BaseModel):
    waiting: list[WaitingAnswer]
    operators: list[OperatorAnswer]


class TrunkAnswer(BaseModel):
    """`why` the trunk is not up; `calls` go out over it, `most_calls` may (0: any number)."""

    node: str
    name: str
    up: bool
    why: str
    calls: int
    most_calls: int
    priority: int
    weight: int


class OperatorSetAnswer(BaseModel):
    id: str
    state: Literal["ready", "paused", "away"]
    reason: str


class IceServer(BaseModel):
    """A STUN or TURN server (RFC 7064, RFC 7065); a TURN server wants the name and the password."""

    urls: str
    username: str | None = None
    credential: str | None = None


class IceAnswer(BaseModel):
    """What `RTCPeerConnection` takes."""

    iceServers: list[IceServer]  # noqa: N815 - the browser's own names
    iceTransportPolicy: Literal["all", "relay"]  # noqa: N815


class PhoneAnswer(BaseModel):
    """`ha1` (RFC 2617) registers the telephone `uri` at `websocket` as its password does, in this realm only."""

    websocket: str
    uri: str
    realm: str
    ha1: str
    ice: IceAnswer


class UnitLine(BaseModel):
    """`active`: whether the unit is in service."""

    id: str
    name: str
    tier: int
    parent: str | None
    remit: str
    keywords: list[str]
    active: bool


class DutyPostAnswer(BaseModel):
    post: Literal["A", "B", "leader"]
    name: str
    phone: str


class DirectoryLine(UnitLine):
    """`on_duty` is null for those who may not know it; `rung_lately` and `answered_lately` are of thirty days."""

    on_duty: list[DutyPostAnswer] | None
    in_use: bool
    rung_lately: int
    answered_lately: int


class ContactAnswer(BaseModel):
    """Who answers for a post, from when to when; `late`: the centre was told later than the regulation allows."""

    post: Literal["A", "B", "leader", "duty"]
    name: str
    title: str
    phone: str
    mobile: str
    fax: str
    hours: str
    valid_from: datetime
    valid_to: datetime | None
    happened_on: date
    late: bool


class UnitAnswer(UnitLine):
    note: str
    contacts: list[ContactAnswer] | None = None


class UnitDutyAnswer(BaseModel):
    """`posts` is empty for a unit that cannot be dialled now."""

    unit_id: str
    unit_name: str
    posts: list[DutyPostAnswer]


class ShiftAnswer(BaseModel):
    unit_id: str
    day: date
    shift: str
    post: Literal["A", "B", "leader"]
    starts_at: datetime
    ends_at: datetime
    name: str
    phone: str


class RingAnswer(BaseModel):
    """One ring of a unit's duty telephone; `call_id` for a unit only where it came into the call."""

    call_id: str | None
    post: str
    mode: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None


class FieldChangeAnswer(BaseModel):
    """`field` is `tier`, `A.mobile`, ...; what was empty or is emptied is ``."""

    field: str
    before: str
    after: str


class UnitChangeAnswer(BaseModel):
    """`late`: told to the centre after the regulation's limit."""

    id: str
    name: str
    row: int
    happened_on: date
    late: bool
    fields: list[FieldChangeAnswer]


class FormWordsAnswer(BaseModel):
    zh: str
    what: str


class UnitImportAnswer(BaseModel):
    """`digest` agrees to this very change."""

    applied: bool
    digest: str
    added: list[UnitChangeAnswer]
    changed: list[UnitChangeAnswer]
    unchanged: int
    warnings: list[FormWordsAnswer]


class RosterImportAnswer(BaseModel):
    """`digest` agrees to this very roster."""

    applied: bool
    digest: str
    shifts: list[ShiftAnswer]


class AccountAnswer(PersonAnswer):
    created_at: datetime
    disabled_at: datetime | None


class TokenAnswer(BaseModel):
    """A session or an API token that is good."""

    user_name: str
    id: int
    kind: Literal["session", "api"]
    label: str
    created_at: datetime
    expires_at: datetime


class TokenAddedAnswer(BaseModel):
    """`token` is told this once and kept nowhere."""

    id: int
    token: str
    label: str
    expires_at: datetime


class JobAnswer(BaseModel):
    """A job that was given up."""

    id: int
    entrypoint: str
    payload: dict[str, Any]
    created: datetime
    failed_at: datetime
    error_type: str


class FindingAnswer(BaseModel):
    """What the doctor found; `mend` is the command that mends it."""

    name: str
    state: str
    detail: str
    mend: str | None


class AuditLine(BaseModel):
    id: int
    at: datetime
    user_name: str
    role: str
    address: str | None
    action: str
    subject: str
    detail: dict[str, Any]


class ColumnAnswer(BaseModel):
    name: str
    title: str


class ReportLine(BaseModel):
    name: str
    title: str
    about: str
    filters: list[Literal["unit", "category"]]
    columns: list[ColumnAnswer]


class MenuLine(BaseModel):
    """`source`: put in force in the desk, the city's file, or as it ships."""

    name: str
    numbers: list[str]
    source: Literal["desk", "file", "shipped"]


class MenuVersionLine(BaseModel):
    id: int
    note: str
    made_by: str
    made_at: datetime


class MenuLead(BaseModel):
    """`by`: a key, or what happens (`next`, `silence`, `wrong`, `unavailable`)."""

    by: str
    to: str


class MenuNodeAnswer(BaseModel):
    id: str
    kind: str
    prompts: list[str]
    leads: list[MenuLead]


class MenuAnswer(BaseModel):
    """`version`: null where the file is in force; `changed_by` and `changed_at` tell of the last change in the desk."""

    name: str
    source: Literal["desk", "file", "shipped"]
    text: str
    version: int | None
    changed_by: str | None
    changed_at: datetime | None
    versions: list[MenuVersionLine]
    nodes: list[MenuNodeAnswer]


class MenuCheckAnswer(BaseModel):
    """`problems` and `remarks`: each with its line; `nodes` are there when there is no problem."""

    problems: list[str]
    remarks: list[str]
    nodes: list[MenuNodeAnswer]


class MenuTextAnswer(BaseModel):
    text: str


class PromptLine(BaseModel):
    name: str
    text: str
    sound: bool


class PromptSoundLine(BaseModel):
    id: int
    seconds: float
    made_by: str
    made_at: datetime
    in_force: bool


class PushKeyAnswer(BaseModel):
    public_key: str | None


class ReportMailAnswer(BaseModel):
    """A report by mail. `due_at`: when it goes out next; `last_error`: what the mail server said, whom it refused."""

    id: int
    user_name: str
    report: str
    rhythm: Literal["day", "week", "month"]
    hour: int
    file: Literal["xlsx", "csv"]
    unit: str | None
    category: str | None
    recipients: list[str]
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: str


class AskedAnswer(BaseModel):
    id: int


class ReportAnswer(BaseModel):
    """`rows` hold the columns in order; a rate with nothing to take it of is null."""

    report: str
    title: str
    first_day: date = Field(alias="from")
    to: date
    unit: str | None
    category: str | None
    as_of: datetime
    confidential: int | None
    columns: list[ColumnAnswer]
    rows: list[dict[str, Any]]


class WebhookLine(BaseModel):
    id: int
    url: str
    created_at: datetime
    waiting: int
    given_up: int


class NewWebhookAnswer(BaseModel):
    """The secret is shown this once."""

    id: int
    url: str
    secret: str
    created_at: datetime


class DeliveryAnswer(BaseModel):
    id: int
    number: str
    state: Literal["waiting", "delivered", "given_up"]
    attempts: int
    next_attempt: datetime
    last_error: str
    created_at: datetime
    delivered_at: datetime | None


class DeliveriesAnswer(BaseModel):
    id: int
    deliveries: list[DeliveryAnswer]


class RedeliveredAnswer(BaseModel):
    redelivered: int


class HealthAnswer(BaseModel):
    status: Literal["ok"]


class ReadyAnswer(BaseModel):
    """`nodes`: whether each Asterisk is connected."""

    status: Literal["ready", "not ready"]
    nodes: dict[str, bool]
    database: bool


ANSWERS: Mapping[tuple[str, str], Any] = {
    ("post", "/api/login"): SessionAnswer,
    ("get", "/api/me"): MeAnswer,
    ("get", "/api/problem-codes"): list[CodeAnswer],
    ("get", "/api/drafts"): list[DraftLine],
    ("get", "/api/drafts/{key}"): DraftAnswer,
    ("put", "/api/drafts/{key}"): DraftAnswer,
    ("get", "/api/holidays/{year}"): YearAnswer,
    ("put", "/api/holidays/{year}"): YearAnswer,
    ("get", "/api/regulation"): RegulationAnswer,
    ("get", "/api/views"): list[SavedViewAnswer],
    ("put", "/api/views"): SavedViewAnswer,
    ("get", "/api/calls"): list[CallLine] | CallPage,
    ("get", "/api/calls/{call_id}/bookmarks"): list[BookmarkAnswer],
    ("post", "/api/calls/{call_id}/bookmarks"): BookmarkAnswer,
    ("get", "/api/callers/{caller}"): CallerHistory,
    ("get", "/api/recordings/{recording_id}/peaks"): PeaksAnswer,
    ("get", "/api/calls/missed"): list[MissedLine],
    ("get", "/api/calls/{call_id}"): CallAnswer,
    ("post", "/api/calls"): CalledOutAnswer,
    ("get", "/api/outbound-calls"): DiallerAnswer,
    ("post", "/api/outbound-calls"): WantedAnswer,
    ("put", "/api/outbound-calls/state"): DiallerState,
    ("get", "/api/outbound-calls/never"): list[NeverCalledAnswer],
    ("post", "/api/outbound-calls/never"): NeverCalledAnswer,
    ("post", "/api/calls/{call_id}/parties"): SummonedAnswer,
    ("patch", "/api/calls/{call_id}/parties/{party_id}"): LiveAnswer | None,
    ("delete", "/api/calls/{call_id}/parties/{party_id}"): LiveAnswer | None,
    ("post", "/api/calls/{call_id}/transfer"): LiveAnswer | None,
    ("post", "/api/calls/{call_id}/hand-over"): HandedOverAnswer,
    ("post", "/api/calls/{call_id}/supervise"): SupervisedAnswer,
    ("delete", "/api/calls/{call_id}/supervise"): LiveAnswer | None,
    ("post", "/api/calls/{call_id}/hold"): LiveAnswer | None,
    ("post", "/api/calls/{call_id}/record"): LiveAnswer | None,
    ("post", "/api/calls/{call_id}/hangup"): LiveAnswer | None,
    ("post", "/api/calls/{call_id}/callback"): CalledBackAnswer,
    ("get", "/api/transcripts/{call_id}"): TranscriptAnswer,
    ("get", "/api/queue"): QueueAnswer,
    ("get", "/api/trunks"): list[TrunkAnswer],
    ("get", "/api/services"): list[ServiceAnswer],
    ("get", "/api/queues"): list[QueueLine],
    ("post", "/api/queues"): QueueSettingsAnswer,
    ("get", "/api/queues/{queue}"): QueueSettingsAnswer,
    ("patch", "/api/queues/{queue}"): QueueSettingsAnswer,
    ("get", "/api/queue-routes"): RoutesAnswer,
    ("put", "/api/queue-routes"): RoutesAnswer,
    ("get", "/api/caller-lists/{list_name}"): NumbersAnswer,
    ("put", "/api/caller-lists/{list_name}"): NumbersAnswer,
    ("get", "/api/pause-reasons"): ReasonsAnswer,
    ("put", "/api/pause-reasons"): ReasonsAnswer,
    ("get", "/api/operators"): list[OperatorAnswer],
    ("post", "/api/operators"): OperatorAddedAnswer,
    ("get", "/api/operators/{operator_id}"): OperatorAnswer,
    ("patch", "/api/operators/{operator_id}"): OperatorWrittenAnswer,
    ("get", "/api/operators/{operator_id}/state"): OperatorAnswer,
    ("put", "/api/operators/{operator_id}/state"): OperatorSetAnswer,
    ("get", "/api/operators/{operator_id}/phone"): PhoneAnswer,
    ("get", "/api/units"): list[DirectoryLine],
    ("get", "/api/units/{unit_id}"): UnitAnswer,
    ("get", "/api/units/{unit_id}/rings"): list[RingAnswer],
    ("get", "/api/duty"): list[DutyPostAnswer] | list[UnitDutyAnswer],
    ("get", "/api/duty/roster"): list[ShiftAnswer],
    ("put", "/api/duty/roster"): list[ShiftAnswer],
    ("post", "/api/duty/import"): RosterImportAnswer,
    ("post", "/api/units/import"): UnitImportAnswer,
    ("get", "/api/audit"): list[AuditLine],
    ("get", "/api/admin/users"): list[AccountAnswer],
    ("post", "/api/admin/users"): AccountAnswer,
    ("patch", "/api/admin/users/{user}"): AccountAnswer,
    ("get", "/api/admin/sessions"): list[TokenAnswer],
    ("post", "/api/admin/users/{user}/tokens"): TokenAddedAnswer,
    ("get", "/api/admin/jobs"): list[JobAnswer],
    ("get", "/api/admin/doctor"): list[FindingAnswer],
    ("get", "/api/tickets"): TicketList | WorkList,
    ("get", "/api/tickets/counts"): dict[str, int],
    ("post", "/api/tickets/bulk"): list[BulkLine],
    ("post", "/api/tickets"): OutcomeAnswer,
    ("get", "/api/tickets/{number}"): TicketAnswer,
    ("patch", "/api/tickets/{number}"): OutcomeAnswer,
    ("get", "/api/tickets/{number}/caller"): CallerAnswer,
    ("put", "/api/tickets/{number}/call"): LinkedAnswer,
    ("get", "/api/tickets/{number}/attachments"): list[AttachmentAnswer],
    ("post", "/api/tickets/{number}/attachments"): AttachmentAnswer,
    ("get", "/api/public/tickets"): list[PublicTicket],
    ("get", "/api/reports"): list[ReportLine],
    ("get", "/api/reports/{name}"): ReportAnswer,
    ("get", "/api/menus"): list[MenuLine],
    ("get", "/api/menus/{name}"): MenuAnswer,
    ("post", "/api/menus/{name}"): MenuAnswer,
    ("post", "/api/menus/{name}/check"): MenuCheckAnswer,
    ("post", "/api/menus/{name}/in-force"): MenuAnswer,
    ("get", "/api/menus/{name}/versions/{version}"): MenuTextAnswer,
    ("get", "/api/prompts"): list[PromptLine],
    ("get", "/api/prompts/{language}/{prompt}/sounds"): list[PromptSoundLine],
    ("post", "/api/prompts/{language}/{prompt}/sounds"): list[PromptSoundLine],
    ("post", "/api/prompts/{language}/{prompt}/in-force"): list[PromptSoundLine],
    ("post", "/api/proposals"): ProposalAnswer,
    ("get", "/api/push"): PushKeyAnswer,
    ("get", "/api/report-mails"): list[ReportMailAnswer],
    ("post", "/api/report-mails"): ReportMailAnswer,
    ("post", "/api/report-mails/{order_id}"): AskedAnswer,
    ("get", "/api/webhooks"): list[WebhookLine],
    ("post", "/api/webhooks"): NewWebhookAnswer,
    ("get", "/api/webhooks/{webhook_id}"): DeliveriesAnswer,
    ("post", "/api/webhooks/{webhook_id}/redeliver"): RedeliveredAnswer,
}
"""The form of each answer with a body, by method and path; actions on tickets answer with an OutcomeAnswer."""
