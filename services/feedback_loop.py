"""Daily, and when somebody asks: reads what was recorded, writes down what it teaches."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from langraph import commit_message
from langraph.errors import BadInput, BadSetting, Halted, Permanent, Stale, Transient
from langraph.learning.lesson_file import lesson_path
from langraph.learning.revision import LessonChange, Processed, Progress, Revision, derived, revise
from langraph.models.learning import Lesson
from langraph.models.runbook import Runbook
from langraph.ports import Clock, CommitRequest, GitStore, Ledger, RecordedIncident, Tree
from langraph.recognise import Recogniser
from langraph.record import FOLDER
from langraph.replaying import INPUTS, replay
from services.schedule import next_time

log = structlog.get_logger()

RETRY_SECONDS = 300.0  # git was away at three in the morning; it need not wait for the next night
REREAD = 200  # of the newest incidents with negative feedback; what is older hardly counts any more
POLL_SECONDS = 30.0  # how late the schedule may be; clocks of machines that slept jump


class FeedbackLoop:
    """One run at a time; whoever asks meanwhile joins it.

    Args:
        git: holds the record, takes the pattern files.
        ledger: knows the kill switch.
        clock: the time.
        recogniser, runbooks: today's, to read the evidence of what went wrong once more.
        cron: when it runs by itself, in UTC; empty: only when asked.
        sleep: waits, in seconds; tests turn time.

    Raises:
        BadSetting: `cron` makes no sense.
    """

    def __init__(
        self,
        git: GitStore,
        ledger: Ledger,
        clock: Clock,
        recogniser: Recogniser,
        runbooks: Mapping[str, Runbook],
        *,
        cron: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._git = git
        self._ledger = ledger
        self._clock = clock
        self._recogniser = recogniser
        self._runbooks = runbooks
        self._cron = cron
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self.progress = Progress()
        if cron:
            next_time(cron, clock.now())

    async def run(self) -> None:
        """By the schedule, until cancelled."""
        while self._cron:
            await self._until(next_time(self._cron, self._clock.now()))
            while not await self._tried():
                await self._sleep(RETRY_SECONDS)

    async def _until(self, at: datetime) -> None:
        while (left := (at - self._clock.now()).total_seconds()) > 0:
            await self._sleep(min(left, POLL_SECONDS))

    async def _tried(self) -> bool:
        """Whether there is nothing to try again."""
        try:
            await self.process()
        except (Transient, BadSetting) as error:
            log.warning("the feedback loop waits", error=str(error))
            return False
        except Permanent as error:
            log.error("the feedback loop could not write what it learned", error=str(error))
        return True

    async def process(self) -> Processed:
        """Read, learn, write. Key: branch head and content, so that the same record teaches once.

        Raises:
            GitUnavailable, Halted: not now.
        """
        joined = self._lock.locked()
        async with self._lock:
            if joined and self.progress.last is not None and self.progress.error is None:
                return self.progress.last
            try:
                done = await self._process()
            except Exception as error:
                self.progress = replace(self.progress, running=False, stage="idle", error=str(error))
                raise
            self.progress = Progress(last=done)
            return done

    async def _process(self) -> Processed:
        self._stage("reading")
        head = await self._git.head()
        records = await self._git.recorded()
        self._stage("learning")
        now = self._clock.now()
        negative = [record for record in records if record.negative is not None]
        misread = [record.id for record in negative[:REREAD] if await self._is_misread(record, head)]
        known = await asyncio.to_thread(derived, [one for one in records if one.id not in misread], now)
        revision = revise(known, await self._present(known, head))
        done = Processed(now, len(records), len(negative), revision.changes, revision.broken, tuple(misread))
        for sentence in revision.broken:
            log.error("a pattern file cannot be read and is left as it is", error=sentence)
        if not revision.changes:
            return done
        self._stage("committing")
        return replace(done, commit=await self._commit(known, revision, str(head), now))

    async def _is_misread(self, record: RecordedIncident, head: str | None) -> bool:
        """Whether today's rules read the evidence as another fault: not the action was wrong, the reading was."""
        blob = await self._git.read(f"{FOLDER}/{record.id}/{INPUTS}", head)
        if blob is None:
            return False
        try:
            again = await asyncio.to_thread(
                replay, record.metadata, json.loads(blob.data), self._recogniser, self._runbooks
            )
        except (BadInput, ValueError, RecursionError) as error:
            log.warning("a record cannot be read again", incident=record.id, error=str(error))
            return False
        return again.now.category != again.then.category

    def _stage(self, stage: str) -> None:
        self.progress = replace(self.progress, running=True, stage=stage, error=None)

    async def _present(self, known: Sequence[Lesson], head: str | None) -> Mapping[str, bytes]:
        found = {}
        for lesson in known:
            path = lesson_path(lesson.category, lesson.app)
            blob = await self._git.read(path, head) if head is not None else None
            if blob is not None:
                found[path] = blob.data
        return found

    async def _commit(self, known: Sequence[Lesson], revision: Revision, head: str, now: datetime) -> str | None:
        reason = await self._ledger.halted()
        if reason is not None:
            raise Halted(f"langraph is halted ({reason}); `langraph resume` lets it write what it learned")
        paths = tuple(lesson_path(lesson.category, lesson.app) for lesson in known)

        def build(tree: Tree) -> Mapping[str, bytes]:
            there = {path: blob.data for path, blob in tree.items()}
            return {change.path: change.data for change in revise(known, there).changes}

        request = CommitRequest(
            op_id=f"learn:{head[:12]}:{_digest(revision.changes)}",
            at=now,
            subject=commit_message.learned_subject(revision.changes),
            body=commit_message.learned_body(revision.changes),
            trailers={},
            reads=paths,
            build=build,
        )
        try:
            return (await self._git.commit(request)).commit
        except Stale:  # somebody has written just this meanwhile
            return None


def _digest(changes: Sequence[LessonChange]) -> str:
    seen = hashlib.sha256()
    for change in changes:
        for raw in (change.path.encode(), change.data):
            seen.update(len(raw).to_bytes(8, "big") + raw)
    return seen.hexdigest()[:16]
