"""What people are told: the engine's own notices, and those a profile words itself. The texts are Chinese.

No text holds what the caller said or who the caller is; the publication is the one exception, and it names nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.matters.clock import local
from app.matters.model import Ticket
from app.regulations.form.telling import Occasion
from app.tickets.jurisdiction import Jurisdiction

CALLER = "caller"
PUBLIC = "public"


@dataclass(frozen=True)
class Notice:
    """`to` is a role, the id of a unit, `caller` or `public`; `kind` is a stable word for programs."""

    to: str
    kind: str
    text: str


TEXTS = {
    "dispatched": "新工单已交办，{part}，办理时限：{limit}。",
    "reported": "{unit}已报结。",
    "report-incomplete": "报结内容缺少：{missing}（{article}）。",
    "citizen-not-answered": "{unit}报结时未说明已先答复反映人，请先答复反映人（{article}）。",
    "head-signature": "{unit}阅批签字人“{signer}”与登记的单位负责人不一致，请核实。",
    "head-read": "{unit}主要负责人{signer}已亲自阅批。",
    "return-requested": "{unit}申请退回工单：{reason}",
    "returned": "{unit}已退回工单：{reason}请重新交办。",
    "return-approved": "退回已同意，工单重新进入交办程序。",
    "dispatch-again": "工单被退回，请重新交办，期限：{limit}。",
    "return-rejected": "退回未获同意，请继续办理。{reason}",
    "extension-requested": "{unit}申请延期至{limit}：{reason}",
    "extension-signature": "延期申请签字人“{signer}”与登记的单位负责人不一致，请核实。",
    "extension-approved": "延期已同意，新的办理时限：{limit}。",
    "extension-rejected": "延期未获同意，办理时限不变：{limit}。{reason}",
    "urge": "{how}：请尽快办理并报结。{reason}",
    "supervise": "{how}：请限期办理，期限：{limit}。{reason}",
    "supervise-limit-passed": "{unit}的督办期限已过，仍未报结。",
    "explain": "请在{limit}前书面说明原因，加快办理进度（{article}）。",
    "explained": "{unit}已说明原因：{reason}",
    "escalate": "工单上报。{reason}",
    "escalated-by-unit": "{unit}已将工单上报或转交{above}，并已采取措施：{measures}",
    "limits-moved": "{years}年节假日安排已更新，{name}由{old}顺延至{new}。",
    "follow-up-due": "请回访诉求人，期限：{limit}。",
    "follow-up-dissatisfied": "回访结果不满意，请研究办理。{reason}",
    "solve-now": "反映人不满意，能够进一步解决：请等候重办通知，重新办理。",
    "promise-owed": "反映人不满意，暂时无法解决：请做好解释，条件成熟时可以解决的作出承诺。",
    "reasons-owed": "反映人不满意，无法解决：请向反映人说明理由，取得理解。",
    "redo": "工单退回重办，期限：{limit}。{reason}",
    "provisionally-closed": "工单暂时办结归档。",
    "merged": "工单已并入{into}。",
    "contents-missing": "工单内容缺少：{missing}（{article}）。",
    "not-accepted": "{unit}工单至{limit}仍未签收，请每日查看并及时签收。",
    "limit-near": "{name}将于{limit}届满。",
    "limit-passed": "{name}已于{limit}届满，尚未完成。",
    "calendar-unknown": "{year}年节假日安排尚未公布，时限暂按周一至周五扣除法定放假日计算，公布后顺延。",
    "satisfaction-missing": "请补问群众满意度（{article}）。",
    "publication": "{text}",
}


def notice(kind: str, to: str, **fields: object) -> Notice:
    """One of the engine's notices; raises KeyError for a kind or field that the table does not have."""
    return Notice(to, kind, TEXTS[kind].format(**fields))


def to_each(kind: str, to: Iterable[str], **fields: object) -> tuple[Notice, ...]:
    """The same notice to several."""
    return tuple(notice(kind, one, **fields) for one in to)


def when(instant: datetime | None) -> str:
    """An instant as people read it; a limit that is not set says so."""
    return "未定" if instant is None else f"{local(instant):%Y-%m-%d %H:%M}"


def worded(
    occasion: Occasion,
    ticket: Ticket,
    place: Jurisdiction,
    units: Iterable[str] = (),
    **said: str,
) -> tuple[Notice, ...]:
    """The notices that the profile words for this occasion, for the units given (else all active ones), with what was
    `said` (reason, telephone, passed).

    Whom two rules would tell the same kind of thing is told by the first.
    """
    ids = tuple(units) or tuple(part.unit for part in ticket.active)
    fields = {
        "units": "、".join(place.name(unit) for unit in ids),
        "contacts": "、".join(_contact(unit, place) for unit in ids),
        "to": ticket.referred_to,
        "report_by": when(max((p.report_by for p in ticket.active if p.report_by), default=None)),
        **dict.fromkeys(("telephone", "passed", "reason"), ""),
        **said,
    }
    found: dict[tuple[str, str], Notice] = {}
    for rule in place.profile.notices:
        if rule.on is occasion and rule.when.covers(ticket):
            text = rule.text.format(**fields)
            targets = [one for to in rule.to for one in (ids if to == "units" else (to,))]
            for one in targets:
                found.setdefault((one, rule.kind), Notice(one, rule.kind, text))
    return tuple(found.values())


def _contact(unit: str, place: Jurisdiction) -> str:
    known = place.units.get(unit)
    if known is None:
        return unit
    details = " ".join(part for part in (known.contact, known.phone) if part)
    return f"{known.name}（{details}）" if details else known.name
