"""A city's desk for tests: three units in the directory, a clock that is set by hand, tickets by one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.db.pool import Database
from app.matters.model import Action, Actor, Role
from app.regulations.loader import load_profile
from app.tickets.actions import ReceiveArgs, parse_args
from app.tickets.engine import Outcome
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.refusal import Refusal
from app.tickets.service import Tickets

ZONE = ZoneInfo("Asia/Shanghai")
NAME, PHONE, ADDRESS = "欧阳不具名", "13812345678", "白果巷9号101室"
CALLER = {"name": NAME, "phone": PHONE, "address": ADDRESS}
UNITS = {
    "water": ("水务局", ["停水", "自来水"]),
    "urban-management": ("城市管理局", ["占道", "垃圾"]),
    "discipline": ("纪委监委", []),
}
REPLY = {
    "text": "管道已经修复。水压恢复正常，已向来电人说明。",
    "signer": "王局",
    "unit": "水务局",
    "handler": "李工",
    "replied_at": "2026-09-30T15:00",
    "citizen_answered": True,
}
FRONT = Actor(role=Role.FRONT_DESK, person="op")
BACK = Actor(role=Role.BACK_OFFICE, person="bo")


class Desk:
    """Tickets under yixing-2011, with the hands of a clock."""

    def __init__(self, database: Database, at: datetime, profile: str = "yixing-2011") -> None:
        self.database = database
        self.at = at
        self.place = Jurisdiction(load_profile(profile, {}))
        self.tickets = Tickets(database, self.place, ZONE, lambda: self.at)

    async def receive(self, actor: Actor = FRONT, **fields: Any) -> str:
        """A new ticket's number."""
        asked = {"channel": "phone", "category": "consult", "content": "小区停水", "caller": CALLER, **fields}
        outcome = await self.tickets.receive(ReceiveArgs.model_validate(asked), actor)
        assert isinstance(outcome, Outcome), outcome
        return outcome.ticket.number

    async def do(self, number: str, action: str, actor: Actor = FRONT, **fields: Any) -> Outcome | Refusal:
        return await self.tickets.act(number, parse_args(Action(action), fields), actor)

    async def done(self, number: str, action: str, actor: Actor = FRONT, **fields: Any) -> Outcome:
        """The action, which must not be refused."""
        outcome = await self.do(number, action, actor, **fields)
        assert isinstance(outcome, Outcome), outcome
        return outcome

    async def dispatched(self, unit: str = "water", **fields: Any) -> str:
        """A ticket that is with a unit."""
        number = await self.receive(**fields)
        await self.done(number, "dispatch", units=[{"unit": unit, "role": "lead"}])
        return number

    async def row(self, number: str) -> Mapping[str, Any]:
        async with self.database.acquire() as connection:
            found = await connection.fetchrow("SELECT * FROM tickets WHERE number = $1", number)
        assert found is not None
        return dict(found)

    async def rows(self, sql: str, *arguments: object) -> list[Mapping[str, Any]]:
        async with self.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(sql, *arguments)]


def of_unit(unit: str) -> Actor:
    return Actor(role=Role.UNIT, unit=unit, person=f"{unit}-duty")


async def fill_directory(database: Database) -> None:
    """The units, each with a telephone at post A."""
    async with database.transaction() as connection:
        for unit_id, (name, keywords) in UNITS.items():
            await connection.execute(
                "INSERT INTO units (id, name, tier, keywords) VALUES ($1, $2, 2, $3)", unit_id, name, keywords
            )
            await connection.execute(
                "INSERT INTO unit_contacts (unit_id, post, name, phone, valid_from, happened_on) "
                "VALUES ($1, 'A', '值班室', '87654321', '2026-01-01', '2026-01-01')",
                unit_id,
            )
