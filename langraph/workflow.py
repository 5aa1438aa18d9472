"""The steps of an incident, one function each, talking to ports.

Every step may run again from its first line after a crash, so each of its effects has a key: the timeline
entry's own words, the proposal's digest, the intent's op id. A step takes the doors and the state, looks at
what is true now, returns what it learned for the next step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from langraph import commit_message, diagnosing, gathering, inputs, measuring, proposing, rebuilding, record
from langraph.doors import Doors
from langraph.errors import BadInput, Conflict, EditRefused, Halted, PolicyDenied, Stale
from langraph.gathering import HISTORY
from langraph.models.feedback import OBSERVER, NegativeFeedback
from langraph.models.incident import (
    Action,
    Category,
    Decision,
    Evidence,
    Incident,
    Outcome,
    Proposal,
    Signal,
    Status,
)
from langraph.models.inputs import Inputs
from langraph.models.state import State
from langraph.models.text import Text
from langraph.ports import (
    CommitRequest,
    IncidentFilter,
    Intent,
    Ledger,
    Message,
    TimelineEntry,
    Tree,
)
from langraph.texts import verifying
from langraph.texts import working as say
from langraph.verifying import gauges, rolling_out, verdict, watching
from langraph.verifying.rates import MOST_WINDOWS

SYSTEMIC_WITHIN = timedelta(minutes=1)  # a node, a network or a database takes its users down within seconds
NEIGHBOURS = 100  # incidents looked at for that
MAX_VERSIONS = 5  # proposals per incident; people who keep changing the same key want to be left alone


# --- find the cause ------------------------------------------------------------------------------------------------


async def triage(doors: Doors, state: State) -> State:
    """Take the incident on."""
    entry = TimelineEntry(doors.clock.now(), "diagnosing")
    await doors.ledger.update(state["incident_id"], status=Status.DIAGNOSING, entry=entry)
    return {"version": 1, "proposal_digest": None, "outcome": None}


async def diagnose(doors: Doors, state: State) -> State:
    """Find the root cause on evidence; `unknown` is a valid answer."""
    incident = await doors.ledger.incident(state["incident_id"])
    runbook = doors.runbooks.get(incident.runbook or "")
    readings = await measuring.ask(doors, incident, runbook)
    seen = (*await doors.ledger.evidence(incident.id), *readings)
    diagnosis = diagnosing.diagnose(incident, runbook, seen)
    entry = TimelineEntry(doors.clock.now(), "diagnosed", {"category": str(diagnosis.category)})
    await doors.ledger.update(incident.id, diagnosis=diagnosis, evidence=readings, entry=entry)
    return {}


# --- propose, ask --------------------------------------------------------------------------------------------------


async def propose(doors: Doors, state: State) -> State:
    """Make the smallest change that policy allows, or say why there is none."""
    incident = await doors.ledger.incident(state["incident_id"])
    version = state.get("version", 1)
    if version > MAX_VERSIONS:
        return _ends(Outcome(Status.NO_ACTION, doors.clock.now(), say.too_many_versions(MAX_VERSIONS)))
    stored = next((one for one in await doors.ledger.proposals(incident.id) if one.version == version), None)
    if stored is not None:  # before a crash; what git holds by now may be other bytes, and another digest
        return {"proposal_digest": stored.digest, "answer": None}
    together = await _failing_together(doors, incident)
    if len(together) >= doors.timing.systemic_apps:
        return _ends(Outcome(Status.NO_ACTION, doors.clock.now(), say.systemic(together)))
    made = await _make_proposal(doors, incident, version)
    if isinstance(made, proposing.NoProposal):
        return _ends(Outcome(Status.NO_ACTION, doors.clock.now(), made.reason))
    try:
        await doors.ledger.propose(made)
    except Conflict as error:
        return _ends(Outcome(Status.NO_ACTION, doors.clock.now(), say.claimed(error)))
    return {"proposal_digest": made.digest, "answer": None}


async def _failing_together(doors: Doors, incident: Incident) -> Sequence[str]:
    """The apps whose known faults began within a minute of this one, its own included."""
    latest, _ = await doors.ledger.incidents(IncidentFilter(), NEIGHBOURS)
    near = [one for one in latest if abs(one.opened_at - incident.opened_at) <= SYSTEMIC_WITHIN]
    return sorted({one.app for one in near if one.app is not None and one.category is not Category.UNKNOWN})


async def _make_proposal(doors: Doors, incident: Incident, version: int) -> Proposal | proposing.NoProposal:
    runbook = doors.runbooks.get(incident.runbook or "")
    try:
        known = await gathering.gather(doors, incident, runbook, version)
    except BadInput as error:
        return proposing.NoProposal(say.bad_rules(error))
    await _note_broken_lessons(doors, known)
    if runbook is None or incident.diagnosis is None:
        return proposing.NoProposal(say.unknown_fault())
    return inputs.proposal_of(known, runbook, incident.diagnosis)


async def _note_broken_lessons(doors: Doors, known: Inputs) -> None:
    """A pattern file that cannot be read teaches nothing; people see that, and why."""
    seen = [Evidence("note", told, known.at, means=say.broken_lesson()) for told in inputs.broken_lessons(known)]
    if seen:
        await doors.ledger.update(known.incident.id, evidence=seen)


async def notify(doors: Doors, state: State) -> State:
    """Tell people, through the outbox; with a proposal, they are now asked."""
    if state.get("proposal_digest") and not state.get("outcome"):
        entry = TimelineEntry(doors.clock.now(), "asked", {"digest": str(state["proposal_digest"])})
        await doors.ledger.update(state["incident_id"], status=Status.AWAITING_APPROVAL, entry=entry)
    await show(doors.ledger, state["incident_id"])
    return {}


async def show(ledger: Ledger, incident_id: str, note: Text | None = None) -> None:
    """Have the incident's one live message show what is true now. Key: the incident."""
    await ledger.tell(Message(f"incident:{incident_id}", incident_id, "incident", note=note))


