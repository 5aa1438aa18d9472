"""Where people decide: one of the two calls that come in from outside (the other is ingest).

Person allowed? policy? then the row, durable, then the wake-up. The caller acknowledges only after this returns.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from langraph import policy, proposing
from langraph.asking import names_of
from langraph.errors import BadInput, Conflict, Forbidden, LedgerBusy
from langraph.gathering import HISTORY
from langraph.models.feedback import RevertRequest
from langraph.models.incident import Action, Decision, Person, Proposal, Scalar
from langraph.ports import Clock, Ledger, WakeQueue
from langraph.redact import redact
from langraph.rulebook import Rules
from langraph.texts import refusing as say
from langraph.texts.proposing import choose_one
from langraph.workflow import show


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
        _refuse_open_question(said.action, proposal)
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
            first = say.already_decided(standing.by.name, str(standing.action), standing.at)
            raise Conflict(first.en, ko=first.ko)
        return standing

    async def revert(self, incident_id: str, person: Person) -> RevertRequest:
        """Have a closed incident's committed change taken back. Key: the proposal digest.

        The same person asking again gets the standing wish back.

        Raises:
            NotFound: no such incident.
            Forbidden: this person may not decide here.
            Conflict: the incident still runs, nothing was committed, or somebody else was first.
        """
        incident = await self.ledger.incident(incident_id)
        if incident.proposal_digest is None:
            nothing = say.nothing_committed(incident_id)
            raise Conflict(nothing.en, ko=nothing.ko)
        proposal = await self.ledger.proposal(incident.proposal_digest)
        await self._refuse_revert(person, proposal, await self.rulebook.known())
        wish = RevertRequest(proposal.digest, incident_id, person, self.clock.now())
        standing = await self.ledger.ask_revert(wish)
        self.queue.wake(incident_id)
        with contextlib.suppress(LedgerBusy):  # it is asked for; the message follows when it is done
            await show(self.ledger, incident_id)
        if standing.by.id != person.id:
            first = say.already_asked(standing.by.name, standing.at)
            raise Conflict(first.en, ko=first.ko)
        return standing

    async def _refuse_revert(self, person: Person, proposal: Proposal, rules: Rules) -> None:
        verdict = policy.may_decide(person, rules.policy, rules.catalogue.approvers_of(proposal.blast.files))
        if isinstance(verdict, policy.Deny):
            await self._note_refusal(person, "revert", {"incident": proposal.incident_id, "why": verdict.reason.en})
            raise Forbidden(verdict.reason.en, ko=verdict.reason.ko)

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
            raise Forbidden(verdict.reason.en, ko=verdict.reason.ko)
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
        raise Forbidden(verdict.reason.en, ko=verdict.reason.ko)

    async def _replacement(self, said: Said, proposal: Proposal, rules: Rules) -> tuple[Proposal | None, bool]:
        """For a modify: the proposal with the person's values, and whether saying so approves it."""
        if said.action is not Action.MODIFY:
            return None, False
        now = self.clock.now()
        history = await self.ledger.applied_changes(now - HISTORY)
        changed = proposing.modified(proposal, said.changes, rules.policy, history, now, by=said.by.name)
        seen = proposal.options or proposal.changes
        return changed, not policy.needs_second_approval(seen, changed.changes, rules.policy)


def _refuse_open_question(action: Action, proposal: Proposal) -> None:
    """Where a person has to choose, there is nothing to approve yet."""
    if proposal.is_question and action is Action.APPROVE:
        choose = choose_one(names_of(proposal.options))
        raise BadInput(choose.en, ko=choose.ko)
