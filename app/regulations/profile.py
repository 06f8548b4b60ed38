"""The form of a regulation profile: every figure and choice that the ticket engine reads, each with its article.

A profile file is YAML; `app.regulations.loader` reads it. Durations are written `5 wd` (working days), `3 cd`
(calendar days), `48 h`, `same day`, or `$name wd` where the city must fill in the figure `name`.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.matters.model import Action, Category, Role, Value
from app.regulations.form.base import (
    ActionRule,
    Article,
    CategoryRule,
    MustHold,
    Names,
    National,
    Reading,
    Setting,
    Text,
    UnitContacts,
)
from app.regulations.form.ending import Close, FollowUpRule, PublishRule, RedoRule
from app.regulations.form.handling import (
    AcceptRule,
    AnswerRule,
    Dispatch,
    ExtensionRule,
    HeadReads,
    InformRule,
    ReferRule,
    ReplyRule,
    ReportLimit,
    ReturnRule,
    UpwardRule,
)
from app.regulations.form.pressing import EscalationRule, Near, SuperviseRule, UrgeRule
from app.regulations.form.telling import NoticeRule, SecrecyRule


class Profile(Value):
    """A city's regulation. Lists of conditional rules end with one that covers every ticket where one is needed."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Text
    document: str = ""
    area: Text
    readings: tuple[Text, ...] = ()
    contested: tuple[Reading, ...] = ()
    settings: dict[str, Setting] = Field(default_factory=dict)
    national: National
    channels: Names
    categories: dict[Category, CategoryRule]
    must_hold: MustHold
    actions: dict[Action, ActionRule]
    answer: tuple[AnswerRule, ...]
    refer: ReferRule
    dispatch: Dispatch
    accept: tuple[AcceptRule, ...]
    inform: tuple[InformRule, ...]
    report: tuple[ReportLimit, ...]
    head_reads: tuple[HeadReads, ...] = ()
    reply: ReplyRule
    return_: ReturnRule = Field(alias="return")
    extension: tuple[ExtensionRule, ...]
    follow_up: tuple[FollowUpRule, ...]
    close: Close
    redo: RedoRule
    near: Near
    urge: UrgeRule
    supervise: SuperviseRule
    upward: UpwardRule | None = None
    escalation: tuple[EscalationRule, ...] = ()
    notices: tuple[NoticeRule, ...] = ()
    secrecy: tuple[SecrecyRule, ...] = ()
    publish: PublishRule
    unit_contacts: UnitContacts
    articles: tuple[Article, ...]

    def by(self, action: Action) -> frozenset[Role]:
        return frozenset(self.actions[action].by)