def approval_request(proposal: Proposal) -> dict[str, Any]:
    """The interrupt's value in the human-in-the-loop schema that LangChain's clients render."""
    args = {change.key: change.new for change in proposal.changes}
    return {
        "proposal_digest": proposal.digest,
        "action_requests": [{"name": "apply_values", "args": args, "description": proposal.action.en}],
        "review_configs": [{"action_name": "apply_values", "allowed_decisions": ["approve", "edit", "reject"]}],
    }


def approval_answer(decision: Decision) -> dict[str, Any]:
    """A decision as the schema's answer; ours adds who it binds to."""
    kind = {Action.APPROVE: "approve", Action.MODIFY: "edit"}.get(decision.action, "reject")
    return {
        "decisions": [{"type": kind, "message": decision.comment}],
        "action": str(decision.action),
        "proposal_digest": decision.proposal_digest,
        "replaced_by": decision.replaced_by,
    }


async def take_answer(doors: Doors, state: State, answer: Mapping[str, Any]) -> State:
    """Go the way the ledger's decision says; the answer only woke us."""
    digest = str(state["proposal_digest"])
    decision = await doors.ledger.decision(digest)
    if decision is None or answer.get("proposal_digest") != digest:
        raise Conflict(f"{state['incident_id']} was resumed without a decision on proposal {digest[:12]}")
    now = doors.clock.now()
    if decision.action is Action.REJECT:
        return _ends(Outcome(Status.REJECTED, now, say.rejected(decision)))
    if decision.action is Action.EXPIRE:
        return _ends(Outcome(Status.EXPIRED, now, say.expired()))
    if decision.action is Action.MODIFY:
        replaced = str(decision.replaced_by)
        approved = await doors.ledger.decision(replaced)
        return {
            "proposal_digest": replaced,
            "version": state.get("version", 1) + 1,
            "answer": str(approved.action) if approved else None,
        }
    return {"answer": str(decision.action)}


# --- apply ---------------------------------------------------------------------------------------------------------


