"""The words of the figures: Chinese titles for people, and what exactly is counted."""

from __future__ import annotations

# name: (title, what is counted)
COUNTED = {
    # The ticket as a whole.
    "received": ("受理件数", "tickets received in the period; confidential ones are in no row"),
    "on_the_spot": ("当场答复件数", "tickets answered on the spot: directly, in a three-party call, or by transfer"),
    "referred": ("不予受理件数", "tickets that were referred to the body in charge"),
    "repeats": ("重复诉求件数", "tickets received as a repeated request, or merged into an earlier ticket"),
    # A unit's part of a ticket.
    "assigned": ("交办件数", "parts of tickets that were dispatched to units, also those that came back"),
    "response_due": (
        "应响应件数",
        "parts of lead units where the caller has heard from the unit (told, or answered by its report), or the limit "
        "for it has passed; the limit is the one for informing, and where the regulation sets none the report limit",
    ),
    "responded": ("按时响应件数", "of those, the ones where the caller heard from the unit within that limit"),
    "report_due": (
        "应办结件数",
        "parts with a report limit that were reported, or whose limit has passed; not counted are parts returned or "
        "replaced, and assisting parts left open when the lead has reported",
    ),
    "reported_in_time": (
        "按时办结件数",
        "of those, the ones reported within the limit in force, with extensions; after a redo the last round counts",
    ),
    "late_now": ("逾期未办件数", "of those, the ones that are not reported yet"),
    "resolution_due": (
        "应解决件数",
        "tickets that are closed (also provisionally) or archived, or whose last report limit has passed; not counted "
        "are tickets referred or merged. For a unit: its lead parts, by their own limit",
    ),
    "resolved": (
        "已解决件数",
        "of those, the ones closed or archived whose caller did not call the result unsatisfactory; a provisional "
        "closing does not resolve",
    ),
    "heard": (
        "已评价件数",
        "tickets whose caller said how satisfied they were: to the follow-up call, else of the answer on the spot, "
        "else to the unit; callers who were not reached are not counted. For a unit: its lead parts",
    ),
    "pleased": ("满意件数", "of those, the ones satisfied or basically satisfied"),
    "returned": ("退回件数", "parts that went back to the centre"),
    "redone": ("重办件数", "parts that the unit had to handle again, however often"),
    "redo_rounds": ("重办次数", "how often they were handled again"),
    "repeated": ("重复诉求交办件数", "parts of tickets that are a repeated request"),
    "extended": ("延期件数", "parts whose report limit was extended"),
    "urged": ("催办件数", "parts that were urged, by the system or by telephone"),
    "supervised": ("督办件数", "parts that were supervised"),
    # The duty phone in three-party calls.
    "summoned": (
        "三方通话呼叫次数",
        "calls on which the unit's duty phones were rung, unless the centre withdrew every ring",
    ),
    "joined": ("三方通话接入次数", "of those, the calls that the unit joined"),
    "rings": (
        "值班电话振铃次数",
        "every ring of a duty phone that was not withdrawn and that no trunk failed or refused",
    ),
    "accepted": ("接受次数", "rings that were answered and accepted"),
    "declined": ("拒绝次数", "rings that were answered and declined"),
    "no_key": ("未按键次数", "rings that were answered without a choice being made"),
    "unanswered": (
        "未接次数",
        "rings that were busy, not answered, not to be reached (switched off), or of a wrong number",
    ),
    "contacts_late": (
        "联系人变更迟报次数",
        "changes of contacts that the centre was told of later than the regulation allows",
    ),
    # The telephone.
    "calls": ("来电数", "calls that came in during the period and have ended"),
    "offered": ("人工请求数", "of those, calls that asked for a person: answered, or given up in the queue"),
    "answered": ("接通数", "calls that a person answered"),
    "answered_in_time": (
        "及时接通数",
        "calls that a person answered within the seconds the profile gives (15), counted from dialling: greeting and "
        "menu are in them",
    ),
    "left_queue": ("排队放弃数", "calls given up in the queue"),
    "left_menu": ("菜单挂断数", "calls given up before asking for a person"),
    "missed": ("漏接数", "calls that no person answered"),
    "called_back": ("已回拨数", "missed calls that were called back"),
    "called_back_in_time": ("及时回拨数", "missed calls called back within the hours the profile gives (24)"),
    "window_offered": (
        "最差24小时人工请求数",
        "calls that asked for a person in the 24 hours with the lowest share answered",
    ),
    "window_answered": ("最差24小时接通数", "of those, the ones answered"),
    # Queues and operators.
    "waits": ("排队次数", "times that a caller began to wait in the queue"),
    "taken": ("接听次数", "of those, the ones that ended with an operator"),
    "taken_in_time": ("15秒内接听次数", "of those, the ones within 15 seconds of waiting in this queue"),
    "given_up": ("放弃次数", "times that a caller hung up while waiting"),
    "moved_on": ("转出次数", "times that a caller flowed over, or was handed on, to another queue"),
    "left_message": ("改为留言或回拨次数", "times that a caller left a message instead, or asked to be called back"),
    "longest_wait_s": ("最长等候秒数", "seconds of the longest wait in this queue"),
    "mean_wait_s": ("平均等候秒数", "seconds that a caller waited in this queue on average, however it ended"),
    "talk_s": ("通话秒数", "seconds that operators talked with callers of this queue"),
    "mean_talk_s": ("平均通话秒数", "seconds of a conversation on average, from answering to the operator's leaving"),
    "longest_talk_s": ("最长通话秒数", "seconds of the operator's longest conversation"),
    "rung": ("振铃次数", "times that a queue rang the operator"),
    "took": ("接起次数", "of those, the ones that the operator answered"),
    "left_ringing": ("未接次数", "of those, the ones not answered, or refused; not those where the caller gave up"),
    "talking_s": ("通话状态秒数", "seconds in which the operator's telephone was in a call, also without a queue"),
    "wrap_up_s": ("整理秒数", "seconds after a call until its ticket was filed, or the queue's time was over"),
    "ready_s": ("示闲秒数", "seconds in which a call could come"),
    "paused_s": ("示忙秒数", "seconds in which the operator had asked for no calls"),
    "pauses": ("示忙次数", "pauses that lie in the period, or reach into it"),
    "longest_pause_s": ("最长示忙秒数", "seconds of the longest of them, within the period"),
    # Change over time.
    "previous": ("上期件数", "tickets received in the period of the same length just before"),
    "change": ("比上期增减", "tickets received, less those of the period before"),
    "year_before": ("上年同期件数", "tickets received in the same period a year before"),
    "year_change": ("比上年同期增减", "tickets received, less those of a year before"),
    # Terms.
    "tickets": ("提及件数", "tickets, of those read, whose content holds the term"),
    "tickets_read": ("读取件数", "tickets whose content was read"),
    "before": ("上期提及件数", "the same in the period of the same length just before"),
    "before_read": ("上期读取件数", "tickets read of that period"),
}

