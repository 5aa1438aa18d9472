"""What must be true whatever happened: checked by `langraph fsck`, asserted by every suite. Pure.

The numbers are those of docs/architecture.md. I1 the lines, I2 the decisions, I3 to I7 the commits, I8 the
claims, I9 the messages, I10 nobody is forgotten, I11 no secrets, I12 the history. (I13, state after a kill
equals state without it, is a test: it needs two runs.)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from langraph.errors import LangraphError
from langraph.helm_values import changed_paths, find
from langraph.models.incident import Action, Decision, Incident, Proposal
from langraph.policy import Deny, judge, parse_policy
from langraph.ports import Books, Operation
from langraph.record import FOLDER
from langraph.redact import redact
from langraph.workflow import apply_op


@dataclass(frozen=True, slots=True)
class Violation:
    """One invariant that does not hold."""

    invariant: str
    """`I1` to `I12`."""
    what: str
    """Who broke it, in one sentence."""


@dataclass(frozen=True, slots=True)
class _World:
    """Ledger and branch, with the look-ups that the checks share."""

    books: Books
    operations: Sequence[Operation]
    forgotten_lines: bool

    @property
    def decisions(self) -> Mapping[str, Decision]:
        return {decision.proposal_digest: decision for decision in self.books.decisions}

    @property
    def proposals(self) -> Mapping[str, Proposal]:
        return {proposal.digest: proposal for proposal in self.books.proposals}

    def applied(self) -> Iterator[tuple[Operation, Proposal | None]]:
        """Commits that apply a proposal, with the proposal when the ledger knows it."""
        by_op = {apply_op(proposal): proposal for proposal in self.books.proposals}
        for operation in self.operations:
            if operation.op_id.startswith("apply:"):
                yield operation, by_op.get(operation.op_id)


def check(books: Books, operations: Sequence[Operation], *, forgotten_lines: bool = False) -> Sequence[Violation]:
    """Every violation, in the order of the invariants.

    Args:
        books: the ledger at one moment.
        operations: our commits on the branch, read after the ledger was.
        forgotten_lines: True when keys of old lines were dropped, so counts may be larger than what is left.
    """
    world = _World(books, operations, forgotten_lines)
    return [Violation(name, what) for name, find_all in CHECKS for what in find_all(world)]


def _lines(world: _World) -> Iterator[str]:
    for incident in world.books.incidents:
        seen = world.books.lines.get(incident.id, 0)
        if seen > incident.count or (seen < incident.count and not world.forgotten_lines):
            yield f"{incident.id} counts {incident.count} occurrences, but {seen} lines were counted into it"
    known = {incident.id for incident in world.books.incidents}
    for owner in world.books.lines:
        if owner is not None and owner not in known:
            yield f"lines were counted into {owner}, which does not exist"


def _decisions(world: _World) -> Iterator[str]:
    for digest, decision in world.decisions.items():
        proposal = world.proposals.get(digest)
        if proposal is None:
            yield f"there is a decision on {digest[:12]}, which is no proposal"
        elif proposal.incident_id != decision.incident_id:
            yield f"the decision on {digest[:12]} names {decision.incident_id}, the proposal {proposal.incident_id}"


def _one_commit(world: _World) -> Iterator[str]:
    commits: dict[str, list[str]] = {}
    for operation in world.operations:
        commits.setdefault(operation.op_id, []).append(operation.commit[:12])
    for op_id, found in commits.items():
        if len(found) > 1:
            yield f"{op_id[:30]} was committed {len(found)} times: {', '.join(found)}"
    for intent in world.books.intents:
        there = len(commits.get(intent.op_id, ()))
        if intent.state == "done" and there != 1:
            yield f"{intent.op_id[:30]} of {intent.incident_id} is done, but {there} commits carry it"
        if intent.state == "refused" and there:
            yield f"{intent.op_id[:30]} of {intent.incident_id} was refused, but a commit carries it"
    for digest, decision in world.decisions.items():
        if decision.action is not Action.APPROVE and commits.get(f"apply:{digest}"):
            yield f"proposal {digest[:12]} of {decision.incident_id} is committed, decided was {decision.action}"


def _exact_change(world: _World) -> Iterator[str]:
    for operation, proposal in world.applied():
        if proposal is None:
            continue
        wanted = {(c.file, c.doc, c.path) for c in proposal.changes}
        done = set()
        for path, (before, after) in operation.files.items():
            if path.startswith(f"{FOLDER}/{proposal.incident_id}/"):
                continue
            if before is None or after is None:
                yield f"commit {operation.commit[:12]} of {proposal.incident_id} adds or removes {path}"
                continue
            texts = {(doc, key) for file, doc, key in wanted if file == path}
            done |= {(path, doc, key) for doc, key in changed_paths(before, after, texts)}
        if done != wanted:
            extra = sorted(map(str, done ^ wanted))
            yield f"commit {operation.commit[:12]} of {proposal.incident_id} does not change what was approved: {extra}"


def _as_seen(world: _World) -> Iterator[str]:
    for operation, proposal in world.applied():
        for change in proposal.changes if proposal else ():
            before, after = operation.files.get(change.file, (None, None))
            for data, expected, when in ((before, change.old, "held"), (after, change.new, "now holds")):
                value = find(data, change.path, change.doc).value if data is not None else None
                if value != expected:
                    yield f"commit {operation.commit[:12]}: {change.key} {when} {value!r}, approved was {expected!r}"


def _authorised(world: _World) -> Iterator[str]:
    for operation, proposal in world.applied():
        if proposal is None:
            yield f"commit {operation.commit[:12]} applies {operation.op_id[6:18]}, which the ledger does not know"
            continue
        decision = world.decisions.get(proposal.digest)
        if decision is None or decision.action is not Action.APPROVE:
            yield f"commit {operation.commit[:12]} of {proposal.incident_id} has no approval"
        elif decision.at >= proposal.expires_at:
            yield f"commit {operation.commit[:12]} of {proposal.incident_id} was approved after its proposal expired"
    for operation in world.operations:
        if operation.op_id.startswith("revert:") and not _was_wanted(world, operation):
            yield f"commit {operation.commit[:12]} takes back a change that nobody asked to have taken back"


def _was_wanted(world: _World, revert: Operation) -> bool:
    """By the approver beforehand, by a person afterwards, or by the policy it was committed under."""
    digest = revert.op_id.removeprefix("revert:")
    decision = world.decisions.get(digest)
    if decision is not None and decision.auto_revert:
        return True
    if any(wish.proposal_digest == digest for wish in world.books.revert_requests):
        return True
    try:
        return parse_policy(revert.policy or b"").revert_when_not_recovered
    except LangraphError:
        return False


def _within_policy(world: _World) -> Iterator[str]:
    for operation, proposal in world.applied():
        if proposal is None:
            continue
        after = {path: new for path, (_, new) in operation.files.items() if new is not None}
        try:
            verdict = judge(proposal.changes, after, (), parse_policy(operation.policy or b""), operation.at)
        except LangraphError as error:
            yield f"commit {operation.commit[:12]} of {proposal.incident_id} cannot be judged: {error}"
            continue
        if isinstance(verdict, Deny):
            yield f"commit {operation.commit[:12]} of {proposal.incident_id} is outside policy: {verdict.reason.en}"


def _claims(world: _World) -> Iterator[str]:
    still_open = {incident.id: incident for incident in world.books.incidents if incident.is_open}
    for key, owner in world.books.claims.items():
        if owner not in still_open:
            yield f"{key} is still claimed by {owner}, which is closed"
    for incident in still_open.values():
        proposal = world.proposals.get(incident.proposal_digest or "")
        for change in proposal.changes if proposal else ():
            if world.books.claims.get(change.key) != incident.id:
                yield f"{incident.id} is changing {change.key} without having claimed it"


def _messages(world: _World) -> Iterator[str]:
    for incident, count in world.books.live_messages.items():
        if count > 1:
            yield f"{incident} has {count} live messages"


def _nobody_forgotten(world: _World) -> Iterator[str]:
    for incident in world.books.incidents:
        if incident.is_open and incident.wake_at is None:
            yield f"{incident.id} is {incident.status}, but nothing will ever wake it"
        wanted = _is_wanted_back(world, incident)
        if not incident.is_open and wanted and incident.wake_at is None:
            yield f"{incident.id} is to be taken back, but nothing will ever wake it"
        if not incident.is_open and incident.outcome is None:
            yield f"{incident.id} is {incident.status} without an outcome"


def _is_wanted_back(world: _World, incident: Incident) -> bool:
    """Somebody asked for its change to be taken back, and nothing has come of it yet."""
    digest = incident.proposal_digest
    settled = {intent.op_id for intent in world.books.intents if intent.state != "intended"}
    asked = any(wish.proposal_digest == digest for wish in world.books.revert_requests)
    return asked and f"revert:{digest}" not in settled


def _secrets(world: _World) -> Iterator[str]:
    for incident in world.books.incidents:
        if redact(incident.first_line) != incident.first_line:
            yield f"the first line of {incident.id} holds a secret"
    for incident_id, evidence in world.books.evidence:
        if redact(evidence.text) != evidence.text:
            yield f"evidence of {incident_id} holds a secret"
    for operation in world.operations:
        for path, (_, after) in operation.files.items():
            text = (after or b"").decode(errors="replace")
            if path.startswith(f"{FOLDER}/") and path.endswith("evidence.log") and redact(text) != text:
                yield f"{path} in commit {operation.commit[:12]} holds a secret"


def _history_grows(world: _World) -> Iterator[str]:
    there = {operation.commit for operation in world.operations}
    for incident in world.books.incidents:
        for commit in incident.commits:
            if commit not in there:
                yield f"commit {commit[:12]} of {incident.id} is no longer on the branch: its history was rewritten"


CHECKS: tuple[tuple[str, Callable[[_World], Iterator[str]]], ...] = (
    ("I1", _lines),
    ("I2", _decisions),
    ("I3", _one_commit),
    ("I4", _exact_change),
    ("I5", _as_seen),
    ("I6", _authorised),
    ("I7", _within_policy),
    ("I8", _claims),
    ("I9", _messages),
    ("I10", _nobody_forgotten),
    ("I11", _secrets),
    ("I12", _history_grows),
)
