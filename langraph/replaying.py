"""Diagnoses and proposes a recorded incident again, with today's rules, from what was known then. Pure, offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from langraph import inputs as given
from langraph.diagnosing import diagnose
from langraph.errors import BadInput
from langraph.models.incident import Alert, LogEvent, Occurrence
from langraph.models.inputs import Inputs
from langraph.models.runbook import Runbook
from langraph.proposing import NoProposal
from langraph.recognise import Recogniser
from langraph.record import change_line, recorded_lines
from langraph.texts import working as say

RECORD = "metadata.json"
INPUTS = "inputs.json"
NO_KEY = bytes(16)
"""A replayed line is counted nowhere."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was made of an incident."""

    category: str
    runbook: str | None
    app: str | None
    root_cause: str
    """In English."""
    changes: tuple[str, ...]
    """`<path> <old> -> <new>`; empty: nothing was proposed."""
    why_none: str = ""
    """Why nothing was; told, not compared."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Then and now."""

    incident_id: str
    then: Finding
    now: Finding

    @property
    def differences(self) -> Sequence[tuple[str, str, str]]:
        """(what, then, now) for all that would be different today."""
        return [
            (name, _shown(getattr(self.then, name)), _shown(getattr(self.now, name)))
            for name in ("category", "runbook", "app", "root_cause", "changes")
            if getattr(self.then, name) != getattr(self.now, name)
        ]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(value) or "nothing"
    return "unknown" if value is None else str(value)


def replay(
    metadata: Mapping[str, object], content: object, recogniser: Recogniser, runbooks: Mapping[str, Runbook]
) -> Replay:
    """A recorded incident, once more.

    Args:
        metadata: its `metadata.json`.
        content: its `inputs.json`.
        recogniser, runbooks: today's.

    Raises:
        BadInput: the record cannot be read.
    """
    known = given.from_plain(content)
    return Replay(known.incident.id, _then(metadata, known), _now(known, recogniser, runbooks))


# --- then ----------------------------------------------------------------------------------------------------------


def _then(metadata: Mapping[str, object], known: Inputs) -> Finding:
    """What the record says of the version that these inputs were for; later ones carry people's own values."""
    cause = metadata.get("root_cause")
    return Finding(
        category=str(metadata.get("category")),
        runbook=_text(metadata.get("runbook")),
        app=_text(metadata.get("app")),
        root_cause=str(cause.get("en")) if isinstance(cause, Mapping) else "",
        changes=_changes(metadata, known.version),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _changes(metadata: Mapping[str, object], version: int) -> tuple[str, ...]:
    earlier = metadata.get("earlier_proposals")
    for proposal in (metadata.get("proposal"), *(earlier if isinstance(earlier, list) else ())):
        if isinstance(proposal, Mapping) and proposal.get("version") == version:
            return recorded_lines(proposal)
    return ()


# --- now -----------------------------------------------------------------------------------------------------------


def _now(known: Inputs, recogniser: Recogniser, runbooks: Mapping[str, Runbook]) -> Finding:
    seen = _recognised(known, recogniser)
    incident = known.incident
    if seen is not None:
        incident = replace(incident, category=seen.category, runbook=seen.runbook, app=seen.app)
    runbook = runbooks.get(incident.runbook or "")
    diagnosis = diagnose(incident, runbook, known.evidence)
    finding = Finding(str(diagnosis.category), diagnosis.runbook, incident.app, diagnosis.root_cause.en, ())
    if runbook is None:
        return replace(finding, why_none=say.unknown_fault().en)
    try:
        made = given.proposal_of(replace(known, incident=replace(incident, diagnosis=diagnosis)), runbook, diagnosis)
    except BadInput as error:
        return replace(finding, why_none=say.bad_rules(error).en)
    if isinstance(made, NoProposal):
        return replace(finding, why_none=made.reason.en)
    return replace(finding, changes=tuple(change_line(change) for change in made.changes))


def _recognised(known: Inputs, recogniser: Recogniser) -> Occurrence | None:
    """The first line as today's runbooks read it."""
    incident = known.incident
    if incident.facts.get("alert") is not None:
        alert = Alert(incident.facts["alert"], True, incident.labels, {}, known.at, incident.source)
        return recogniser.alert(alert, NO_KEY)
    event = LogEvent(incident.first_line, 0, incident.source, incident.labels)
    return recogniser.event(event, NO_KEY, asked=True)
