"""What a text or a stream shows, from the fault to the change that would mend it, without changing anything. Pure."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from langraph import diagnosing
from langraph.affected import affected
from langraph.affected.kubectl_output import labels_of_command, labels_of_description, labels_of_row
from langraph.catalogue import Catalogue as Apps
from langraph.helm_values import format_path
from langraph.models.incident import (
    Alert,
    Category,
    Diagnosis,
    Evidence,
    Incident,
    LogEvent,
    Occurrence,
    Proposal,
    Status,
    incident_id,
)
from langraph.models.runbook import Runbook
from langraph.pasted_alert import OVER, alerts_in
from langraph.pasted_samples import compared
from langraph.policy import Policy
from langraph.ports import LogPage
from langraph.proposing import NoProposal, paths_to_read, propose
from langraph.ranking import Ranked, downstream_share, rank
from langraph.recognise import EPOCH, Recogniser
from langraph.runbooks.catalogue import Catalogue
from langraph.runbooks.matcher import Page
from langraph.runbooks.scanner import Kept
from langraph.stepping import Files
from langraph.texts import analysing as say
from langraph.texts import working

MAX_EVIDENCE = 3  # lines of the root cause that are shown; more of the same convinces nobody
MAX_EVIDENCE_CHARS = 2_000  # of each; a stack trace down to its first cause
MAX_EVENT_CHARS = 256 * 1024  # joined lines; as long as the longest line that Loki takes by default
MAX_KNOWN = 1_000  # proposals remembered, of some 20 kB each
EXPIRES_IN = timedelta(hours=24)  # nobody is asked here, so this proposal only needs some end

_CONTINUES = re.compile(
    r"\s+\S|Caused by: |Suppressed: |\.\.\. \d+ (?:more|common)|During handling of the above exception"
    r"|The above exception was the direct cause|Traceback \(most recent call last\)"
)
_TRACEBACK = "Traceback (most recent call last)"
_THROWN = re.compile(r"(?:[a-z_][\w$]*\.){1,12}[A-Z][\w$]*(?:Exception|Error|Throwable|Failure)(?::|$)")
"""How the JVM begins a stack trace: on a line of its own below the message it was logged with."""


@dataclass(frozen=True, slots=True)
class Values:
    """The team's values files and its rules, as far as they are known."""

    files: Files = field(default_factory=dict)
    """By path in the repository."""
    apps: Apps = field(default_factory=Apps)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found. All empty: nothing in the text shows a fault."""

    ranked: tuple[Ranked, ...] = ()
    """Candidates for the root cause, likeliest first."""
    diagnosis: Diagnosis | None = None
    runbook: Runbook | None = None
    proposed: Proposal | NoProposal | None = None


class _Faults(Recogniser):
    """A recogniser that names every known fault of an event, not only the likeliest."""

    def all_of(self, event: LogEvent, key: bytes) -> list[Occurrence]:
        """Likeliest root cause first: the innermost cause, then the runbook's rank."""
        hits = self._matcher.candidates(Page([event.text])).get(0, [])
        judged = [self._judge(event, key, [hit], {}) for hit in hits] if hits else [self._judge(event, key, [], {})]
        return [found for found in judged if found is not None]


