"""What the directory knows about a member unit (成员单位), its posts and its duty roster."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

Post = Literal["A", "B", "leader"]
"""Who in a unit is telephoned: post A, post B (A/B岗), the leader in charge (分管领导)."""

ContactPost = Literal["A", "B", "leader", "duty"]
"""A post of the directory; `duty` is the unit's telephone that is staffed 24 hours."""

POSTS: tuple[ContactPost, ...] = get_args(ContactPost)


_UNSEEN = re.compile("[\\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


def name_key(name: str) -> str:
    """What two spellings of one unit's name share: `水务局(城区)` and `水务局（城区）`, with blanks or without."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", name))


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers for a post. Numbers match `[0-9+*#]{2,20}` or are empty; `phone` is the office or duty phone."""

    post: ContactPost
    name: str = ""
    title: str = ""
    phone: str = ""
    mobile: str = ""
    fax: str = ""
    hours: str = ""

    @property
    def number(self) -> str:
        """The number to dial: the desk first, the mobile where there is no desk."""
        return self.phone or self.mobile

    @property
    def empty(self) -> bool:
        return self == Contact(self.post)


@dataclass(frozen=True, slots=True)
class DatedContact:
    """A contact and when the directory held it.

    `happened_on` is the day the people changed, as the unit tells it; `late` says that the centre learned it after
    the limit of the regulation (yixing-2011 art. 9: 2 working days).
    """

    contact: Contact
    valid_from: datetime
    valid_to: datetime | None
    happened_on: date
    late: bool
    entered_by: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A member unit. `tier` is 1 (the centre), 2 or 3 (mudanjiang-2010 art. 5).

    `filled_by` and its phone come from the last registration form (minhe-2018, annex).
    """

    id: str
    name: str
    tier: int = 2
    parent: str | None = None
    remit: str = ""
    keywords: tuple[str, ...] = ()
    note: str = ""
    filled_by: str = ""
    filled_by_phone: str = ""
    active: bool = True
    contacts: tuple[Contact, ...] = ()

    def contact(self, post: ContactPost) -> Contact | None:
        return next((contact for contact in self.contacts if contact.post == post), None)


@dataclass(frozen=True, slots=True)
class Shift:
    """One post of a unit in one shift of the duty roster: from `starts_at` to `ends_at` (exclusive).

    Without a `phone` the post's own number is dialled, without a `name` its holder is on duty.
    """

    unit_id: str
    day: date
    shift: str
    post: Post
    starts_at: datetime
    ends_at: datetime
    name: str = ""
    phone: str = ""

    def covers(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class DutyPost:
    """Who is dialled for a post."""

    post: Post
    name: str
    phone: str
