"""A city's desk with enough in it that every page of the desk has something to show."""

from __future__ import annotations

import wave
from array import array
from datetime import datetime, timedelta
from math import sin
from typing import Any

from app.calls.events import CallEvent, Kind
from app.db.queries import QUERIES
from app.web.board import Sight
from tests.integration.tickets.desk import BACK, FRONT, REPLY, ZONE, of_unit
from tests.integration.web.conftest import Web

CALLER_PHONE = "13900001234"
CALL = "desk-1790000000.1"
LIVE_CALL = "desk-1790000001.1"
_UNITS = {
    "housing": ("市住房和城乡建设局", "房屋质量、物业管理、公积金", ["物业", "房产证"]),
    "transport": ("市交通运输局", "公交、出租车、道路运输", ["公交", "出租车"]),
    "police": ("市公安局", "治安、户籍、交通管理", ["户口", "噪音"]),
    "human-resources": ("市人力资源和社会保障局", "社保、就业、劳动争议", ["工资", "社保"]),
    "environment": ("市生态环境局", "大气、水、噪声污染", ["污染", "油烟"]),
    "education": ("市教育局", "入学、培训机构", ["入学", "补课"]),
}
_MATTERS = (
    ("help_public", "白果巷9号楼从昨天夜里开始停水，至今没有恢复，老人在家无法做饭，请尽快处理。", "白果巷9号楼"),
    ("complaint", "人民路夜市占道经营，油烟扰民，已反映多次没有解决。", "人民路夜市"),
    ("consult", "咨询新生儿落户需要哪些材料，周末能不能办理。", ""),
    ("suggestion", "建议在实验小学门口增设过街红绿灯，早晚高峰学生过马路危险。", "实验小学"),
    ("help_life", "独居老人家中灯坏了，希望有人上门帮助更换。", "滨河小区3栋"),
    ("complaint", "小区物业长期不清运垃圾，夏天气味很大。", "滨河小区"),
)
_RETURN = {"unit": "urban-management", "reason": "非本单位职责，属物业管理"}
_SAID = (
    ("operator", 0.5, 3.0, "您好，12345热线，请问有什么可以帮您？"),
    ("citizen", 3.4, 9.0, "我们白果巷9号楼从昨天夜里开始停水，到现在还没来。"),
    ("operator", 9.5, 12.5, "请问整栋楼都停水，还是只有您一家？"),
    ("citizen", 13.0, 17.0, "整栋楼都没有水，老人做不了饭。"),
    ("unit", 20.0, 26.0, "水务局值班室，是主管爆了，抢修队已经到现场，预计下午四点恢复。"),
    ("citizen", 26.5, 28.0, "好的，谢谢。"),
)


async def stock(web: Web) -> dict[str, str]:
    """Fills the city; returns the numbers of some tickets by what is the matter with them."""
    now = datetime.now(ZONE)
    await _directory(web)
    numbers: dict[str, str] = {}
    web.desk.at = now - timedelta(days=9)
    numbers["late"] = await _dispatched(web, 1, "urban-management")
    web.desk.at = now - timedelta(days=2)
    numbers["returned"] = await _dispatched(web, 5, "urban-management")
    await web.desk.done(
        numbers["returned"],
        "return",
        of_unit("urban-management"),
        unit="urban-management",
        reason="非本单位职责，属物业管理",
    )
    numbers["answered"] = await _dispatched(web, 0, "water")
    await web.desk.done(numbers["answered"], "accept", of_unit("water"), unit="water")
    await web.desk.done(numbers["answered"], "inform", of_unit("water"), unit="water")
    web.desk.at = now - timedelta(hours=3)
    numbers["working"] = await _dispatched(web, 0, "water")
    await web.desk.done(numbers["working"], "accept", of_unit("water"), unit="water")
    reply = {**REPLY, "replied_at": (now - timedelta(hours=3)).isoformat()}
    await web.desk.done(
        numbers["answered"], "report", of_unit("water"), unit="water", reply=reply, satisfaction="satisfied"
    )
    numbers["new"] = await _received(web, 2)
    numbers["sent"] = await _dispatched(web, 3, "water")
    web.desk.at = now - timedelta(minutes=20)
    numbers["call"] = await _received(web, 0)
    await _received(web, 4)
    await _mailed_reports(web)
    web.desk.at = now
    await _call(web, numbers["call"], now)
    await _called_out(web, numbers["working"], now)
    for to, reason in (({"ticket": numbers["working"]}, "inform"), ({"call": "missed.1"}, "call-back")):
        await web.ask("office", "POST", "/api/outbound-calls", {"to": to, "reason": reason})
    never = {"number": "13700009999", "why": "本人要求不再来电"}
    await web.ask("office", "POST", "/api/outbound-calls/never", never)
    return numbers