async def apply(doors: Doors, state: State) -> State:
    """Commit the approved change exactly once. Key: `apply:<proposal digest>`, in the ledger, in the commit.

    Raises: GitUnavailable, Halted (again later).
    """
    incident = await doors.ledger.update(state["incident_id"], status=Status.APPLYING)
    await show(doors.ledger, incident.id)
    proposal = await doors.ledger.proposal(str(state["proposal_digest"]))
    decision = await doors.ledger.decision(proposal.digest)
    if decision is None or decision.action is not Action.APPROVE:
        raise Conflict(f"proposal {proposal.digest[:12]} of {incident.id} is not approved; nothing was committed")
    intent = await doors.ledger.intend(Intent(apply_op(proposal), "apply", incident.id, doors.clock.now()))
    if intent.state == "refused":
        return await _refused(doors, state, intent, Stale(intent.result))
    commit = intent.result if intent.state == "done" else None
    if commit is None:
        try:
            commit = await _commit_change(doors, incident, proposal, decision, intent)
        except (Stale, EditRefused, PolicyDenied) as refusal:
            return await _refused(doors, state, intent, refusal)
    return await _committed(doors, incident, proposal, commit, intent.at)


def apply_op(proposal: Proposal) -> str:
    """The op id of a proposal's commit."""
    return f"apply:{proposal.digest}"


async def _commit_change(
    doors: Doors, incident: Incident, proposal: Proposal, decision: Decision, intent: Intent
) -> str:
    await refuse_if_halted(doors.ledger)
    story = await story_of(doors, incident, proposal, decision)
    history = await doors.ledger.applied_changes(intent.at - HISTORY)
    policy_file = doors.rulebook.policy_file

    def build(tree: Tree) -> Mapping[str, bytes]:
        before = {path: blob.data for path, blob in tree.items() if path != policy_file}
        policy = tree[policy_file].data if policy_file in tree else b""
        after = rebuilding.rebuild(proposal, before, policy, history, doors.clock.now())
        return {**after, **record.files(story, before, after)}

    request = CommitRequest(
        op_id=intent.op_id,
        at=intent.at,
        subject=commit_message.change_subject(story),
        body=commit_message.change_body(story),
        trailers=commit_message.trailers(story),
        reads=(*(edit.path for edit in proposal.edits), policy_file),
        build=build,
    )
    committed = await doors.git.commit(request)
    return committed.commit


async def refuse_if_halted(ledger: Ledger) -> None:
    """Raises: Halted, with the reason somebody gave."""
    reason = await ledger.halted()
    if reason is not None:
        raise Halted(f"langraph is halted ({reason}); `langraph resume` lets it commit again")


async def _refused(doors: Doors, state: State, intent: Intent, refusal: Exception) -> State:
    """The branch has moved on: this approval is void, people are asked anew about what is true now."""
    await doors.ledger.settle(intent.op_id, "refused", str(refusal))
    entry = TimelineEntry(doors.clock.now(), "stale", {"reason": str(refusal)})
    await doors.ledger.update(state["incident_id"], status=Status.DIAGNOSING, entry=entry)
    return {"commit": None, "answer": None, "version": state.get("version", 1) + 1}


async def _committed(doors: Doors, incident: Incident, proposal: Proposal, commit: str, at: datetime) -> State:
    await doors.ledger.settle(apply_op(proposal), "done", commit)
    commits = tuple(dict.fromkeys((*incident.commits, commit)))
    entry = TimelineEntry(at, "committed", {"commit": commit})
    await doors.ledger.update(incident.id, status=Status.VERIFYING, commits=commits, entry=entry)
    await show(doors.ledger, incident.id)
    return {"commit": commit, "committed_at": doors.clock.now().isoformat(), "wake_at": None, "live_at": None}


# --- verify --------------------------------------------------------------------------------------------------------


async def verify(doors: Doors, state: State) -> State:
    """One look at the service. Returns the next `wake_at`, or the outcome."""
    incident = await doors.ledger.incident(state["incident_id"])
    proposal = await doors.ledger.proposal(str(state["proposal_digest"]))
    now, window = doors.clock.now(), doors.timing.verify_window
    if not state.get("live_at"):
        return await _wait_for_rollout(doors, state, incident, proposal, now)
    live_at = datetime.fromisoformat(str(state["live_at"]))
    since = datetime.fromisoformat(str(state.get("watched_since") or live_at.isoformat()))
    over = verdict.windows_over(since, now, window)
    until = since + over * window
    if over < 1:
        return await _sleep_until(doors, incident.id, since + window)
    if over <= MOST_WINDOWS and not await watching.logs_read_until(doors, incident, until):
        return await _sleep_until(doors, incident.id, verdict.next_look(now, window))
    watch = watching.Watch(incident, proposal, live_at, since, until, last_look=over >= MOST_WINDOWS)
    return await _look(doors, state, watch, now)


