"""A person and the role that decides what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["operator", "back_office", "unit", "supervisor", "auditor", "admin"]
"""`admin` keeps accounts and the directory and reads no ticket: whoever hands out rights does not use them."""

ROLES: tuple[Role, ...] = get_args(Role)

OPERATING: frozenset[Role] = frozenset({"operator", "back_office", "supervisor"})
"""The roles whose people may have a telephone in the queue."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who is logged in. `unit_id` is set for the role `unit` only; `operator_id` is a SIP user, `op1001`."""

    name: str
    role: Role
    unit_id: str | None = None
    operator_id: str | None = None
