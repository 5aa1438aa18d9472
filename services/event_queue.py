"""Wake-ups in memory: they may be lost with the process, because the ledger knows who must be woken again."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable


def _ignore(_: float) -> None:
    """Nobody measures."""


class EventQueue:
    """`ports.WakeQueue`: many wakes of one incident are one drive, never two at the same time.

    Args:
        on_wait: told how many seconds each drive waited for its worker.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self, on_wait: Callable[[float], None] = _ignore, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_wait = on_wait
        self._monotonic = monotonic
        self._ready: OrderedDict[str, float] = OrderedDict()
        self._driven: set[str] = set()
        self._again: set[str] = set()
        self._arrived = asyncio.Event()

    def wake(self, incident_id: str) -> None:
        if incident_id in self._driven:
            self._again.add(incident_id)
            return
        self._ready.setdefault(incident_id, self._monotonic())
        self._arrived.set()

    async def take(self) -> str:
        while not self._ready:
            self._arrived.clear()
            await self._arrived.wait()
        incident_id, woken_at = self._ready.popitem(last=False)
        self._on_wait(self._monotonic() - woken_at)
        self._driven.add(incident_id)
        return incident_id

    def done(self, incident_id: str) -> None:
        self._driven.discard(incident_id)
        if incident_id in self._again:
            self._again.discard(incident_id)
            self.wake(incident_id)

    def __len__(self) -> int:
        """Incidents that wait for a worker."""
        return len(self._ready)