async def _look(doors: Doors, state: State, watch: watching.Watch, now: datetime) -> State:
    """What is seen in the watch: an outcome, or when to look again."""
    committed_at, window = datetime.fromisoformat(str(state["committed_at"])), doors.timing.verify_window
    away = bool(state.get("away")) or await gauges.is_away(doors)
    findings = await watching.look(doors, watch, committed_at)
    if verdict.only_an_alert_lingers(findings) and now < watch.live_at + window + verdict.ALERT_LINGERS:
        return {**await _sleep_until(doors, watch.incident.id, verdict.next_look(now, window)), "away": away}
    if verdict.may_settle(findings) and not watch.last_look:
        return {**await _sleep_until(doors, watch.incident.id, watch.until + window), "away": away}
    back = await rolling_out.taken_back(doors, watch.proposal)
    signals = [found.signal for found in findings]
    outcome = verdict.taken_back(signals, now, back) if back else verdict.of(signals, now)
    gives_up_at = committed_at + doors.timing.rollout_timeout + MOST_WINDOWS * window
    if outcome.status is Status.INCONCLUSIVE and away and back is None and now < gives_up_at:
        # Prometheus being away delays, it decides nothing.
        anew = await _sleep_until(doors, watch.incident.id, now + window)
        return {**anew, "watched_since": now.isoformat(), "away": False}
    return _ends(outcome)


async def _sleep_until(doors: Doors, incident_id: str, at: datetime) -> State:
    await doors.ledger.update(incident_id, wake_at=at)
    return {"wake_at": at.isoformat()}


async def _wait_for_rollout(doors: Doors, state: State, incident: Incident, proposal: Proposal, now: datetime) -> State:
    """Until the new value is in force where it can be seen; where nothing can tell, until a rollout would be over."""
    committed_at, window = datetime.fromisoformat(str(state["committed_at"])), doors.timing.verify_window
    waited = now - committed_at
    live = await rolling_out.is_live(doors, incident, proposal, committed_at)
    seen = live is not None or bool(state.get("live_known"))
    if live or (not seen and waited >= window / 2):
        entry = TimelineEntry(now, "live", {"commit": str(state.get("commit"))})
        if live:
            await doors.ledger.update(incident.id, entry=entry)
        next_state = await _sleep_until(doors, incident.id, now + window)
        return {**next_state, "live_at": now.isoformat(), "live_known": bool(live)}
    if waited >= doors.timing.rollout_timeout:
        return _ends(await _never_live(doors, incident, proposal, committed_at))
    if live is False and waited >= window:
        await _tell_not_applied(doors, incident.id, str(state.get("commit")), waited)
    next_state = await _sleep_until(doors, incident.id, verdict.next_look(now, window))
    return {**next_state, "live_known": seen}


async def _never_live(doors: Doors, incident: Incident, proposal: Proposal, committed_at: datetime) -> Outcome:
    now, timeout = doors.clock.now(), doors.timing.rollout_timeout
    back = await rolling_out.taken_back(doors, proposal)
    if back is not None:
        return verdict.taken_back((), now, back)
    stuck = await rolling_out.stuck(doors, incident, proposal, committed_at)
    return verdict.stuck(now, stuck, timeout) if stuck else verdict.never_live(now, timeout)


async def _tell_not_applied(doors: Doors, incident_id: str, commit: str, waited: timedelta) -> None:
    """Committed but not applied is a state of its own; people are told of it once. Key: the commit."""
    entry = TimelineEntry(doors.clock.now(), "not_applied_yet", {"commit": commit})
    if any((one.what, one.detail) == (entry.what, entry.detail) for one in await doors.ledger.timeline(incident_id)):
        return
    note = verifying.not_applied_yet(incident_id, commit, waited, doors.timing.rollout_timeout)
    await doors.ledger.tell(Message(f"not_applied:{commit}", incident_id, "notice", note=note))
    await doors.ledger.update(incident_id, entry=entry)
    await show(doors.ledger, incident_id)


# --- end -----------------------------------------------------------------------------------------------------------


