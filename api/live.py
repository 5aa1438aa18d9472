"""What happens, as it happens: readers follow the ledger's timeline, each by a cursor of its own.

Nothing is queued for anybody. One task looks for new rows while somebody listens, and rings; whoever hears it reads on
from where they stand. So a slow reader costs nothing, and one that was away misses nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog

from langraph.errors import Transient
from langraph.ports import Happening, Ledger

log = structlog.get_logger(__name__)

LOOK = timedelta(milliseconds=500)  # between two looks for new rows; a person does not notice that it is late
HEARTBEAT = timedelta(seconds=15)  # proxies cut a connection that is silent for 30 or 60 seconds
PATIENCE = timedelta(seconds=10)  # for one write; who has not read by then is gone
PAGE = 200  # rows read at once, some 60 kB
MOST = 200  # streams at once: open pages of a large team, and what they cost stays small
READS = 4  # of the ledger at once, out of the 15 connections that everybody shares


class Full(Transient):
    """As many people listen as we serve at once."""


class Live:
    """Rings when something has happened, and reads what it was; as a context manager, until the block ends.

    Args:
        ledger: whose timeline is followed.
        look: how often to look for something new while somebody listens.
        heartbeat: how often somebody to whom nothing happens is told so.
        patience: how long one write may take.
        most: how many may listen at once.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        look: timedelta = LOOK,
        heartbeat: timedelta = HEARTBEAT,
        patience: timedelta = PATIENCE,
        most: int = MOST,
    ) -> None:
        self.patience = patience
        self._ledger = ledger
        self._look = look
        self._heartbeat = heartbeat
        self._most = most
        self._listeners = 0
        self._bell = asyncio.Event()
        self._stopping = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._reads = asyncio.Semaphore(READS)
        self._reading: dict[tuple[asyncio.Event, int, str | None], asyncio.Task[Sequence[Happening]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stop_looking()
        for reading in list(self._reading.values()):
            reading.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._listeners

    @property
    def is_looking(self) -> bool:
        """Whether anything is asked of the ledger at all."""
        return self._looking is not None and not self._looking.done()

    def stop(self) -> None:
        """Let every stream end now; the server waits for them when it stops."""
        self._stopping.set()
        self._ring()

    def check_room(self) -> None:
        """Raises: Full."""
        if self._listeners >= self._most:
            raise Full(f"{self._most} streams of events are open, more are not served; close one, or ask again later")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Somebody listens until the block ends.

        Raises:
            Full: as many do as we serve.
        """
        self.check_room()
        self._listeners += 1
        if not self.is_looking:
            self._looking = asyncio.create_task(self._look_again_and_again(), name="live")
        try:
            yield
        finally:
            self._listeners -= 1
            if self._listeners == 0:
                self._stop_looking()

    async def follow(
        self, after: int, incident_id: str | None = None, *, as_long_as: Callable[[], bool] = lambda: True
    ) -> AsyncGenerator[Sequence[Happening], None]:
        """Everything after the cursor in pages, and what comes later as it comes; an empty page is a heartbeat.

        Args:
            after: number of the happening that was read last.
            incident_id: only what happens to this one.
            as_long_as: asked before every page; the end, when it says no.

        Raises:
            LedgerBusy: it cannot be read now; come again with the last number that was read.
        """
        while not self._stopping.is_set() and as_long_as():
            bell = self._bell  # taken before reading: what is noted while we read rings this one
            page = await self._page(bell, after, incident_id)
            if page:
                after = page[-1].number
                yield page
            elif not await self._heard(bell):
                yield ()

    async def _heard(self, bell: asyncio.Event) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._heartbeat.total_seconds()):
                return await bell.wait()
        return False

    async def _page(self, bell: asyncio.Event, after: int, incident_id: str | None) -> Sequence[Happening]:
        """One read for all who ask the same under one bell: it sees everything that the bells before told of."""
        key = (bell, after, incident_id)
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(after, incident_id))
            reading.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(reading)

    async def _read(self, after: int, incident_id: str | None) -> Sequence[Happening]:
        async with self._reads:
            return await self._ledger.happenings(after, PAGE, incident_id)

    def _forget(self, key: tuple[asyncio.Event, int, str | None], done: asyncio.Task[Sequence[Happening]]) -> None:
        self._reading.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at: everybody who wanted the page may have left

    async def _look_again_and_again(self) -> None:
        known = -1  # so that the first look rings: nobody knows since when nobody looked
        while True:
            try:
                latest = await self._ledger.latest_happening()
            except Transient as error:
                log.warning("the ledger cannot be read now; events are late", error=str(error))
            else:
                if latest != known:
                    known = latest
                    self._ring()
            await asyncio.sleep(self._look.total_seconds())

    def _ring(self) -> None:
        rung, self._bell = self._bell, asyncio.Event()
        rung.set()

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
