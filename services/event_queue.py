"""Wake-ups in memory: they may be lost with the process, because the ledger knows who must be woken again."""

import asyncio
from collections import OrderedDict


class EventQueue:
    """`ports.WakeQueue`: many wakes of one incident are one drive, never two at the same time."""

    def __init__(self) -> None:
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._driven: set[str] = set()
        self._again: set[str] = set()
        self._arrived = asyncio.Event()

    def wake(self, incident_id: str) -> None:
        if incident_id in self._driven:
            self._again.add(incident_id)
            return
        self._ready[incident_id] = None
        self._arrived.set()

    async def take(self) -> str:
        while not self._ready:
            self._arrived.clear()
            await self._arrived.wait()
        incident_id, _ = self._ready.popitem(last=False)
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