def _ends(outcome: Outcome) -> State:
    """How the incident ends, as state for `record`."""
    return {
        "outcome": {
            "status": str(outcome.status),
            "en": outcome.reason.en,
            "ko": outcome.reason.ko,
            "signals": [
                {
                    "name": signal.name,
                    "before": signal.before,
                    "after": signal.after,
                    "healthy": signal.healthy,
                    "en": signal.means.en,
                    "ko": signal.means.ko,
                }
                for signal in outcome.signals
            ],
        }
    }


def outcome_of(state: State, at: datetime) -> Outcome:
    """The outcome that `_ends` put into the state."""
    told = state.get("outcome") or {}
    signals = tuple(
        Signal(s["name"], s["before"], s["after"], s["healthy"], Text(s["en"], s["ko"]))
        for s in told.get("signals", ())
    )
    return Outcome(Status(told["status"]), at, Text(told["en"], told["ko"]), signals)


async def record_outcome(doors: Doors, state: State) -> State:
    """Write the ending into git, then close. Key: `record:<incident>`, in the ledger, in the commit."""
    await finish(doors, state["incident_id"], outcome_of(state, doors.clock.now()))
    return {}


async def finish(doors: Doors, incident_id: str, outcome: Outcome) -> None:
    """Record and close an incident, whatever it ended with.

    Raises: GitUnavailable, Halted (again later).
    """
    incident = await doors.ledger.incident(incident_id)
    if not incident.is_open:
        return
    await doors.ledger.update(incident_id, entry=TimelineEntry(outcome.at, str(outcome.status)))
    intent = await doors.ledger.intend(Intent(f"record:{incident_id}", "record", incident_id, outcome.at))
    outcome = replace(outcome, at=intent.at)
    if intent.state != "done":
        commit = await _commit_record(doors, incident, outcome, intent)
        await doors.ledger.settle(intent.op_id, "done", commit)
    await doors.ledger.close(incident_id, outcome)
    await show(doors.ledger, incident_id)


async def _commit_record(doors: Doors, incident: Incident, outcome: Outcome, intent: Intent) -> str:
    await refuse_if_halted(doors.ledger)
    proposal = decision = None
    if incident.proposal_digest is not None:
        proposal = await doors.ledger.proposal(incident.proposal_digest)
        decision = await doors.ledger.decision(proposal.digest)
    story = replace(await story_of(doors, incident, proposal, decision), outcome=outcome)
    complaints = await doors.ledger.complaints(incident.id)
    request = CommitRequest(
        op_id=intent.op_id,
        at=intent.at,
        subject=commit_message.outcome_subject(story),
        body=commit_message.outcome_body(story),
        trailers=commit_message.trailers(story),
        reads=(),
        build=lambda _tree: {**record.files(story, {}, {}), **_complaint(story, complaints)},
    )
    return (await doors.git.commit(request)).commit


def _complaint(story: record.Story, complaints: Sequence[NegativeFeedback]) -> Mapping[str, bytes]:
    """A verification that failed is negative feedback, unless a person has said more already."""
    outcome, proposal = story.outcome, story.proposal
    if outcome is None or outcome.status is not Status.NOT_RECOVERED or proposal is None or complaints:
        return {}
    said = NegativeFeedback(
        incident_id=story.incident.id,
        by=OBSERVER,
        at=outcome.at,
        reason=outcome.reason.in_locale(story.locale),
        original_action=record.action_of(proposal),
        expected_result="",
    )
    return {record.negative_path(story.incident.id): record.negative_file(said)}


async def story_of(
    doors: Doors, incident: Incident, proposal: Proposal | None, decision: Decision | None
) -> record.Story:
    """The incident as its record tells it, without an end yet."""
    return record.Story(
        incident=incident,
        proposal=proposal,
        decision=decision,
        evidence=tuple(await doors.ledger.evidence(incident.id)),
        timeline=tuple(await doors.ledger.timeline(incident.id)),
        outcome=None,
        locale=doors.locale,
        earlier=await _earlier(doors.ledger, incident, proposal),
        remarks=tuple(await doors.ledger.remarks(incident.id)),
        inputs=await doors.ledger.inputs(incident.id),
    )


async def _earlier(ledger: Ledger, incident: Incident, proposal: Proposal | None) -> tuple[record.Asked, ...]:
    """The proposals before the present one, with what was said to them."""
    known = [one for one in await ledger.proposals(incident.id) if proposal is None or one.version < proposal.version]
    return tuple([record.Asked(one, await ledger.decision(one.digest)) for one in known])
