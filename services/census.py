"""Counts now and then what only git and the ledger know: incidents handled, incidents open, drives waiting."""

import asyncio
from collections import Counter as Tally
from datetime import timedelta

import structlog

from langraph.errors import LangraphError
from langraph.metrics import Metrics
from langraph.ports import GitStore, Ledger
from services.event_queue import EventQueue

EVERY = timedelta(seconds=30)  # two scrapes; one look at the branch head each

log = structlog.get_logger()


class Census:
    """Keeps the gauges true. Git being away leaves the last count standing."""

    def __init__(self, ledger: Ledger, git: GitStore, queue: EventQueue, metrics: Metrics) -> None:
        self._ledger = ledger
        self._git = git
        self._queue = queue
        self._metrics = metrics

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.count()
            except LangraphError as error:
                log.warning("the metrics wait for a count", error=str(error))
            await asyncio.sleep(EVERY.total_seconds())

    async def count(self) -> None:
        """Raises: LedgerBusy, GitUnavailable, BadSetting."""
        self._metrics.levels(waiting=len(self._queue), still_open=len(await self._ledger.open_ids()))
        statuses = Tally(str(incident.metadata.get("status")) for incident in await self._git.recorded())
        self._metrics.handled(dict(statuses))
