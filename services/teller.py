"""Shows people what they do not see yet: from the outbox to the channel, what waits for a decision first."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

import structlog

from langraph.errors import ChannelUnavailable, Transient
from langraph.failpoint import reach
from langraph.models.incident import Incident, Status
from langraph.ports import ApprovalChannel, Ledger, Message

log = structlog.get_logger()

PAUSE = timedelta(milliseconds=500)  # updates that come faster than this are one
PAUSE_AFTER_ERROR = timedelta(seconds=5)
LATER_FIRST = timedelta(seconds=5)  # a message that was not taken; doubled each time
LATER_MOST = timedelta(minutes=1)  # a channel comes back without telling us
QUIET = timedelta(seconds=30)  # between two updates of a message that are in no hurry: a storm counts up all the time
REMEMBERED = 5_000  # messages of which we know when they were shown; forgotten ones are shown at once
AHEAD = 50  # messages among which the most urgent is looked for; a storm may leave hundreds


class Teller:
    """Empties the outbox. A message shown twice is the channel's to recognise, by its op id.

    Args:
        ledger: holds the outbox.
        channel: where people are.
        monotonic: seconds; tests turn it.
    """

    def __init__(
        self, ledger: Ledger, channel: ApprovalChannel, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ledger = ledger
        self._channel = channel
        self._monotonic = monotonic
        self._not_before: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._shown_at: OrderedDict[str, float] = OrderedDict()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            pause = PAUSE
            try:
                await self.tell_once()
            except Transient as error:
                log.warning("messages wait", error=str(error))
                pause = PAUSE_AFTER_ERROR
            await asyncio.sleep(pause.total_seconds())

    async def tell_once(self) -> int:
        """Show everything that waits and may be shown now; returns how many messages that were.

        The outbox is read anew for each, so that a question that comes up meanwhile overtakes the noise, and a
        message that changed meanwhile is shown as it is now. One that the channel does not take waits alone.
        """
        shown: set[tuple[str, int]] = set()
        while (found := await self._next(shown)) is not None:
            message, incident = found
            shown.add((message.op_id, message.revision))
            try:
                await self._tell(message, incident)
            except ChannelUnavailable as error:
                self._later(message, error)
        return len(shown)

    async def _next(self, shown: set[tuple[str, int]]) -> tuple[Message, Incident | None] | None:
        now = self._monotonic()
        waiting = await self._ledger.outbox()
        self._forget({message.op_id for message in waiting})
        ready = [
            message
            for message in waiting
            if (message.op_id, message.revision) not in shown and self._may_be_shown_at(message) <= now
        ]
        first: tuple[Message, Incident | None] | None = None
        for message in ready[:AHEAD]:
            about = message.incident_id
            incident = await self._ledger.incident(about) if about is not None else None
            if message.urgent and incident is not None and incident.status is Status.AWAITING_APPROVAL:
                return message, incident
            first = first or (message, incident)
        return first

    def _may_be_shown_at(self, message: Message) -> float:
        """Seconds of our clock."""
        held = self._not_before.get(message.op_id, float("-inf"))
        if message.urgent or message.op_id not in self._shown_at:
            return held
        return max(held, self._shown_at[message.op_id] + QUIET.total_seconds())

    async def _tell(self, message: Message, incident: Incident | None) -> None:
        digest = incident.proposal_digest if incident is not None else None
        proposal = await self._ledger.proposal(digest) if digest is not None else None
        reach("outbox.before_post")
        ref = await self._channel.show(message, incident, proposal)
        reach("outbox.after_post")
        await self._ledger.told(message.op_id, message.revision, ref)
        self._not_before.pop(message.op_id, None)
        self._failures.pop(message.op_id, None)
        self._shown_at[message.op_id] = self._monotonic()
        self._shown_at.move_to_end(message.op_id)
        if len(self._shown_at) > REMEMBERED:
            self._shown_at.popitem(last=False)

    def _later(self, message: Message, error: ChannelUnavailable) -> None:
        """Again when the channel said, or after a pause that grows."""
        failures = self._failures.get(message.op_id, 0)
        pause = min(LATER_FIRST * 2 ** min(failures, 10), LATER_MOST).total_seconds()
        wait = pause if error.retry_after is None else error.retry_after
        self._failures[message.op_id] = failures + 1
        self._not_before[message.op_id] = self._monotonic() + wait
        log.warning("a message waits", op_id=message.op_id, error=str(error), seconds=wait)

    def _forget(self, waiting: set[str]) -> None:
        for op_id in self._not_before.keys() - waiting:
            del self._not_before[op_id]
            self._failures.pop(op_id, None)
