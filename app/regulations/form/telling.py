"""What the form says of who is told what, and who may see what."""

from enum import StrEnum

from pydantic import Field, field_validator

from app.matters.model import Role
from app.regulations.form.base import Conditional, Text

FIELDS = ("units", "contacts", "to", "telephone", "passed", "reason", "report_by")


class Occasion(StrEnum):
    """When a notice of the profile goes out."""

    RECEIVE = "receive"
    ANSWER = "answer"
    REFER = "refer"
    DISPATCH = "dispatch"
    REPORT = "report"
    REDO = "redo"
    SUPERVISE = "supervise"


class NoticeRule(Conditional):
    """What the regulation wants said. `to`: roles, `caller`, or `units`. In the text {units}, {contacts}, {to},
    {telephone}, {passed}, {reason} and {report_by} are filled in.
    """

    on: Occasion
    kind: Text
    to: tuple[Text, ...] = Field(min_length=1)
    text: Text

    @field_validator("to")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = {*Role, "caller", "units"}
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} cannot be told; use a role, caller or units")
        return value

    @field_validator("text")
    @classmethod
    def _fields(cls, value: str) -> str:
        try:
            value.format(**dict.fromkeys(FIELDS, ""))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"the text has a field that is not known: {error}") from error
        return value


class Hidden(StrEnum):
    """What of a ticket can be hidden; that it exists is always counted."""

    CONTENT = "content"
    CALLER = "caller"
    REPLY = "reply"


class SecrecyRule(Conditional):
    hides: tuple[Hidden, ...] = Field(min_length=1)
    hidden_from: tuple[Role, ...] = Field(min_length=1)
