"""Where people say what they think of a change: while its workflow runs, and when it was wrong.

Durable when it returns; somebody else carries it into git.
"""

from collections.abc import Callable
from dataclasses import dataclass

from langraph.errors import BadInput, NotFound
from langraph.models.feedback import NegativeFeedback, Remark
from langraph.models.incident import Person
from langraph.ports import Clock, GitStore, Ledger
from langraph.record import action_of, recorded_action
from langraph.redact import redact
from langraph.texts import refusing as say


@dataclass(frozen=True, slots=True)
class Feedback:
    """What taking feedback needs.

    Args:
        wake: called when there is negative feedback to be carried into git.
    """

    ledger: Ledger
    git: GitStore
    clock: Clock
    wake: Callable[[], None]

    async def remark(self, incident_id: str, person: Person, recognition: str, action: str) -> Remark:
        """Keep what somebody takes a fault for and wants done; it goes into the commit messages. Key: its words.

        Raises:
            NotFound: no such incident.
            Conflict: its workflow does not run any more.
            BadInput: neither is said.
        """
        said = Remark(incident_id, person, self.clock.now(), redact(recognition.strip()), redact(action.strip()))
        if not said.user_recognition and not said.user_approved_action:
            nothing = say.no_words()
            raise BadInput(nothing.en, ko=nothing.ko)
        await self.ledger.remark(said)
        return said

    async def negative(self, incident_id: str, person: Person, reason: str, expected: str) -> NegativeFeedback:
        """Keep that a change was wrong, and what should have been. Key: incident, person and words.

        Raises:
            NotFound: neither the ledger nor git knows the incident.
            BadInput: no reason is given.
            GitUnavailable: only git could know the incident, and it is away.
        """
        if not reason.strip():
            missing = say.no_reason()
            raise BadInput(missing.en, ko=missing.ko)
        said = NegativeFeedback(
            incident_id=incident_id,
            by=person,
            at=self.clock.now(),
            reason=redact(reason.strip()),
            original_action=await self._action(incident_id),
            expected_result=redact(expected.strip()),
        )
        await self.ledger.complain(said)
        self.wake()
        return said

    async def _action(self, incident_id: str) -> str:
        """What was proposed for the incident; empty when nothing was."""
        try:
            incident = await self.ledger.incident(incident_id)
        except NotFound:
            return await self._recorded_action(incident_id)
        if incident.proposal_digest is None:
            return ""
        return action_of(await self.ledger.proposal(incident.proposal_digest))

    async def _recorded_action(self, incident_id: str) -> str:
        for record in await self.git.recorded():
            if record.id == incident_id:
                return recorded_action(record.metadata)
        unknown = say.no_such_incident(incident_id)
        raise NotFound(unknown.en, ko=unknown.ko)
