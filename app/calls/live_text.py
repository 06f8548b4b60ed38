"""Which legs of which calls are heard while people talk, and what the operators' screens are told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ami_bridge import changes as c
from recordings import naming
from recordings.live import LiveText
from recordings.live_listener import LiveListener

TEXT_TOPIC = "text"
Show = Callable[[str, Mapping[str, Any]], None]


class Overhearer:
    """Follows the parties of at most `most` calls at once; other calls have their transcript afterwards only.

    What is shown: `call`, `party`, `role`, `text`, `start` and `end` in seconds of that party's audio, and `final`: a
    text that is not final is replaced by the party's next one.
    """

    def __init__(self, model: Path, most: int, show: Show) -> None:
        """Raises recordings.recogniser.ModelMissingError."""
        self.listener = LiveListener(model, self._heard)
        self._most = most
        self._show = show
        self._legs: dict[str, set[str]] = {}

    def changed(self, raw_dir: Path, change: c.Change) -> None:
        """Something changed in a call of the node that writes its raw legs to `raw_dir`."""
        call_id = change.call_id
        match change:
            case c.OperatorJoined(party=party) if call_id in self._legs or len(self._legs) < self._most:
                self._begin(raw_dir, call_id, "citizen", call_id)
                self._begin(raw_dir, call_id, "operator", party)
            case c.UnitJoined(attempt=attempt) if call_id in self._legs:
                self._begin(raw_dir, call_id, "unit", attempt)
            case c.OperatorLeft(party=party):
                self._over(call_id, "operator", party)
            case c.UnitLeft(attempt=attempt):
                self._over(call_id, "unit", attempt)
            case c.CallEnded():
                for leg in self._legs.pop(call_id, set()):
                    self.listener.over(leg)
            case _:
                pass

    def _begin(self, raw_dir: Path, call_id: str, role: naming.Role, party: str) -> None:
        leg = _name(call_id, role, party)
        if leg not in self._legs.setdefault(call_id, set()):
            self._legs[call_id].add(leg)
            self.listener.begin(leg, naming.raw_leg_path(raw_dir, call_id, role, party))

    def _over(self, call_id: str, role: naming.Role, party: str) -> None:
        leg = _name(call_id, role, party)
        if leg in self._legs.get(call_id, ()):
            self.listener.over(leg)

    def _heard(self, leg: str, text: LiveText) -> None:
        call_id, role, party = leg.split(" ")
        self._show(
            TEXT_TOPIC,
            {
                "call": call_id,
                "party": party,
                "role": role,
                "text": text.text,
                "start": round(text.start_s, 2),
                "end": round(text.end_s, 2),
                "final": text.final,
            },
        )


def _name(call_id: str, role: str, party: str) -> str:
    """A leg's name for the listener, which gives it back with each text; ids hold no spaces."""
    return f"{call_id} {role} {party}"
