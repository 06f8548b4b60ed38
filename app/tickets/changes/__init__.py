"""What each allowed action changes; the rules have already said yes.

For others: `centre`, `closing`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.matters.model import Action
from app.tickets.case import Case
from app.tickets.change import Change
from app.tickets.changes import centre, chasing, closing, dispatch, unit_work

CHANGES: Mapping[Action, Callable[[Case[Any]], Change]] = {
    Action.ANSWER: centre.answer,
    Action.REFER: centre.refer,
    Action.DISPATCH: dispatch.dispatch,
    Action.ACCEPT: unit_work.accept,
    Action.INFORM: unit_work.inform,
    Action.HEAD_READ: unit_work.head_read,
    Action.REPORT: unit_work.report,
    Action.RETURN: unit_work.give_back,
    Action.APPROVE_RETURN: dispatch.approve_return,
    Action.REJECT_RETURN: dispatch.reject_return,
    Action.REQUEST_EXTENSION: unit_work.request_extension,
    Action.APPROVE_EXTENSION: chasing.approve_extension,
    Action.REJECT_EXTENSION: chasing.reject_extension,
    Action.URGE: chasing.urge,
    Action.SUPERVISE: chasing.supervise,
    Action.EXPLAIN: unit_work.explain,
    Action.ESCALATE: chasing.escalate,
    Action.FOLLOW_UP: closing.follow_up,
    Action.REDO: closing.redo,
    Action.CLOSE: closing.close,
    Action.ARCHIVE: closing.archive,
    Action.MERGE: centre.merge,
    Action.PUBLISH: closing.publish,
}
