"""A clock whose hands the test turns, and a sleep that turns them."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


class VirtualTime:
    """Clock and sleep in one; `stop_at` ends the loop under test by cancelling it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self.slept: list[float] = []
        self.stop_after: int | None = None
        """How many sleeps until CancelledError; None: never."""

    def now(self) -> datetime:
        return self._now

    @property
    def ns(self) -> int:
        return (self._now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000

    def pass_(self, **length: float) -> None:
        self._now += timedelta(**length)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
        if self.stop_after is not None and len(self.slept) >= self.stop_after:
            raise asyncio.CancelledError
        await asyncio.sleep(0)
