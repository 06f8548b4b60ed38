"""A desk on a fresh database."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.db.pool import Database
from tests.integration.tickets.desk import ZONE, Desk, fill_directory


@pytest.fixture
async def desk(database: Database) -> Desk:
    """Wednesday morning, the day before the holidays of the first week of October."""
    await fill_directory(database)
    return Desk(database, datetime(2026, 9, 30, 9, tzinfo=ZONE))
