"""The way back: takes a committed change back, once, asked for before (auto-revert) or after (a click).

One commit per proposal, whoever asked, however often: the op id is the proposal's. Only if nobody has touched
the key since; a commit that takes back is no proposal, so nothing ever takes *it* back.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from langraph import commit_message, rebuilding, record
from langraph.doors import Doors
from langraph.errors import BadInput, EditRefused, GitUnavailable, PolicyDenied, Stale
from langraph.gathering import HISTORY
from langraph.models.incident import Incident, Person, Proposal, Status
from langraph.models.state import State
from langraph.models.text import Text
from langraph.ports import CommitRequest, Intent, TimelineEntry, Tree
from langraph.texts import working as say
from langraph.texts.refusing import refusal_in, text_of
from langraph.workflow import refuse_if_halted, show, story_of


def revert_op(proposal: Proposal) -> str:
    """The op id of the commit that takes a proposal back."""
    return f"revert:{proposal.digest}"


# --- by itself, before the incident ends ---------------------------------------------------------------------------


async def wants_revert(doors: Doors, state: State) -> bool:
    """Whether the change did not help, and the approver or the policy wants it taken back then."""
    if (state.get("outcome") or {}).get("status") != Status.NOT_RECOVERED:
        return False
    decision = await doors.ledger.decision(str(state["proposal_digest"]))
    if decision is not None and decision.auto_revert:
        return True
    try:
        return (await doors.rulebook.known()).policy.revert_when_not_recovered
    except (BadInput, GitUnavailable):
        return False  # rules that cannot be read allow nothing


async def rollback(doors: Doors, state: State) -> State:
    """The graph's step. Key: `revert:<proposal digest>`.

    Raises: GitUnavailable, Halted (again later).
    """
    incident = await doors.ledger.incident(state["incident_id"])
    proposal = await doors.ledger.proposal(str(state["proposal_digest"]))
    decision = await doors.ledger.decision(proposal.digest)
    by = decision.by if decision is not None and decision.auto_revert else None
    note = await _take_back(doors, incident, proposal, by, doors.clock.now(), ended=False)
    told = state.get("outcome") or {}
    return {"outcome": {**told, "en": f"{told['en']} {note.en}", "ko": f"{told['ko']} {note.ko}"}}


# --- asked for, after the incident has ended -----------------------------------------------------------------------


async def take_back(doors: Doors, incident: Incident) -> None:
    """Do what a person asked for with a closed incident, if anybody did. Key: `revert:<proposal digest>`.

    Raises: GitUnavailable, Halted (again later).
    """
    wish = await doors.ledger.revert_request(incident.proposal_digest) if incident.proposal_digest else None
    if wish is not None:
        proposal = await doors.ledger.proposal(wish.proposal_digest)
        await _take_back(doors, incident, proposal, wish.by, wish.at, ended=True)
        await show(doors.ledger, incident.id)
    if incident.wake_at is not None:
        await doors.ledger.update(incident.id, wake_at=None, attempts=0)


async def give_up(doors: Doors, incident: Incident, error: Exception) -> None:
    """A way back that failed too often is refused, and people see why."""
    if incident.proposal_digest is not None:
        proposal = await doors.ledger.proposal(incident.proposal_digest)
        await _refused(doors, incident, revert_op(proposal), text_of(error), doors.clock.now())
    await doors.ledger.update(incident.id, wake_at=None)
    await show(doors.ledger, incident.id)


# --- the commit ----------------------------------------------------------------------------------------------------


async def _take_back(
    doors: Doors, incident: Incident, proposal: Proposal, by: Person | None, at: datetime, *, ended: bool
) -> Text:
    """One sentence about what came of it."""
    intent = await doors.ledger.intend(Intent(revert_op(proposal), "revert", incident.id, at))
    if intent.state == "refused":
        return say.not_taken_back(await _refused_before(doors, incident, intent))
    commit = intent.result if intent.state == "done" else None
    if commit is None:
        try:
            commit = await _commit(doors, incident, proposal, by, intent, ended=ended)
        except (Stale, EditRefused, PolicyDenied) as refusal:
            why = text_of(refusal)
            await _refused(doors, incident, intent.op_id, why, intent.at)
            return say.not_taken_back(why)
    await doors.ledger.settle(intent.op_id, "done", commit)
    commits = tuple(dict.fromkeys((*incident.commits, commit)))
    await doors.ledger.update(incident.id, commits=commits, entry=_reverted(intent.at, by, commit))
    return say.taken_back(commit, by)


async def _refused(doors: Doors, incident: Incident, op_id: str, why: Text, at: datetime) -> None:
    await doors.ledger.settle(op_id, "refused", why.en)
    korean = {} if why.ko == why.en else {"reason_ko": why.ko}
    entry = TimelineEntry(at, "not_reverted", {"reason": why.en, **korean})
    await doors.ledger.update(incident.id, entry=entry)


async def _refused_before(doors: Doors, incident: Incident, intent: Intent) -> Text:
    """Why; noted now where a crash came between the refusal and its note."""
    for entry in await doors.ledger.timeline(incident.id):
        if entry.what == "not_reverted":
            return refusal_in(entry)
    why = Text(intent.result, intent.result)
    await _refused(doors, incident, intent.op_id, why, intent.at)
    return why


def _reverted(at: datetime, by: Person | None, commit: str | None) -> TimelineEntry:
    detail = {"by": by.id if by is not None else "policy"}
    return TimelineEntry(at, "reverted", detail if commit is None else {**detail, "commit": commit})


async def _commit(
    doors: Doors, incident: Incident, proposal: Proposal, by: Person | None, intent: Intent, *, ended: bool
) -> str:
    """The exact inverse; of an incident that has ended, its record with it, which no later commit would tell."""
    await refuse_if_halted(doors.ledger)
    decision = await doors.ledger.decision(proposal.digest)
    story = await story_of(doors, incident, proposal, decision)
    timeline = (*story.timeline, _reverted(intent.at, by, None))
    told = replace(story, outcome=incident.outcome, timeline=timeline)
    applied = await doors.ledger.applied_changes(intent.at - HISTORY)
    policy_file = doors.rulebook.policy_file

    def build(tree: Tree) -> Mapping[str, bytes]:
        present = {path: blob.data for path, blob in tree.items() if path != policy_file}
        policy = tree[policy_file].data if policy_file in tree else b""
        back = rebuilding.rebuild_revert(proposal, present, policy, applied)
        return {**back, **record.files(told, {}, {})} if ended else back

    request = CommitRequest(
        op_id=intent.op_id,
        at=intent.at,
        subject=commit_message.revert_subject(story),
        body=commit_message.revert_body(story, by),
        trailers=commit_message.revert_trailers(story, by),
        reads=(*(edit.path for edit in proposal.edits), policy_file),
        build=build,
    )
    return (await doors.git.commit(request)).commit