# name: (title, the count above the line, the count below it, the standard that asks for it)
RATED = {
    "response_rate": ("响应率", "responded", "response_due", "接诉即办; the regulation's limit for telling the caller"),
    "resolution_rate": ("解决率", "resolved", "resolution_due", "接诉即办"),
    "satisfaction_rate": ("满意率", "pleased", "heard", "接诉即办"),
    "on_time_rate": ("按时办结率", "reported_in_time", "report_due", "the regulation's limit for the report"),
    "return_rate": ("退回率", "returned", "assigned", ""),
    "redo_rate": ("重办率", "redone", "assigned", ""),
    "repeat_rate": ("重复诉求率", "repeated", "assigned", ""),
    "taken_rate": ("接通率", "taken", "waits", ""),
    "taken_in_time_rate": ("15秒接通率", "taken_in_time", "waits", "GB/T 33358-2016"),
    "took_rate": ("接起率", "took", "rung", ""),
    "three_party_rate": ("三方通话接通率", "joined", "summoned", ""),
    "answered_rate": ("接通率", "answered", "offered", "GB/T 33358-2016"),
    "in_time_rate": ("15秒接通率", "answered_in_time", "offered", "GB/T 33358-2016"),
    "worst_24h_rate": (
        "最差24小时接通率",
        "window_answered",
        "window_offered",
        "GB/T 33358-2016: at least 95 % over any 24 hours",
    ),
    "call_back_rate": ("漏接回拨率", "called_back", "missed", "国办函〔2025〕66号"),
    "growth": ("环比", "change", "previous", ""),
    "year_growth": ("同比", "year_change", "year_before", ""),
    "term_share": ("提及率", "tickets", "tickets_read", ""),
    "term_share_before": ("上期提及率", "before", "before_read", ""),
}
