"""One incident as a page shows it: what is wrong, what would change, who said what, how it ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from api.counter import Counter
from api.loose import Loose
from api.pages import diffs, workflow_picture
from api.pages.charts import spark
from api.pages.forge import Forge
from api.pages.frame import Viewer
from api.pages.marking import learn, marked
from api.recorded import recorded_incident
from api.schemas import EvidenceAnswer, IncidentAnswer, TimelineAnswer
from api.views import Dossier, incident_answer
from langraph import policy
from langraph.errors import NotFound
from langraph.excerpt import excerpt
from langraph.models.incident import Incident, Status
from langraph.models.text import Text
from langraph.record import FOLDER
from langraph.texts import page as say
from langraph.texts import policy as say_policy
from langraph.texts.page_timeline import happened

MIN_POINTS = 3  # fewer are no course
EVIDENCE_SHOWN = 60  # pieces of evidence on the page; the record has all of them
BARS = 48  # in the chart of occurrences
SLOT_SECONDS = 10  # what the ledger counts in; a bar is a whole number of them


@dataclass(frozen=True, slots=True)
class Known:
    """An incident, and whence we know it."""

    answer: IncidentAnswer
    dossier: Dossier | None
    """None: only git remembers it."""
    record_commit: str | None
    """The commit whose tree holds its record; None while it has none."""
    negative: Mapping[str, object] | None = None
    """Negative feedback in the record, where only git remembers the incident."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of evidence."""

    kind: Text
    before: str
    match: str
    after: str
    value: str | None
    is_query: bool
    means: str | None
    supports: bool | None
    at: datetime | None
    course: Markup | None = None
    """A query's answers over the hour before, as a small picture."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    at: datetime | None
    what: Text
    detail: str
    commit: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said about an incident."""

    by: str
    at: datetime | None
    text: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Link:
    """A commit or file, and where it can be looked at; no address where there is no forge."""

    label: str
    address: str | None


async def known(counter: Counter, incident_id: str, locale: str) -> Known:
    """Everything about one incident: from the ledger, from git where the ledger does not know it.

    Raises: NotFound; GitUnavailable, as then nobody can tell.
    """
    try:
        incident = await counter.ledger.incident(incident_id)
    except NotFound:
        for record in await counter.git.recorded():
            if record.id == incident_id:
                answer = await recorded_incident(counter.git, record, locale)
                return Known(answer, None, record.commit, record.negative)
        raise
    dossier = await _dossier(counter, incident)
    return Known(incident_answer(dossier, locale), dossier, incident.commits[-1] if incident.commits else None)


async def _dossier(counter: Counter, incident: Incident) -> Dossier:
    ledger, digest = counter.ledger, incident.proposal_digest
    return Dossier(
        incident,
        await ledger.proposal(digest) if digest else None,
        await ledger.decision(digest) if digest else None,
        await ledger.evidence(incident.id),
        await ledger.timeline(incident.id),
    )


async def story(counter: Counter, found: Known, viewer: Viewer, forge: Forge | None) -> dict[str, object]:
    """What `incident.html` speaks of."""
    answer, locale = found.answer, viewer.locale
    await asyncio.to_thread(learn)
    often, often_words = await _often(counter, found, locale)
    asked = is_asked(found, counter.clock.now())
    where = workflow_picture.progress(answer.status, (entry.what for entry in answer.timeline))
    proposal = answer.proposal
    return {
        "incident": answer,
        "headline": excerpt(answer.first_line) if answer.first_line else "",
        "asked": asked,
        "may": may(found, viewer),
        "why_not": why_not(found, viewer),
        "deciders": _deciders(found, viewer),
        "can_revert": can_revert(found),
        "diff": diffs.show(proposal.diff) if proposal and proposal.diff else None,
        "undo": diffs.show(proposal.revert_diff) if proposal and proposal.revert_diff else None,
        "evidence": [
            _seen(one, answer.runbook, number, locale) for number, one in enumerate(answer.evidence[:EVIDENCE_SHOWN])
        ],
        "evidence_left": max(0, len(answer.evidence) - EVIDENCE_SHOWN),
        "words": await _words(counter, found),
        "steps": [_step(entry, forge, locale) for entry in answer.timeline],
        "commits": [Link(one[:12], forge.commit(one) if forge else None) for one in dict.fromkeys(answer.commits)],
        "records": _records(found, forge),
        "picture": workflow_picture.draw(where, locale),
        "picture_words": workflow_picture.spoken(where, locale),
        "often": often,
        "often_words": often_words,
    }


# --- who may do what -----------------------------------------------------------------------------------------------


def is_asked(found: Known, now: datetime) -> bool:
    """Whether a decision is possible now."""
    dossier = found.dossier
    return (
        dossier is not None
        and dossier.incident.status is Status.AWAITING_APPROVAL
        and dossier.proposal is not None
        and dossier.decision is None
        and now < dossier.proposal.expires_at
    )


def may(found: Known, viewer: Viewer) -> bool:
    """Whether this person may say something about this proposal: at least reject it."""
    files = _files(found)
    return isinstance(viewer.may_decide_about(files), policy.Allow)