def ring(web: Web) -> None:
    """A known caller's call rings at the operator."""
    now = datetime.now(ZONE)
    _heard(web, Kind.STARTED, now - timedelta(seconds=20), caller=CALLER_PHONE, dialled="12345", node="n")
    _heard(web, Kind.KEY, now - timedelta(seconds=14), key="4")
    _heard(web, Kind.QUEUED, now - timedelta(seconds=12), category="help_public")
    _heard(web, Kind.OPERATOR_RINGING, now - timedelta(seconds=3), operator="op1001")
    _stands(web, "ringing", {"phase": "alone", "state": "queue", "parties": [_party("citizen", "")], "summons": []})


def talk(web: Web, answered: float = 75) -> None:
    """The operator has answered `answered` seconds ago, a unit did not answer at post A and rings at post B."""
    now = datetime.now(ZONE)
    _heard(web, Kind.OPERATOR_JOINED, now - timedelta(seconds=answered), operator="op1001", party="p2")
    unit = {"unit": "water", "unit_name": "水务局", "mode": "join"}
    _heard(web, Kind.ATTEMPT_STARTED, now - timedelta(seconds=20), attempt="u1", post="A", **unit)
    _heard(web, Kind.ATTEMPT_ENDED, now - timedelta(seconds=8), attempt="u1", outcome="no-answer")
    _heard(web, Kind.ATTEMPT_STARTED, now - timedelta(seconds=7), attempt="u2", post="B", **unit)
    rung = {"party_id": "u2", "unit_id": "water", "unit_name": "水务局", "post": "B"}
    parties = [_party("citizen", ""), _party("operator", "op1001")]
    _stands(web, "talking", {"phase": "talking", "state": "talk", "parties": parties, "summons": [rung]})


def came_back(web: Web, why: str) -> None:
    """The citizen, whom the operator has now, was to be handed over before, in vain."""
    parties = [_party("citizen", ""), _party("operator", "op1001")]
    state = {"phase": "talking", "state": "talk", "parties": parties, "summons": [], "came_back": why}
    _stands(web, "talking", state)


def say(web: Web) -> None:
    """What is said on the call in progress."""
    for role, _, _, text in _SAID[:4]:
        web.board.said(LIVE_CALL, {"party": role, "role": role, "text": text, "final": True})
    web.board.said(LIVE_CALL, {"party": "operator", "role": "operator", "text": "我马上为您接通", "final": False})


def _heard(web: Web, kind: Kind, at: datetime, **data: str) -> None:
    web.board.heard(CallEvent(LIVE_CALL, kind, at, data))


def _party(role: str, name: str) -> dict[str, Any]:
    return {
        "party_id": role,
        "role": role,
        "name": name,
        "joined_at": datetime.now(ZONE).isoformat(),
        "in_conference": False,
        "muted": False,
    }


def _stands(web: Web, state: str, call: dict[str, Any]) -> None:
    now = datetime.now(ZONE)
    team = (("op1001", "王芳", state, ""), ("op1002", "陈静", "ready", ""), ("op1003", "刘洋", "paused", "小休"))
    others = (("op1004", "赵敏", "wrap-up", ""), ("op1005", "孙磊", "offline", ""), ("op1006", "周婷", "talking", ""))
    operators = [
        {"id": one, "name": name, "state": how, "reason": why, "node": "n"} for one, name, how, why in (*team, *others)
    ]
    waits = [
        {"call_id": f"w{n}", "node": "n", "position": n, "category": "complaint", "since": now - timedelta(seconds=s)}
        for n, s in ((1, 72), (2, 31))
    ]
    web.stage.sight = Sight({LIVE_CALL: call}, operators, waits)
    web.board.refresh()


async def _directory(web: Web) -> None:
    async with web.desk.database.transaction() as connection:
        for unit, (name, remit, words) in _UNITS.items():
            await connection.execute(
                "INSERT INTO units (id, name, tier, remit, keywords) VALUES ($1, $2, 2, $3, $4)",
                *(unit, name, remit, words),
            )
        await connection.execute("UPDATE units SET remit = '供水、排水、水费' WHERE id = 'water'")


async def _received(web: Web, which: int) -> str:
    category, content, place = _MATTERS[which]
    caller = {"name": "李建国", "phone": CALLER_PHONE if which == 0 else f"1380000{which:04}", "address": place}
    return await web.desk.receive(FRONT, category=category, content=content, place=place, caller=caller)


async def _dispatched(web: Web, which: int, unit: str) -> str:
    number = await _received(web, which)
    await web.desk.done(number, "dispatch", BACK, units=[{"unit": unit, "role": "lead"}])
    return number


