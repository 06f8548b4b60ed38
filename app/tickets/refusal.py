"""A refusal, and every rule that can refuse: a stable name for programs, a sentence for the documents."""

from collections.abc import Mapping
from dataclasses import dataclass

RULES: Mapping[str, str] = {
    "not-received": "there is no ticket yet",
    "already-received": "the ticket exists already",
    "illegal-state": "the ticket's status does not allow the action",
    "role-not-allowed": "this role may not do it (now)",
    "not-provided": "the regulation has no such step",
    "channel-not-open": "the city does not receive by this channel",
    "refer-incomplete": "a referral without reason, body or (where the regulation asks for it) its telephone",
    "units-working": "units are still working on the ticket",
    "no-consent": "the caller did not consent to be passed on",
    "no-unit": "a dispatch without a unit",
    "unit-unknown": "the directory does not have the unit",
    "unit-twice": "the unit is named twice, or works on the ticket already",
    "unit-needed": "the unit must be named",
    "unit-not-assigned": "the unit has no (active) part in the ticket",
    "unit-state": "where the unit stands does not allow the action",
    "unit-contact-missing": "the unit has no contact or telephone to put on the ticket",
    "not-your-part": "one unit acts for another",
    "only-to": "such a ticket goes to certain bodies only",
    "lead-needed": "one lead must be named, the others assist",
    "lead-named-by": "this role may not name lead and assisting units",
    "decided-above": "somebody above must decide first which unit is in charge",
    "several-are-joint": "several units are dispatched jointly, not directly",
    "limit-required": "the centre must set a limit (at the dispatch, or for a supervision)",
    "limit-fixed": "the regulation fixes the limit, the centre sets none",
    "limit-past": "the limit given has passed",
    "statute-needed": "a limit of another length names the law that sets it",
    "limit-over-ceiling": "the limit given is over the ceiling",
    "already-informed": "the caller was told before",
    "reply-incomplete": "the report lacks what it must hold",
    "reply-one-sentence": "a reply that does not say what was found, what was done, and what came of it",
    "citizen-not-answered": "the caller must be answered before the report",
    "head-not-signed": "the unit's head must have read and signed the matter before the report",
    "head-reading-not-owed": "such a ticket need not be read by the unit's head",
    "head-signature": "the head's name is missing",
    "explanation-not-owed": "no supervision asks for an explanation",
    "explanation-incomplete": "an explanation without its reason",
    "escalation-incomplete": "a unit that reports upward or passes on says what it did first",
    "caller-not-told": "the centre tells the caller the result before the closing",
    "limits-current": "every limit is counted by today's calendar already",
    "return-late": "the time to send back has passed",
    "return-incomplete": "a return without what it must say",
    "extension-without-limit": "there is no limit to extend",
    "extension-late": "the limit has passed",
    "extension-pending": "a request waits for its decision",
    "extension-times": "no more requests are allowed",
    "extension-incomplete": "the request lacks what it must say",
    "extension-not-longer": "the new limit is not later than the present one",
    "extension-too-long": "the new limit is over the ceiling",
    "extension-decided-by": "somebody else decides on this extension",
    "extension-in-principle": "granted in principle: a rejection needs a reason",
    "nothing-to-decide": "no request waits for a decision",
    "which-unit": "several units asked: name the unit",
    "nobody-to-urge": "no unit owes a report",
    "follow-up-not-owed": "such a ticket is not followed up",
    "follow-up-too-early": "the unit has neither reported nor missed its limit",
    "follow-up-first": "the follow-up call comes before the closing",
    "solvable-needed": "for a dissatisfied caller it must be said what can be done",
    "redo-reason": "a redo without reasons",
    "redo-first": "what can be solved now is handled again, not closed",
    "nobody-to-redo": "no unit has reported",
    "merge-into-itself": "a ticket cannot be merged into itself",
    "never-published": "such a ticket is not published",
    "already-published": "it is published",
}


@dataclass(frozen=True)
class Refusal:
    """Why an action was refused: the rule's name, the article behind it, and a sentence for people.

    Raises ValueError for a rule that the table above does not have.
    """

    rule: str
    article: str
    message: str

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"the rule {self.rule} is not in the table")

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"