class Analyst:
    """Analyses texts and streams. Remembers proposals, so that a fault which comes often is worked out once."""

    def __init__(self, runbooks: Catalogue, values: Values, now: datetime, kept: Kept | None = None) -> None:
        """Args: now: aware time, by which policy judges; kept: where compiled patterns are kept between runs."""
        self.runbooks = runbooks
        self._values = values
        self._now = now
        self._faults = _Faults(runbooks, kept)
        self._known: dict[str, Proposal | NoProposal] = {}

    def text(self, text: str, labels: Mapping[str, str]) -> Analysis:
        """One event or alert as somebody copied it; what clearly holds several of them is taken apart."""
        alerts = alerts_in(text, labels, self._now)
        if alerts:
            return self._alerts(alerts)
        if OVER.match(text):
            return Analysis()
        asked = {k: v for k, v in labels_of_command(text).items() if k == "namespace"}
        shared = {**asked, **labels_of_description(text), **labels}
        units = [*split_events(text), *compared(text)]
        events = [LogEvent(unit, n, "text", {**labels_of_row(unit), **shared}) for n, unit in enumerate(units)]
        found = self._found(events)
        who = affected(shared, text)
        return self._concluded([[_completed(one, found, who.app, who.namespace) for one in unit] for unit in found])

    def with_values(self, values: Values) -> "Analyst":
        """The same rules, which take long to load, on other files and policy."""
        twin = copy.copy(self)
        twin._values, twin._known = values, {}
        return twin

    def alert(self, alert: Alert) -> Analysis:
        """An alert as Prometheus or Alertmanager delivers it."""
        return self._alerts((alert,))

    def _alerts(self, alerts: Sequence[Alert]) -> Analysis:
        told = (self._faults.alert(alert, _key(n)) for n, alert in enumerate(alerts))
        seen = [one for one in told if one is not None]
        return self.conclude(rank(seen, self.runbooks), seen) if seen else Analysis()

    def stream(self, events: Sequence[LogEvent]) -> Analysis:
        """Lines of many sources, harmless ones included, in any order."""
        ordered = join_events(sorted(events, key=lambda event: event.at_ns))
        span = (ordered[0].at_ns, ordered[-1].at_ns) if ordered else None
        return self._concluded(self._found(ordered), span)

    def page(self, texts: Sequence[str], first: int) -> list[Occurrence]:
        """The faults of a block of events; `first` is the number of the block's first event, and stands for time."""
        events = [LogEvent(text, n, "text", labels_of_row(text)) for n, text in enumerate(texts, first)]
        found = self._likeliest(events)
        known = {one.key for one in found}
        for n, event in enumerate(events):
            if "\n" in event.text and _key(n) not in known:
                found += [faults[0] for faults in self._lines(event)]
        return found

    def conclude(self, ranked: Sequence[Ranked], seen: Sequence[Occurrence]) -> Analysis:
        """Diagnosis and proposal for the first of `ranked`; `seen` are occurrences that may serve as evidence."""
        if not ranked:
            return Analysis()
        top = ranked[0]
        same = [o for o in seen if (o.category, o.app, o.namespace) == (top.category, top.app, top.namespace)]
        incident = self._named(incident_of(top.sample, top.count, self._now), seen)
        runbook = self.runbooks.runbooks.get(top.runbook or "")
        diagnosis = diagnosing.diagnose(incident, runbook, _evidence(top.sample, same))
        return Analysis(tuple(ranked), diagnosis, runbook, self._proposed(incident, diagnosis, runbook))

    def _named(self, incident: Incident, seen: Sequence[Occurrence]) -> Incident:
        """With the app that only the catalogue can tell, from the labels, and the namespace that other lines name."""
        if incident.app is None:
            entry = self._values.apps.by_labels(incident.labels, incident.namespace)
            return incident if entry is None else replace(incident, app=entry.name)
        named = {one.namespace for one in seen if one.app == incident.app and one.namespace}
        if incident.namespace is None and len(named) == 1:
            return replace(incident, namespace=named.pop())
        return incident

    def _likeliest(self, events: Sequence[LogEvent]) -> list[Occurrence]:
        """The likeliest fault of each event that shows one, in one pass; its key is the event's number."""
        columns = ([event.text for event in events], [event.at_ns for event in events])
        keys = [_key(n) for n in range(len(events))]
        return self._faults.page(LogPage(*columns, keys, [event.labels for event in events]), "text")

    def _found(self, events: Sequence[LogEvent]) -> list[list[Occurrence]]:
        """For each event, or line of one, that shows a fault: every fault it shows, likeliest first."""
        known = {one.key for one in self._likeliest(events)}
        out: list[list[Occurrence]] = []
        for n, event in enumerate(events):
            if _key(n) in known:
                out.append(self._faults.all_of(event, _key(n)))
            elif "\n" in event.text:
                out += self._lines(event)
        return out

    def _lines(self, event: LogEvent) -> list[list[Occurrence]]:
        """The faults of an event's single lines, for one whose head says that all is well."""
        told = "" if OVER.match(event.text) else event.text
        lines = (replace(event, text=line) for line in told.split("\n") if line.strip())
        found = (self._faults.all_of(line, _key(n)) for n, line in enumerate(lines))
        return [faults for faults in found if faults]

    def _concluded(self, found: Sequence[Sequence[Occurrence]], span: tuple[int, int] | None = None) -> Analysis:
        best = [faults[0] for faults in found]
        ranked = rank(best, self.runbooks, span)
        also = rank([one for faults in found for one in faults[1:]], self.runbooks, span)
        return self.conclude(_with_candidates(ranked, also), best)

    def _proposed(self, incident: Incident, diagnosis: Diagnosis, runbook: Runbook | None) -> Proposal | NoProposal:
        if runbook is None:
            return NoProposal(working.unknown_fault())
        if runbook.remedies and not self._values.files:
            return NoProposal(say.no_values())
        grounds = (
            runbook.id,
            incident.app,
            incident.namespace,
            sorted(incident.labels.items()),
            incident.facts.items(),
        )
        same = repr(grounds)
        if same not in self._known:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[same] = self._worked_out(incident, diagnosis, runbook)
        return self._known[same]

    def _worked_out(self, incident: Incident, diagnosis: Diagnosis, runbook: Runbook) -> Proposal | NoProposal:
        values = self._values
        paths = paths_to_read(incident, values.apps, tuple(values.files))
        return propose(
            incident,
            diagnosis,
            runbook,
            files={path: values.files[path] for path in paths if path in values.files},
            catalogue=values.apps,
            policy=values.policy,
            history=(),
            now=self._now,
            expires_in=EXPIRES_IN,
        )


