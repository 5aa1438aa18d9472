"""Puts one message a day into the outbox: what happened, what waits for somebody."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time, timedelta

import structlog

from langraph.digest import day
from langraph.errors import Transient
from langraph.ports import Clock, Ledger, Message
from langraph.texts.digest import digest

log = structlog.get_logger()

DAY = timedelta(days=1)
LATE = timedelta(hours=6)  # a daemon that was away in the morning still tells before the day is over
POLL_SECONDS = 30.0  # how late it may be; clocks of machines that slept jump


class DailyDigest:
    """One message for each day, whatever is restarted: its op id is the date.

    Args:
        ledger: knows the day, holds the outbox.
        clock: the time.
        at: when it is told, in UTC.
        learned: what was learned of late, as `category/app`.
        sleep: waits, in seconds; tests turn time.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        at: time,
        learned: Callable[[], Sequence[str]] = tuple,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._at = at
        self._learned = learned
        self._sleep = sleep
        self._told: datetime | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.tell_if_due()
            except Transient as error:
                log.warning("the daily digest waits", error=str(error))
            await self._sleep(POLL_SECONDS)

    async def tell_if_due(self) -> bool:
        """Tell of the day that has just ended, once. Key: the date; after a restart the same message is shown anew."""
        now = self._clock.now()
        until = self._last(now)
        if until == self._told or now - until > LATE:
            return False
        note = digest(await day(self._ledger, until - DAY, until, self._learned()))
        message = Message(op_id=f"digest:{until:%Y-%m-%d}", incident_id=None, kind="notice", urgent=False, note=note)
        await self._ledger.tell(message)
        self._told = until
        return True

    def _last(self, now: datetime) -> datetime:
        """The last time that it was due."""
        today = datetime.combine(now.astimezone(UTC).date(), self._at, UTC)
        return today if today <= now else today - DAY
