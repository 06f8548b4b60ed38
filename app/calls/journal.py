"""Asterisk's own journal (CEL) read as call events: what the service learns of calls it did not see.

Pure. The journal is the file `hotline.csv` that `cel_custom` writes (docs/architecture.md); one line is one event of
one channel. The same steps seen live have the same keys (`CallEvent.key`), so that telling them twice is harmless.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ami_bridge.calls import unit_outcome
from ami_bridge.errands import Errand
from ami_bridge.framing import text_of
from ami_bridge.model import attempt_call_id, attempt_role, call_of, is_outgoing, party_of
from ami_bridge.reading import HIDDEN, display_name, operator_of_channel
from app.calls.events import LOST, CallEvent, Kind
from app.calls.translate import identity, number_of

COLUMNS = (
    "type",
    "time",
    "caller",
    "dialled",
    "channel",
    "application",
    "uniqueid",
    "linkedid",
    "user_event",
    "extra",
    "peer",
    "caller_name",
    "account",
)

_INBOUND = re.compile(r"^PJSIP/.+-in-[0-9a-f]{8}$")
_Bridged = dict[str, list[tuple[datetime, datetime]]]
_EventMaker = Callable[..., CallEvent]
# What the dialplan tells in one word: the kind of call event, and what the word is.
_TOLD: Mapping[str, tuple[Kind, str]] = {
    "HOTLINE_FALLBACK": (Kind.MENU_FALLBACK, "menu"),
    "HOTLINE_LANGUAGE": (Kind.LANGUAGE, "language"),
    "HOTLINE_MESSAGE": (Kind.MESSAGE, "node"),
    "HOTLINE_CALLBACK": (Kind.CALLBACK, "node"),
    "HOTLINE_SATISFACTION": (Kind.SATISFACTION, "key"),
}
_KEY_RESULTS = frozenset({"accepted", "declined", "no-key"})


# How a record begins: within a field the quotes round a comma would be doubled.
_BEGIN = re.compile(r'"[A-Z_]+","[0-9]+\.[0-9]+","')


class JournalError(ValueError):
    """A line of the journal that cannot be read; the text says which and why. `kind` is fit for a log: no data."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text[:200]!r}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal. `at` is UTC. `uniqueid` is who is on the channel, `channel_id` the channel's own."""

    type: str
    at: datetime
    caller: str
    dialled: str
    channel: str
    application: str
    uniqueid: str
    linkedid: str
    user_event: str
    extra: str
    peer: str
    caller_name: str
    account: str
    channel_id: str = ""

    @property
    def text(self) -> str:
        """What the dialplan said in `CELGenUserEvent`."""
        return str(self._told.get("extra", ""))

    @property
    def cause(self) -> int:
        """The Q.850 cause of a HANGUP; 0 when there is none."""
        cause = self._told.get("hangupcause", 0)
        return cause if isinstance(cause, int) else 0

    @property
    def theirs(self) -> bool:
        """Whether the other side ended a ring: of those that we end the journal names no source."""
        return bool(self._told.get("hangupsource"))

    @property
    def _told(self) -> dict[str, object]:
        try:
            told = json.loads(self.extra or "{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def call_id(self) -> str:
        """The call this channel belongs to; a duty phone's channel carries it in its name."""
        return call_of(self.uniqueid, self.linkedid)

    @property
    def begins_call(self) -> bool:
        """Whether a citizen's channel came into being: calls from a trunk arrive on its endpoint `<trunk>-in`.

        A call that goes out begins with whatever channel of it is first.
        """
        if self.type != "CHAN_START":
            return False
        return is_outgoing(self.call_id) or (self.uniqueid == self.linkedid and bool(_INBOUND.match(self.channel)))

    @property
    def role(self) -> str:
        if attempt_call_id(self.uniqueid):
            return attempt_role(self.uniqueid).value
        return "citizen" if self.uniqueid == self.call_id else "operator"


def parse(text: str) -> Line:
    """Read one line. Raises JournalError."""
    if not _BEGIN.match(text):
        raise JournalError("not a record", text)
    try:
        fields = next(csv.reader([text], strict=True))
    except (csv.Error, StopIteration) as error:
        raise JournalError("not CSV", text) from error
    if len(fields) != len(COLUMNS):
        raise JournalError(f"{len(fields)} columns instead of {len(COLUMNS)}", text)
    try:
        at = datetime.fromtimestamp(float(fields[1]), UTC)
    except (ValueError, OverflowError) as error:
        raise JournalError("not a time", fields[1]) from error
    line = Line(fields[0], at, *fields[2:])
    return replace(line, uniqueid=party_of(line.uniqueid), channel_id=line.uniqueid)


def cut(data: bytes) -> list[bytes]:
    """The whole lines of a piece of the journal, without their ends; what follows the last one is left out.

    Only a line feed ends a line: a name may hold a lone carriage return, or whatever else some reader takes for an end.
    """
    return data.split(b"\n")[:-1]


def read_line(raw: bytes) -> Line:
    """Read one line as it lies in the file. Raises JournalError.

    A line torn by a power cut has the next record behind it, which is read.
    """
    text = text_of(raw)
    try:
        return parse(text)
    except JournalError:
        begins = [found.start() for found in _BEGIN.finditer(text)]
        if not begins or not begins[-1]:
            raise
    return parse(text[begins[-1] :])


def ended(lines: Iterable[Line], call_id: str) -> bool:
    """Whether the citizen's channel of this call is gone; of a call that goes out, every channel that there was."""
    if is_outgoing(call_id):
        up = 0
        for line in lines:
            up += (line.type == "CHAN_START") - (line.type == "HANGUP")
        return up <= 0
    return any(line.type == "HANGUP" and line.uniqueid == call_id for line in lines)


def events_of(call_id: str, node: str, lines: Sequence[Line], *, last_seen: datetime | None = None) -> list[CallEvent]:
    """All call events that the lines of one call tell, in order of time.

    `last_seen` is for a call that Asterisk does not have any more and never ended in its journal (Asterisk was killed,
    the power was cut): the last sign of life of the call, at which it ends.
    """
    lines = sorted(lines, key=lambda line: line.at)
    events = [event for line in lines for event in _from_line(call_id, node, line)]
    last = lines[-1].at if last_seen is None else max(last_seen, lines[-1].at)
    bridged = _bridged(lines, last)
    events += _talking(call_id, lines, bridged)
    events += _attempts(call_id, lines)
    if ended(lines, call_id):
        events.append(_legs(call_id, lines, bridged))
        if is_outgoing(call_id):
            events.append(CallEvent(call_id, Kind.ENDED, last, {"cause": 0}, "journal"))
    elif last_seen is not None:
        events += [_legs(call_id, lines, bridged), CallEvent(call_id, Kind.ENDED, last, LOST, "journal")]
    return sorted(events, key=lambda event: event.at)


def _from_line(call_id: str, node: str, line: Line) -> list[CallEvent]:
    def event(kind: Kind, **data: object) -> CallEvent:
        return CallEvent(call_id, kind, line.at, data, "journal")

    match line.type, line.role:
        case (("CHAN_START" | "HANGUP"), _) if is_outgoing(call_id):
            # The service told its beginning before there was a channel; it ends with its last one.
            return []
        case "CHAN_START", "citizen":
            return [
                event(
                    Kind.STARTED,
                    node=node,
                    caller=line.caller if number_of(line.caller) else "",
                    caller_name=line.caller_name if number_of(line.caller) else "",
                    dialled=line.dialled,
                )
            ]
        case "HANGUP", "citizen":
            return [event(Kind.ENDED, cause=0)]
    return _user_event(line, event) if line.type == "USER_DEFINED" else []


def _user_event(line: Line, event: _EventMaker) -> list[CallEvent]:
    if line.user_event == "HOTLINE_CALLER":
        hidden, caller, header = (*line.text.split("/", 2), "", "")[:3]
        return [event(Kind.IDENTIFIED, **identity(caller, hidden == HIDDEN, display_name(header)))]
    if line.user_event == "HOTLINE_KEY":
        node, _, key = line.text.rpartition("/")
        return [event(Kind.KEY, node=node, key=key)]
    if line.user_event == "HOTLINE_QUEUED":
        category, _, queue = line.text.partition("/")
        return [event(Kind.QUEUED, category=category, queue=queue)]
    told = _TOLD.get(line.user_event)
    return [event(told[0], **{told[1]: line.text})] if told else []


def _talking(call_id: str, lines: Sequence[Line], bridged: _Bridged) -> list[CallEvent]:
    """When operators and units joined and left, from their bridges."""
    events = []
    for uniqueid, intervals in bridged.items():
        line = next(line for line in lines if line.uniqueid == uniqueid)
        first, last = intervals[0][0], intervals[-1][1]
        if line.role == "operator":
            data = {"operator": operator_of_channel(line.channel), "party": uniqueid}
            events.append(CallEvent(call_id, Kind.OPERATOR_JOINED, first, data, "journal"))
            events.append(CallEvent(call_id, Kind.OPERATOR_LEFT, last, data, "journal"))
        elif line.role == "citizen" and is_outgoing(call_id):
            events.append(CallEvent(call_id, Kind.CITIZEN_JOINED, first, {}, "journal"))
        elif line.role == "unit":
            data = {"attempt": uniqueid}
            events.append(CallEvent(call_id, Kind.UNIT_JOINED, first, data, "journal"))
            events.append(CallEvent(call_id, Kind.UNIT_LEFT, last, data, "journal"))
    return events


def _attempts(call_id: str, lines: Sequence[Line]) -> Iterator[CallEvent]:
    """Every ring of a duty phone, why it rang and what came of it."""
    for attempt in dict.fromkeys(line.uniqueid for line in lines if attempt_call_id(line.uniqueid)):
        own = [line for line in lines if line.uniqueid == attempt]
        for kind, at, data in _attempt(own):
            yield CallEvent(call_id, kind, at, {"attempt": attempt, **data}, "journal")
    for attempt, tried in _far_attempts(call_id, lines):
        for kind, at, data in _attempt(tried):
            yield CallEvent(call_id, kind, at, {"attempt": attempt, **data}, "journal")


def _far_attempts(call_id: str, lines: Sequence[Line]) -> Iterator[tuple[str, Sequence[Line]]]:
    """Each try to reach whom a call that goes out calls, by its id."""
    if not is_outgoing(call_id):
        return
    for attempt in dict.fromkeys(line.channel_id for line in lines if line.uniqueid == call_id):
        yield attempt, [line for line in lines if line.channel_id == attempt]


def _attempt(own: Sequence[Line]) -> Iterator[tuple[Kind, datetime, dict[str, str]]]:
    """The steps of one attempt from the lines of its channel."""
    # The account code is not there yet when the channel comes into being.
    errand = next((errand for line in own if (errand := Errand.read(line.account))), None)
    why = (
        {"kind": errand.kind.value, "unit": errand.target, "post": errand.post, "mode": errand.mode.value}
        if errand
        else {}
    )
    yield Kind.ATTEMPT_STARTED, own[0].at, {**why, "trunk": operator_of_channel(own[0].channel)}
    answered = next((line.at for line in own if line.type == "ANSWER"), None)
    if answered:
        yield Kind.ATTEMPT_ANSWERED, answered, {}
    key = next((line for line in own if line.user_event == "HOTLINE_UNIT" and line.text in _KEY_RESULTS), None)
    gone = next((line for line in own if line.type == "HANGUP"), None)
    if key:
        yield Kind.ATTEMPT_ENDED, key.at, {"outcome": key.text}
    elif gone:
        outcome = unit_outcome(answered=answered is not None, key="", cause=gone.cause, theirs=gone.theirs)
        yield Kind.ATTEMPT_ENDED, gone.at, {"outcome": outcome.value}


def _legs(call_id: str, lines: Sequence[Line], bridged: _Bridged) -> CallEvent:
    legs = []
    for uniqueid, intervals in bridged.items():
        line = next(line for line in lines if line.uniqueid == uniqueid)
        name = operator_of_channel(line.channel) if line.role == "operator" else ""
        told = [[start.isoformat(), end.isoformat()] for start, end in intervals]
        legs.append({"party": uniqueid, "role": line.role, "name": name, "bridged": told})
    return CallEvent(call_id, Kind.LEGS, lines[-1].at, {"legs": legs}, "journal")


def _bridged(lines: Sequence[Line], last: datetime) -> _Bridged:
    """Bridged intervals of each channel, from lines in order of time; one still open ends with `last`."""
    opened: dict[str, datetime] = {}
    intervals: _Bridged = {}
    for line in lines:
        if line.type == "BRIDGE_ENTER":
            opened.setdefault(line.uniqueid, line.at)
        elif line.type in {"BRIDGE_EXIT", "HANGUP"} and line.uniqueid in opened:
            intervals.setdefault(line.uniqueid, []).append((opened.pop(line.uniqueid), line.at))
    for uniqueid, start in opened.items():
        intervals.setdefault(uniqueid, []).append((start, last))
    return intervals
