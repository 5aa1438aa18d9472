"""The nouns of an incident as answers, in the reader's language."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from api.loose import plain, speakable
from api.schemas import (
    BlastAnswer,
    ChangeAnswer,
    DecisionAnswer,
    EvidenceAnswer,
    IncidentAnswer,
    IncidentItem,
    OutcomeAnswer,
    ProposalAnswer,
    SignalAnswer,
    StatusAnswer,
    TimelineAnswer,
)
from langraph.models.incident import Decision, Evidence, Incident, Outcome, Proposal, Signal, ValueChange
from langraph.ports import TimelineEntry


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the ledger knows of one incident."""

    incident: Incident
    proposal: Proposal | None
    decision: Decision | None
    evidence: Sequence[Evidence]
    timeline: Sequence[TimelineEntry]


def incident_item(incident: Incident, locale: str) -> IncidentItem:
    """A line of the list."""
    cause = incident.diagnosis.root_cause if incident.diagnosis else None
    return IncidentItem(
        id=incident.id,
        status=incident.status,
        open=incident.is_open,
        severity=incident.severity,
        category=incident.category,
        app=incident.app,
        namespace=incident.namespace,
        root_cause=speakable(cause.in_locale(locale)) if cause else None,
        count=incident.count,
        refires=incident.refires,
        source=incident.source,
        opened_at=incident.opened_at,
        last_seen_at=incident.last_seen_at,
        closed_at=incident.closed_at,
        proposal_digest=incident.proposal_digest,
        known_from="ledger",
    )


def incident_answer(known: Dossier, locale: str) -> IncidentAnswer:
    """Everything."""
    incident, diagnosis = known.incident, known.incident.diagnosis
    return IncidentAnswer(
        **incident_item(incident, locale).model_dump(),
        runbook=incident.runbook,
        first_line=speakable(incident.first_line),
        labels={speakable(name): speakable(value) for name, value in incident.labels.items()},
        facts={speakable(name): speakable(value) for name, value in incident.facts.items()},
        wake_at=incident.wake_at,
        attempts=incident.attempts,
        advice=[speakable(advice.in_locale(locale)) for advice in diagnosis.advice] if diagnosis else [],
        ruled_out=[speakable(cause.in_locale(locale)) for cause in diagnosis.ruled_out] if diagnosis else [],
        proposal=proposal_answer(known.proposal, locale) if known.proposal else None,
        decision=decision_answer(known.decision) if known.decision else None,
        outcome=_outcome(incident.outcome, locale) if incident.outcome else None,
        evidence=[_evidence(seen, locale) for seen in known.evidence],
        timeline=[_timeline(entry) for entry in known.timeline],
        commits=list(incident.commits),
    )


def status_answer(incident: Incident, timeline: Sequence[TimelineEntry]) -> StatusAnswer:
    """Where it is now."""
    return StatusAnswer(
        id=incident.id,
        status=incident.status,
        open=incident.is_open,
        wake_at=incident.wake_at,
        proposal_digest=incident.proposal_digest,
        updated=max([incident.last_seen_at, *(entry.at for entry in timeline)]),
    )


def proposal_answer(proposal: Proposal, locale: str) -> ProposalAnswer:
    """What we would change, why, what that touches."""
    blast = proposal.blast
    return ProposalAnswer(
        digest=proposal.digest,
        version=proposal.version,
        action=speakable(proposal.action.in_locale(locale)),
        explanation=speakable(proposal.explanation.in_locale(locale)),
        changes=[_change(change) for change in proposal.changes],
        options=[_change(option) for option in proposal.options],
        diff=speakable(proposal.diff),
        revert_diff=speakable(proposal.revert_diff),
        blast=BlastAnswer(
            files=list(blast.files),
            apps=list(blast.apps),
            restarts_pods=blast.restarts_pods,
            weakens_guardrail=blast.weakens_guardrail,
        ),
        created_at=proposal.created_at,
        expires_at=proposal.expires_at,
    )


def decision_answer(decision: Decision) -> DecisionAnswer:
    """Who decided what."""
    return DecisionAnswer(
        incident_id=decision.incident_id,
        proposal_digest=decision.proposal_digest,
        action=decision.action,
        by=decision.by.id,
        name=speakable(decision.by.name),
        at=decision.at,
        comment=speakable(decision.comment),
        auto_revert=decision.auto_revert,
        replaced_by=decision.replaced_by,
    )


def _change(change: ValueChange) -> ChangeAnswer:
    return ChangeAnswer(
        key=speakable(change.key),
        file=change.file,
        doc=change.doc,
        path=speakable(change.dotted),
        op=change.op,
        old=plain(change.old),
        new=plain(change.new),
    )


def _outcome(outcome: Outcome, locale: str) -> OutcomeAnswer:
    return OutcomeAnswer(
        status=outcome.status,
        at=outcome.at,
        reason=speakable(outcome.reason.in_locale(locale)),
        signals=[_signal(signal, locale) for signal in outcome.signals],
    )


def _signal(signal: Signal, locale: str) -> SignalAnswer:
    return SignalAnswer(
        name=signal.name,
        before=_finite(signal.before),
        after=_finite(signal.after),
        healthy=signal.healthy,
        means=speakable(signal.means.in_locale(locale)),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _evidence(seen: Evidence, locale: str) -> EvidenceAnswer:
    return EvidenceAnswer(
        kind=seen.kind,
        text=speakable(seen.text),
        at=seen.at,
        value=speakable(seen.value) if seen.value is not None else None,
        means=speakable(seen.means.in_locale(locale)) if seen.means else None,
        supports=seen.supports,
        course=[value for value in seen.course if math.isfinite(value)],
    )


def _timeline(entry: TimelineEntry) -> TimelineAnswer:
    detail = {speakable(name): speakable(value) for name, value in entry.detail.items()}
    return TimelineAnswer(at=entry.at, what=entry.what, detail=detail)
