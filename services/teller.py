"""Shows people what they do not see yet: from the outbox to the channel, urgent messages first."""

import asyncio
from datetime import timedelta

import structlog

from langraph.errors import Transient
from langraph.failpoint import reach
from langraph.ports import ApprovalChannel, Ledger, Message

log = structlog.get_logger()

PAUSE = timedelta(milliseconds=500)  # updates that come faster than this are one
PAUSE_AFTER_ERROR = timedelta(seconds=5)


class Teller:
    """Empties the outbox. A message shown twice is the channel's to recognise, by its op id."""

    def __init__(self, ledger: Ledger, channel: ApprovalChannel) -> None:
        self._ledger = ledger
        self._channel = channel

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
        """Show everything that waits; returns how many messages that were."""
        waiting = await self._ledger.outbox()
        for message in waiting:
            await self._tell(message)
        return len(waiting)

    async def _tell(self, message: Message) -> None:
        incident = await self._ledger.incident(message.incident_id)
        digest = incident.proposal_digest
        proposal = await self._ledger.proposal(digest) if digest is not None else None
        reach("outbox.before_post")
        ref = await self._channel.show(message, incident, proposal)
        reach("outbox.after_post")
        await self._ledger.told(message.op_id, message.revision, ref)