def why_not(found: Known, viewer: Viewer) -> Text | None:
    """Why this person may not approve, in one sentence; None when they may."""
    verdict = viewer.may_decide_about(_files(found), weakens=_weakens(found))
    if verdict is None:
        return say.NOT_ALLOWED if viewer.rules is not None else say_policy.empty()
    return verdict.reason if isinstance(verdict, policy.Deny) else None


def _files(found: Known) -> tuple[str, ...]:
    proposal = found.answer.proposal
    return tuple(dict.fromkeys(change.file for change in proposal.options or proposal.changes)) if proposal else ()


def _weakens(found: Known) -> bool:
    proposal = found.answer.proposal
    return bool(proposal and proposal.blast and proposal.blast.weakens_guardrail)


def _deciders(found: Known, viewer: Viewer) -> tuple[str, ...]:
    """Who may approve this, by id; to be read only by those who may decide themselves."""
    if viewer.rules is None or not viewer.may_decide:
        return ()
    rules = viewer.rules
    if _weakens(found):
        return rules.policy.stronger
    narrowed = rules.catalogue.approvers_of(_files(found))
    allowed = [one for one in rules.policy.approvers if narrowed is None or one in narrowed]
    return tuple(dict.fromkeys([*allowed, *rules.policy.stronger]))


def can_revert(found: Known) -> bool:
    """Whether a committed change is there that did not demonstrably help, and nobody has tried to take it back."""
    answer = found.answer
    names = {entry.what for entry in answer.timeline}
    return (
        found.dossier is not None
        and answer.status in (Status.NOT_RECOVERED, Status.INCONCLUSIVE)
        and "committed" in names
        and not names & {"reverted", "revert_asked", "not_reverted"}
    )


# --- the parts -----------------------------------------------------------------------------------------------------


async def _words(counter: Counter, found: Known) -> list[Word]:
    """Remarks and negative feedback, in their order."""
    ledger, incident_id = counter.ledger, found.answer.id
    remarks = await ledger.remarks(incident_id) if found.dossier is not None else ()
    words = [Word(one.by.name, one.at, one.user_recognition, one.user_approved_action) for one in remarks]
    complaints = await ledger.complaints(incident_id)
    words += [Word(one.by.name, one.at, one.reason, one.expected_result) for one in complaints]
    recorded = Loose(found.negative)
    if recorded and not complaints:
        reason, wanted = recorded.text("reason") or "", recorded.text("expected_result") or ""
        words.append(Word("", recorded.when("timestamp"), reason, wanted))
    return words


def _seen(one: EvidenceAnswer, runbook: str | None, number: int, locale: str) -> Seen:
    is_line = one.kind == "line"
    before, match, after = marked(one.text, runbook) if is_line else (one.text, "", "")
    kind = say.KINDS.get(one.kind, Text(one.kind, one.kind))
    course = _course(one, number, locale)
    return Seen(kind, before, match, after, one.value, one.kind == "query", one.means, one.supports, one.at, course)


def _course(one: EvidenceAnswer, number: int, locale: str) -> Markup | None:
    if len(one.course) < MIN_POINTS:
        return None
    says = say.course_says(len(one.course), min(one.course), max(one.course), one.value or "").in_locale(locale)
    return spark(one.course, says, f"course-{number}")


def _step(entry: TimelineAnswer, forge: Forge | None, locale: str) -> Step:
    detail = entry.detail
    commit = detail.get("commit", "")
    return Step(
        entry.at,
        happened(entry.what, detail),
        _detail(entry, locale),
        commit[:12],
        forge.commit(commit) if forge and commit else None,
    )


_SHOWN = ("by", "category", "version", "alert", "reason", "source", "why")


def _detail(entry: TimelineAnswer, locale: str) -> str:
    """What is worth a line: who, which, why; no digests, which are in the record."""
    said = {name: entry.detail.get(f"{name}_{locale}") or entry.detail.get(name) for name in _SHOWN}
    return " · ".join(text for text in said.values() if text)[:500]


def _records(found: Known, forge: Forge | None) -> list[Link]:
    """The folder in git, and the same as JSON from here."""
    incident_id, commit = found.answer.id, found.record_commit
    links = [Link("JSON", f"/api/incidents/{incident_id}")]
    folder = f"{FOLDER}/{incident_id}"
    if commit is not None:
        links.append(Link(f"{folder}/", forge.folder(folder, commit) if forge else None))
    return links


async def _often(counter: Counter, found: Known, locale: str) -> tuple[Markup | None, str]:
    """How often it was seen over its life, as a picture and in words; no picture where only git remembers it."""
    if found.dossier is None:
        return None, ""
    incident, now = found.dossier.incident, counter.clock.now()
    start = incident.opened_at.replace(second=0, microsecond=0)
    end = max(incident.last_seen_at, min(incident.closed_at or now, now))
    slots = max(1, -(-int((end - start).total_seconds() + 1) // (BARS * SLOT_SECONDS)))
    width = timedelta(seconds=slots * SLOT_SECONDS)
    until_end = start + BARS * width
    counts = [0] * BARS
    for slot in await counter.ledger.occurrences_between(incident.id, start, until_end):
        counts[int((slot.at - start) / width)] += slot.count
    if not any(counts):
        return None, ""
    since, until = (f"{at:%Y-%m-%d %H:%M}" for at in (start, end))  # the last bars may not have happened yet
    says = say.often_says(sum(counts), since, until).in_locale(locale)
    return spark(counts, says, "often"), says
