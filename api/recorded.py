"""An incident as git remembers it, as answers. Ours when written, but people may have edited it since."""

import json
import re
from collections.abc import Sequence
from datetime import datetime

from api.loose import Loose
from api.schemas import (
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
from langraph.errors import EditRefused
from langraph.models.incident import Action, Category, Severity, Status
from langraph.ports import GitStore, IncidentFilter, RecordedIncident
from langraph.record import FOLDER

_EVIDENCE = re.compile(r"(?P<at>\S+) (?P<kind>[a-z]+) (?P<text>.*?)(?: => (?P<value>.*))?")


def fits(record: RecordedIncident, where: IncidentFilter) -> bool:
    """Whether a filter lets it through, by what the record says."""
    said = Loose(record.metadata)
    status = said.word("status", Status)
    wanted = (
        (where.status, status),
        (where.app, said.text("app")),
        (where.category, said.word("category", Category)),
        (where.severity, said.word("severity", Severity)),
    )
    if where.open_only and (status is None or not status.is_open):
        return False
    return all(asked is None or asked == found for asked, found in wanted)


def recorded_item(record: RecordedIncident, locale: str) -> IncidentItem:
    """A line of the list."""
    said = Loose(record.metadata)
    status = said.word("status", Status)
    return IncidentItem(
        id=record.id,
        status=status,
        open=status is not None and status.is_open,
        severity=said.word("severity", Severity),
        category=said.word("category", Category),
        app=said.text("app"),
        namespace=said.text("namespace"),
        root_cause=said.said("root_cause", locale),
        count=said.whole("count"),
        refires=said.whole("refires"),
        source=said.text("source"),
        opened_at=said.when("opened_at"),
        last_seen_at=said.when("last_seen_at"),
        closed_at=said.when("closed_at"),
        proposal_digest=said.inside("proposal").text("digest"),
        known_from="git",
    )


def recorded_status(record: RecordedIncident) -> StatusAnswer:
    """Where it was when the record was written."""
    said = Loose(record.metadata)
    item = recorded_item(record, "en")
    return StatusAnswer(
        id=item.id,
        status=item.status,
        open=item.open,
        wake_at=None,
        proposal_digest=item.proposal_digest,
        updated=said.when("closed_at") or said.when("last_seen_at"),
    )


async def recorded_incident(git: GitStore, record: RecordedIncident, locale: str) -> IncidentAnswer:
    """Everything that the incident's folder says.

    Raises: GitUnavailable.
    """
    said = Loose(record.metadata)
    diff = await _file(git, record, "changes.diff")
    advice = [text for one in said.each("advice") if (text := one.text(locale) or one.text("en"))]
    return IncidentAnswer(
        **recorded_item(record, locale).model_dump(),
        runbook=said.text("runbook"),
        first_line=said.text("first_line"),
        labels=said.mapping("labels"),
        facts=said.mapping("facts"),
        wake_at=None,
        attempts=0,
        advice=advice,
        ruled_out=[],
        proposal=_proposal(said.inside("proposal"), diff, locale),
        decision=_decision(said.inside("decision"), record.id),
        outcome=_outcome(said.inside("outcome"), locale),
        evidence=_evidence(await _file(git, record, "evidence.log")),
        timeline=_timeline(await _file(git, record, "timeline.jsonl")),
        commits=said.texts("commits"),
    )


async def _file(git: GitStore, record: RecordedIncident, name: str) -> str:
    """A file of the incident's folder; empty when there is none to be read."""
    try:
        blob = await git.read(f"{FOLDER}/{record.id}/{name}", record.commit)
    except EditRefused:  # a link in place of the file
        return ""
    return blob.data.decode("utf-8", "replace") if blob else ""


def _proposal(said: Loose, diff: str, locale: str) -> ProposalAnswer | None:
    digest, version = said.text("digest"), said.whole("version")
    if digest is None or version is None:
        return None
    return ProposalAnswer(
        digest=digest,
        version=version,
        action=said.said("action", locale) or "",
        explanation=None,
        changes=[_change(change) for change in said.each("changes")],
        diff=diff,
        revert_diff=None,
        blast=None,
        created_at=None,
        expires_at=None,
    )


def _change(said: Loose) -> ChangeAnswer:
    file, doc, path = said.text("file") or "", said.whole("doc") or 0, said.text("path") or ""
    return ChangeAnswer(
        key=f"{file}#{doc}:{path}",
        file=file,
        doc=doc,
        path=path,
        op=said.text("op") or "set",
        old=said.scalar("old"),
        new=said.scalar("new"),
    )


def _decision(said: Loose, incident_id: str) -> DecisionAnswer | None:
    action, by = said.word("action", Action), said.text("by")
    if action is None or by is None:
        return None
    return DecisionAnswer(
        incident_id=incident_id,
        proposal_digest=said.text("proposal_digest") or "",
        action=action,
        by=by,
        name=said.text("name") or by,
        at=said.when("at"),
        comment=said.text("comment") or "",
        auto_revert=said.flag("auto_revert") or False,
        replaced_by=said.text("replaced_by"),
    )


def _outcome(said: Loose, locale: str) -> OutcomeAnswer | None:
    if not said:
        return None
    return OutcomeAnswer(
        status=said.word("status", Status),
        at=said.when("at"),
        reason=said.said("reason", locale),
        signals=[_signal(signal, locale) for signal in said.each("signals")],
    )


def _signal(said: Loose, locale: str) -> SignalAnswer:
    return SignalAnswer(
        name=said.text("name") or "",
        before=said.number("before"),
        after=said.number("after"),
        healthy=said.flag("healthy"),
        means=said.said("means", locale),
    )


def _evidence(log: str) -> list[EvidenceAnswer]:
    """`evidence.log`: time, kind, text, and the answer where the text is a query."""
    found = (_EVIDENCE.fullmatch(line) for line in log.split("\n"))
    return [
        EvidenceAnswer(
            kind=match["kind"],
            text=match["text"],
            at=_time(match["at"]),
            value=match["value"],
            means=None,
            supports=None,
        )
        for match in found
        if match
    ]


def _time(text: str) -> datetime | None:
    return Loose({"at": text}).when("at")


def _timeline(lines: str) -> list[TimelineAnswer]:
    entries = (Loose(_json(line)) for line in lines.split("\n"))
    own = frozenset({"at", "what"})
    return [
        TimelineAnswer(at=entry.when("at"), what=entry.text("what") or "", detail=entry.strings(without=own))
        for entry in entries
        if entry
    ]


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def newest_first(records: Sequence[RecordedIncident]) -> list[RecordedIncident]:
    """By the time in the id."""
    return sorted(records, key=lambda record: record.id, reverse=True)
