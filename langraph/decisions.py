"""Where people decide: one of the two calls that come in from outside (the other is ingest).

Person allowed? policy? then the row, durable, then the wake-up. The caller acknowledges only after this returns.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from langraph import policy, proposing
from langraph.errors import Conflict, Forbidden, LedgerBusy
from langraph.models.incident import Action, Decision, Person, Proposal, Scalar
from langraph.ports import Clock, Ledger, WakeQueue
from langraph.redact import redact
from langraph.rulebook import Rules
from langraph.workflow import HISTORY, show


class KnowsRules(Protocol):
    """Where the present rules come from: `rulebook.Rulebook`, or rules that a surface has completed."""

    async def known(self) -> Rules: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wants, before anybody checked it."""

    incident_id: str
    action: Action
    proposal_digest: str
    by: Person
    comment: str = ""
    changes: Mapping[str, Scalar] = field(default_factory=dict)
    """For a modify: new values by the change's key (`file#doc:path`) or dotted path."""
    auto_revert: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What deciding needs."""

    ledger: Ledger
    rulebook: KnowsRules
    queue: WakeQueue
    clock: Clock

    async def decide(self, said: Said) -> Decision:
        """Make `said` the decision on its proposal, if it is the first and allowed. Key: the proposal digest.

        The same person saying the same again gets the standing decision back.

        Raises:
            NotFound: no such incident or proposal.
            Forbidden: this person may not decide here.
            Conflict: somebody else decided first, or the proposal is expired, replaced or closed.
            BadInput: a modified value makes no sense.
            PolicyDenied: a modified value is outside the guardrails.
        """
        incident = await self.ledger.incident(said.incident_id)
        proposal = await self.ledger.proposal(said.proposal_digest)
        rules = await self.rulebook.known()
        await self._refuse_unless_allowed(said, proposal, rules)
        replacement, approved = await self._replacement(said, proposal, rules)
        decision = Decision(
            proposal_digest=proposal.digest,
            incident_id=incident.id,
            action=said.action,
            by=said.by,
            at=self.clock.now(),
            comment=redact(said.comment),
            auto_revert=said.auto_revert,
            replaced_by=replacement.digest if replacement else None,
        )
        standing = await self.ledger.decide(decision, replacement, approves_replacement=approved)
        self.queue.wake(incident.id)
        with contextlib.suppress(LedgerBusy):  # it is decided; the message follows when the workflow goes on
            await show(self.ledger, incident.id)
        if (standing.by, standing.action, standing.replaced_by) != (decision.by, decision.action, decision.replaced_by):
            raise Conflict(
                f"{standing.by.name} has already decided ({standing.action}) at {standing.at:%H:%M:%S} UTC; "
                "nothing was changed by this one"
            )
        return standing

    async def halt(self, person: Person, reason: str) -> None:
        """Stop every push until somebody resumes. For approvers; noted before it turns.

        Raises:
            Forbidden: this person may not.
        """
        await self._note_turn(person, "halt", reason)
        await self.ledger.set_halted(f"{person.name}: {redact(reason)}")

    async def resume(self, person: Person, reason: str) -> None:
        """Let langraph push again. For approvers.

        Raises:
            Forbidden: this person may not.
        """
        await self._note_turn(person, "resume", reason)
        await self.ledger.set_halted(None)

    async def _note_turn(self, person: Person, what: str, reason: str) -> None:
        verdict = policy.may_decide(person, (await self.rulebook.known()).policy)
        if isinstance(verdict, policy.Deny):
            await self._note_refusal(person, what, {"reason": redact(reason), "why": verdict.reason.en})
            raise Forbidden(verdict.reason.en)
        await self.ledger.audit(self.clock.now(), person.id, what, {"reason": redact(reason)})

    async def _note_refusal(self, person: Person, what: str, detail: Mapping[str, str]) -> None:
        await self.ledger.audit(self.clock.now(), person.id, f"{what}_refused", detail)

    async def _refuse_unless_allowed(self, said: Said, proposal: Proposal, rules: Rules) -> None:
        app_approvers = rules.catalogue.approvers_of(proposal.blast.files)
        weakens = proposal.blast.weakens_guardrail and said.action is not Action.REJECT
        verdict = policy.may_decide(said.by, rules.policy, app_approvers, weakens_guardrail=weakens)
        if isinstance(verdict, policy.Allow):
            return
        detail = {"incident": said.incident_id, "action": str(said.action), "why": verdict.reason.en}
        await self._note_refusal(said.by, "decision", detail)
        raise Forbidden(verdict.reason.en)

    async def _replacement(self, said: Said, proposal: Proposal, rules: Rules) -> tuple[Proposal | None, bool]:
        """For a modify: the proposal with the person's values, and whether saying so approves it."""
        if said.action is not Action.MODIFY:
            return None, False
        now = self.clock.now()
        history = await self.ledger.applied_changes(now - HISTORY)
        changed = proposing.modified(proposal, said.changes, rules.policy, history, now, by=said.by.name)
        return changed, not policy.needs_second_approval(proposal.changes, changed.changes, rules.policy)
