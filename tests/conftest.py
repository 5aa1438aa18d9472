"""What tests of several rooms need set up."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.ledger import SqlLedger
from services.ledger.database import sqlite_url

COOLDOWN = timedelta(minutes=15)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    """A ledger of its own in a file; after a closed incident the cool-down is a quarter of an hour."""
    opened = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=COOLDOWN)
    await opened.open()
    yield opened
    await opened.close_database()