async def _call(web: Web, number: str, now: datetime) -> None:
    """A three-party call with its recording, words, an attempt that failed and one that did not."""
    turns = [{"role": role, "name": "", "start": start, "end": end, "text": text} for role, start, end, text in _SAID]
    started = now - timedelta(minutes=25)

    def at(seconds: float) -> datetime:
        return started + timedelta(seconds=seconds)

    steps: list[tuple[str, float, dict[str, Any]]] = [
        ("started", 0, {"caller": CALLER_PHONE}),
        ("key", 6, {"key": "4"}),
        ("queued", 7, {"category": "help_public"}),
        ("operator-ringing", 8, {"operator": "op1001"}),
        ("operator-joined", 12, {"operator": "op1001"}),
        ("attempt-started", 30, {"unit": "water", "unit_name": "水务局", "post": "A"}),
        ("attempt-ended", 42, {"unit": "water", "outcome": "no-answer"}),
        ("attempt-started", 43, {"unit": "water", "unit_name": "水务局", "post": "B"}),
        ("unit-joined", 52, {"unit": "water", "unit_name": "水务局"}),
        ("satisfaction", 118, {"key": "1"}),
        ("ended", 120, {}),
    ]
    async with web.desk.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO calls (id, node, caller, dialled, started_at, answered_at, ended_at, outcome, category, keys) "
            "VALUES ($1, 'n', $2, '12345', $3, $4, $5, 'conversation', 'help_public', '{4}')",
            *(CALL, CALLER_PHONE, started, at(12), at(120)),
        )
        for index, (kind, seconds, data) in enumerate(steps):
            await connection.execute(
                "INSERT INTO call_events (call_id, key, kind, at, data) VALUES ($1, $2, $3, $4, $5)",
                *(CALL, f"{kind}-{index}", kind, at(seconds), data),
            )
        for post, begins, ends, outcome in (("A", 30, 42, "no-answer"), ("B", 43, 118, "accepted")):
            await connection.execute(
                "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, unit_name, post, mode, started_at, "
                "answered_at, ended_at, outcome) VALUES ($1, $2, 'water', '水务局', $3, 'join', $4, $5, $6, $7)",
                *(f"{CALL}-{post}", CALL, post, at(begins), at(50) if post == "B" else None, at(ends), outcome),
            )
        await connection.execute("INSERT INTO transcripts (call_id, turns, model) VALUES ($1, $2, 'm')", CALL, turns)
        await connection.execute("UPDATE tickets SET call_id = $2 WHERE number = $1", number, CALL)
    for kind, role in (("mixed", None), ("track", "citizen"), ("track", "operator")):
        await _recording(web, kind, role)
    for index, reason in enumerate(("queue", "menu")):
        async with web.desk.database.acquire() as connection:
            await connection.execute(
                "INSERT INTO calls (id, node, caller, started_at, ended_at, outcome, missed_reason) "
                "VALUES ($1, 'n', $2, $3, $4, 'missed', $5)",
                *(f"missed.{index}", f"1370000000{index}", at(300 + index), at(360 + index), reason),
            )


async def _called_out(web: Web, number: str, now: datetime) -> None:
    """The unit called the ticket's caller twice: busy, then they talked."""
    for n, (reached, talked) in enumerate((("busy", None), ("person", 80))):
        began = now - timedelta(minutes=50 - 10 * n)
        end = began + timedelta(seconds=talked or 8)
        async with web.desk.database.acquire() as connection:
            await connection.execute(
                "INSERT INTO calls (id, node, caller, started_at, answered_at, ended_at, outcome, direction, reason, "
                "reached, sip_code, asked_by, asked_unit, about_ticket) "
                "VALUES ($1, 'n', $2, $3, $4, $5, $6, 'out', 'inform', $7, $8, 'water', 'water', $9)",
                *(f"desk-out{1790000000 + n}.1", CALLER_PHONE, began, began if talked else None, end),
                *("conversation" if talked else "not-reached", reached, None if talked else 486, number),
            )


async def _recording(web: Web, kind: str, role: str | None) -> None:
    name = f"{kind}-{role or 'all'}.wav"
    web.recordings.mkdir(parents=True, exist_ok=True)
    rate = 8000
    with wave.open(str(web.recordings / name), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        loud = [any(s <= n / rate < e and role in {None, who} for who, s, e, _ in _SAID) for n in range(30 * rate)]
        file.writeframes(array("h", (int(9000 * sin(n / 5)) * on for n, on in enumerate(loud))).tobytes())
    async with web.desk.database.acquire() as connection:
        await connection.execute(
            "INSERT INTO recordings (call_id, kind, role, name, path, seconds, sha256) "
            "VALUES ($1, $2, $3, $4, $4, 30, repeat('0', 64))",
            *(CALL, kind, role, name),
        )


async def _mailed_reports(web: Web) -> None:
    """The office has one by mail that arrived, and one that did not."""
    for rhythm, told in (("week", ""), ("month", "refused: mayor@example.gov.cn")):
        asked = {"report": "rates-by-unit", "rhythm": rhythm, "recipients": ["head@example.gov.cn"]}
        made = await (await web.ask("office", "POST", "/api/report-mails", asked)).json()
        async with web.desk.database.acquire() as connection:
            await connection.execute(QUERIES["report_mail_sent"], made["id"], web.desk.at, told)