def as_json(analysis: Analysis, locale: str, id: object = None) -> dict[str, Any]:
    """The analysis as scripts get it; what is not known is null."""
    diagnosis = analysis.diagnosis
    known = diagnosis is not None and diagnosis.category is not Category.UNKNOWN
    return {
        "id": id,
        "category": str(diagnosis.category) if diagnosis else None,
        "app": diagnosis.app if diagnosis else None,
        "namespace": diagnosis.namespace if diagnosis else None,
        "severity": str(diagnosis.severity) if diagnosis else None,
        "root_cause": diagnosis.root_cause.in_locale(locale) if diagnosis and known else None,
        "ranked": [{"category": str(r.category), "app": r.app, "score": r.score} for r in analysis.ranked],
        "remedy": _remedy(analysis, locale),
        "proposal": _proposal(analysis.proposed) if isinstance(analysis.proposed, Proposal) else None,
        "evidence": [seen.text for seen in diagnosis.evidence] if diagnosis else [],
        "ruled_out": [cause.in_locale(locale) for cause in diagnosis.ruled_out] if diagnosis else [],
    }


def _remedy(analysis: Analysis, locale: str) -> dict[str, Any] | None:
    remedies = analysis.runbook.remedies if analysis.runbook else ()
    if not remedies or analysis.diagnosis is None:
        return None
    # Without a proposal nobody knows the amounts; a runbook's first advice is its remedy without them.
    action = analysis.proposed.action if isinstance(analysis.proposed, Proposal) else analysis.diagnosis.advice[0]
    return {"action": action.in_locale(locale), "value_path": remedies[-1].value_path}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    changes = [
        {"path": format_path(change.path), "op": change.op, "old": change.old, "new": change.new}
        for change in proposal.changes
    ]
    return {"file": proposal.changes[0].file, "changes": changes, "diff": proposal.diff}


def incident_of(seen: Occurrence, count: int, now: datetime) -> Incident:
    """The incident that an occurrence would open, for the steps that work on incidents."""
    return Incident(
        id=incident_id(now, seen.fingerprint),
        fingerprint=seen.fingerprint,
        category=seen.category,
        runbook=seen.runbook,
        app=seen.app,
        namespace=seen.namespace,
        severity=seen.severity,
        status=Status.DIAGNOSING,
        source=seen.source,
        first_line=seen.text,
        labels=seen.labels,
        facts=seen.facts,
        opened_at=now,
        last_seen_at=now,
        count=count,
    )


