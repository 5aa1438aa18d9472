"""Takes in what a file source finds: each page and the place behind it in one transaction."""

from langraph.ports import Clock, Gap, Ledger, WakeQueue
from services.file_source import FileSource
from services.intake import Intake, PageRecogniser, Watch
from services.pacing import Pace, keep_doing


class FileMonitor:
    """Follows LOG_FILES for ever.

    Args:
        source: the files.
        ledger: where events are counted, and the place in each file.
        recogniser: tells faults from other lines.
        queue: who is told about incidents that changed.
        clock: the time.
        pace: the beat.
        watch: who is told how reading goes.
    """

    def __init__(
        self,
        source: FileSource,
        ledger: Ledger,
        recogniser: PageRecogniser,
        queue: WakeQueue,
        clock: Clock,
        *,
        pace: Pace | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._pace = pace or Pace()
        self._watch = watch or Watch()
        self._intake = Intake(source.name, "file", ledger, recogniser, queue, clock, self._watch)

    async def run(self) -> None:
        """Poll until cancelled, or until the ledger is broken."""
        try:
            await keep_doing(self._source.name, self.poll_once, self._pace, self._watch.on_error)
        finally:
            self._source.close()

    async def poll_once(self) -> int:
        """Read what is new. Returns the number of new events. Key: the place of each event in its file.

        Raises:
            SourceUnavailable, LedgerBusy: what was taken in stands; call again later.
        """
        cursor = await self._ledger.cursor(self._source.name)
        new = 0
        async for step in self._source.steps(cursor):
            if isinstance(step.item, Gap):
                await self._intake.gap(step.item)
            elif step.item is not None:
                new += await self._intake.page(step.item, step.cursor)
                cursor = step.cursor
        if step.cursor != cursor:
            await self._intake.cursor(step.cursor)
        return new
