"""A reader who goes away in the middle of a query leaves nothing behind: no thread, no open file, no held lock."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from services.ledger.database import sqlite_url
from services.ledger.ledger import SqlLedger

COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<1000000) SELECT count(*) FROM n"


def _count(connection: Connection, asked: asyncio.Event, loop: asyncio.AbstractEventLoop) -> int:
    loop.call_soon_threadsafe(asked.set)
    return int(connection.execute(text(COUNTING)).scalar_one())


async def _hangs_up(ledger: SqlLedger, reading: str) -> None:
    """A task that is cancelled again and again until it is over, which is how anyio ends a request."""
    asked = asyncio.Event()
    read: Any = getattr(ledger, reading)
    task = asyncio.create_task(read(_count, asked, asyncio.get_running_loop()))
    await asked.wait()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


@pytest.mark.parametrize("reading", ["_read", "_write"])
def test_a_query_whose_reader_hung_up_is_over_before_the_ledger_is_closed(tmp_path: Path, reading: str) -> None:
    async def scene() -> None:
        ledger = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=timedelta(minutes=10))
        await ledger.open()
        await _hangs_up(ledger, reading)
        await ledger.close_database()

    left_behind: list[str] = []
    before, hook = set(threading.enumerate()), threading.excepthook
    threading.excepthook = lambda raised: left_behind.append(repr(raised.exc_value))
    try:
        asyncio.run(scene())
        for thread in set(threading.enumerate()) - before:
            thread.join()
    finally:
        threading.excepthook = hook
    assert left_behind == []


async def test_a_writer_who_hung_up_does_not_keep_the_next_one_waiting(tmp_path: Path) -> None:
    ledger = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=timedelta(minutes=10))
    await ledger.open()
    await _hangs_up(ledger, "_write")
    async with asyncio.timeout(20):
        await ledger.save_minute_counts("loki", {60: 1})
    assert await ledger.minute_counts("loki", 0) == {60: 1}
    await ledger.close_database()