# --- events --------------------------------------------------------------------------------------------------------


def split_events(text: str) -> list[str]:
    """The events of a text: each line one, with the lines of its stack trace."""
    lines = [LogEvent(line.removesuffix("\r"), n, "text") for n, line in enumerate(text.split("\n"))]
    return [event.text for event in join_events(lines) if event.text.strip()]


def join_events(events: Sequence[LogEvent]) -> list[LogEvent]:
    """Stack traces that a collector cut into lines, each put together again; only neighbours with the same labels."""
    out: list[list[LogEvent]] = []
    unwinding = False
    size = 0
    for event in events:
        continued = unwinding or _CONTINUES.match(event.text) is not None or _is_thrown(event, out)
        fits = size + len(event.text) <= MAX_EVENT_CHARS
        if out and continued and fits and event.text.strip() and event.labels == out[-1][0].labels:
            out[-1].append(event)
            size += len(event.text)
        else:
            out.append([event])
            size = len(event.text)
        # The last line of a Python traceback is not indented: it ends what the indented ones before it began.
        starts = event.text.startswith(_TRACEBACK)
        unwinding = starts or (unwinding and event.text.startswith((" ", "\t")))
    return [replace(parts[0], text="\n".join(part.text for part in parts)) for parts in out]


def _is_thrown(event: LogEvent, before: Sequence[Sequence[LogEvent]]) -> bool:
    """Whether a stack trace begins here that belongs to the message on the line before."""
    is_message = bool(before) and len(before[-1]) == 1 and bool(before[-1][0].text.strip())
    return is_message and _THROWN.match(event.text) is not None and _THROWN.match(before[-1][0].text) is None


def _key(number: int) -> bytes:
    return number.to_bytes(16, "big")


# --- conclusions ---------------------------------------------------------------------------------------------------


def _completed(
    one: Occurrence, found: Sequence[Sequence[Occurrence]], app: str | None, namespace: str | None
) -> Occurrence:
    """A line that does not say whose it is gets the app that its neighbours name, if they all name the same."""
    if one.app is not None:
        spaces = {other.namespace for faults in found for other in faults if other.app == one.app and other.namespace}
        own = one.namespace or (spaces.pop() if len(spaces) == 1 else namespace if one.app == app else None)
        return replace(one, namespace=own)
    named = {(other.app, other.namespace) for faults in found for other in faults if other.app is not None}
    if len(named) == 1:
        app, namespace = named.pop()
    elif named:
        return one
    return replace(one, app=app, namespace=one.namespace or namespace)


def _with_candidates(ranked: Sequence[Ranked], also: Sequence[Ranked]) -> list[Ranked]:
    """What an event shows besides its likeliest fault follows that fault, as a symptom would."""
    known = {(one.category, one.app, one.namespace) for one in ranked}
    most = ranked[0].score if ranked else 0.0
    others = [
        replace(one, score=round(min(one.score * downstream_share, most), 4))
        for one in also
        if (one.category, one.app, one.namespace) not in known
    ]
    return [*ranked[:1], *sorted((*ranked[1:], *others), key=lambda one: -one.score)]


def _evidence(sample: Occurrence, same: Sequence[Occurrence]) -> list[Evidence]:
    """The line that the diagnosis stands on, then others that say the same in other words."""
    distinct = {one.template: one for one in (*reversed(same), sample)}
    others = [one for one in reversed(distinct.values()) if one.template != sample.template]
    return [_as_evidence(one) for one in (sample, *others)][:MAX_EVIDENCE]


def _as_evidence(one: Occurrence) -> Evidence:
    at = EPOCH + timedelta(microseconds=one.at_ns // 1000)
    return Evidence("line", one.text[:MAX_EVIDENCE_CHARS], at, supports=True)
