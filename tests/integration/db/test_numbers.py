"""Callers stored before numbers had one form get it when the database is brought up to date."""

from __future__ import annotations

import pytest

from app.db.cluster import Cluster
from app.db.migrate import find_migrations, migrate
from app.db.pool import connect
from app.numbers import caller_number
from tests.support.postgres import fresh_database

_BEFORE = 22
_SAID = [
    "+8613912345678",
    "008613912345678",
    "8613912345678",
    "013912345678",
    "13912345678",
    "+8651087650001",
    "8651087650001",
    "051087650001",
    "0085291234567",
    "12345",
    "unavailable",
    "Restricted",
]


@pytest.mark.parametrize("table", ["calls", "tickets"])
async def test_stored_callers_get_the_form_in_which_new_ones_are_kept(cluster: Cluster, table: str) -> None:
    assert any(migration.number == _BEFORE for migration in find_migrations())
    async with fresh_database(cluster, template="template0") as name:
        dsn = cluster.dsn(name)
        await migrate(dsn, to=_BEFORE)
        connection = await connect(dsn)
        try:
            for n, said in enumerate(_SAID):
                await connection.execute(_INSERT[table], n, said)
            await migrate(dsn)
            rows = await connection.fetch(_SELECT[table])
        finally:
            await connection.close()
    assert [row["number"] for row in rows] == [caller_number(said) for said in _SAID]


_INSERT = {
    "calls": "INSERT INTO calls (id, node, caller, started_at) VALUES ('n-' || $1::int, 'n', $2, now())",
    "tickets": "INSERT INTO tickets (number, profile, status, caller_phone, received_at)"
    " VALUES ('20260101-' || lpad($1::int::text, 6, '0'), 'yixing-2011', 'received', $2, now())",
}
_SELECT = {
    "calls": "SELECT caller AS number FROM calls ORDER BY substr(id, 3)::int",
    "tickets": "SELECT caller_phone AS number FROM tickets t ORDER BY t.number",
}
