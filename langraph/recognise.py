"""From a line or an alert to the occurrence of a fault: runbook, app, severity, fingerprint, all redacted."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from langraph.affected import Affected, affected, with_words
from langraph.affected.alert_subject import affected_by_alert
from langraph.fingerprint import fingerprint, template
from langraph.levels import Level, label_level, own_level, says_error
from langraph.logged_alert import logged_alert
from langraph.models.incident import Alert, Category, LogEvent, Occurrence, Severity
from langraph.models.runbook import Runbook
from langraph.pasted_alert import OVER, PASTED
from langraph.ports import LogPage
from langraph.redact import printable, redact, redact_all
from langraph.runbooks.catalogue import Catalogue
from langraph.runbooks.matcher import Hit, Matcher, Page
from langraph.runbooks.scanner import Kept, scanner

max_kept_chars = 8_192  # of a line, around the hit: what people read and git keeps
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(("critical", "crit", "page", "emergency", "disaster", "p1", "sev1"), Severity.CRITICAL),
    **dict.fromkeys(("error", "high", "major", "p2", "sev2"), Severity.HIGH),
    **dict.fromkeys(("warning", "warn", "medium", "moderate", "ticket", "average", "p3", "sev3"), Severity.MEDIUM),
    **dict.fromkeys(("info", "low", "none", "minor", "notice", "information", "p4", "sev4"), Severity.LOW),
}
NOT_FAULTS = re.compile(r"(?i)(?:watchdog|info[ _-]?inhibitor|\S*dead[ _-]?man'?s?[ _-]?(?:switch|snitch)\S*)\Z")
"""Alerts that fire to prove that alerting works, or to steer other alerts."""

TRANSIENT = frozenset(
    {
        Category.CONNECTION_REFUSED,
        Category.TIMEOUT,
        Category.DNS,
        Category.NETWORK,
        Category.DB_LOCK,
    }
)
NAME_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""The words of an alert's name, however it joins them."""

RULE_ENDS = re.compile(r"(?: ?[(<>].*|(?:Warning|Critical|Page|Info))$")
"""What a rule's name adds to the rule it is a level of: `MysqlTooManyConnections(>80%)`, `ReplicationLagCritical`."""

TRIES_AGAIN = re.compile(
    r"(?i)\b(?:retry(?:ing)?|retries|retried|will try again|trying again|backing off|reconnecting|will reconnect"
    r"|next attempt|attempt\W{1,4}\d)\b"
)
"""What a warning says that has not failed yet; names (`linkerd_reconnect`, `RetryTemplate`) do not say it."""
TRIED_IN_VAIN = re.compile(r"(?i)\b(?:attempts?|retry)(?:[_ ]?(?:count|number|no))?\W{1,4}(?:[3-9]|\d{2,9})\b")
"""From the third try on, trying again has failed, too."""
GOES_ON = ("retrying in", "will retry", "will be retried", "trying again in", "reconnecting in", "retrying (")
"""What a line without a level must say, to be no more than a warning that the program tries again."""

SAYS_ERROR = (
    r"(?:^|[\sZ])E! [\[A-Z]",
    r'^\s{0,4}\{"error":\{"',
    r"(?i)\b(?:err|error|eror|erro|severe|fail|fatal|ftl|critical|crit|crt|alert|emerg|emergency|panic|dpanic)\b",
    r"\b[EF]\d{4} \d{2}:\d{2}:\d{2}",
    r"Traceback \(most recent call last\)",
    r"Exception in thread |Unhandled exception",
    r"(?:Exception|Error)(?::| \(|$)",
    r"[Ee]rror(?:s|factory)?\.[A-Za-z_.]{1,80}:|exceptions?\.[A-Za-z_.]{1,80}:",
    r"::[A-Z]\w{0,60}(?::| \()",
    r"\*\* \(",
    r" ERR! |PHP \w{4,16} ?\w{0,6} error: |ORA-\d{5}: |SQLSTATE\[|=CRASH REPORT=| terminating",
    r"(?i)\b(?:level|lvl|severity)\\*[\"']?\s*[:=]\s*\\*[\"']?[56]0\b",
    r"goroutine \d{1,9} \[",
    r"(?i)\"(?:level|PRIORITY|syslog_severity)\\*\"\s?:\s?\\*\"?[0-3]\b",
    r"^<\d{1,3}>",
    r"\b(?:WRONGTYPE|CROSSSLOT|BUSYGROUP|NOGROUP|EXECABORT|NOSCRIPT) [A-Z]",
    r": (?:Invalid data found when processing input|Bad file descriptor|Stale file handle|Bad message|Structure needs)",
    r"\"s\":\"[FE]\"",
    r"\"alertname\"",
)
"""Every form that `says_error` may accept holds one of these; a page is searched for them in one pass."""


class Recogniser:
    """Finds the faults in pages, single events and alerts. No state between calls."""

    def __init__(self, catalogue: Catalogue, kept: Kept | None = None) -> None:
        """Args: kept: where compiled patterns are kept between runs."""
        self._catalogue = catalogue
        self._matcher = Matcher(catalogue, partial(scanner, kept=kept))
        self._errors = scanner(SAYS_ERROR)

    def page(self, page: LogPage, source: str) -> list[Occurrence]:
        """The faults on one page of log lines, in page order; lines that show none are left out."""
        block = Page(page.texts)
        hits = self._matcher.candidates(block)
        suspects = {block.line_of(end) for _, end in self._errors.ends(block.data)}
        suspects.update(_labelled_errors(page.labels))
        out: list[Occurrence] = []
        clean: dict[int, dict[str, str]] = {}  # redacted labels by the identity of a stream's mapping
        for index in sorted(suspects | hits.keys()):
            event = LogEvent(page.texts[index], page.at_ns[index], source, page.labels[index])
            found = self._judge(event, page.keys[index], hits.get(index, []), clean)
            if found is not None:
                out.append(found)
        return out

    def event(self, event: LogEvent, key: bytes, *, asked: bool = False) -> Occurrence | None:
        """The fault one event shows; None when it shows none.

        Args:
            key: the event's identity, see `event_key`.
            asked: a person points at this line, so a known fault counts at whatever level it was logged.
        """
        hits = self._matcher.candidates(Page([event.text])).get(0, [])
        found = self._judge(event, key, hits, {})
        if found is None and asked and hits and not OVER.match(event.text):
            return _occurrence(event, key, hits[0], None, redact_all(event.labels))
        return found

    def unknown(self, event: LogEvent, key: bytes) -> Occurrence:
        """An event that somebody calls a fault and no runbook knows."""
        return _occurrence(event, key, None, None, redact_all(event.labels))

    def alert(self, alert: Alert, key: bytes) -> Occurrence | None:
        """The fault an alert means; None for a resolved one and for those that only prove that alerting works."""
        said = alert.labels.get("severity", "").lower()
        if not alert.firing or NOT_FAULTS.match(alert.name) or said == "none":
            return None
        text = alert_text(alert)
        hit = next(iter(self._matcher.candidates(Page([alert_form(alert)])).get(0, [])), None)
        runbook = self._named(alert.name) or (hit.runbook if hit else None)
        who = affected_by_alert(alert.labels)
        if alert.source == PASTED:
            who = with_words(who, text)
        facts = {**(hit.facts if hit else {}), **_names(who), "alert": alert.name}
        category = runbook.category if runbook else Category.UNKNOWN
        message = runbook.id if runbook else f"alert:{alert.name}"
        return Occurrence(
            key=key,
            at_ns=_nanoseconds(alert.starts_at),
            text=_clean(text, None),
            source=alert.source,
            labels=redact_all(alert.labels),
            category=category,
            runbook=runbook.id if runbook else None,
            app=who.app,
            namespace=who.namespace,
            severity=SEVERITIES.get(said) or (runbook.severity if runbook else Severity.MEDIUM),
            template=message,
            fingerprint=fingerprint(who.app, who.namespace, category, message),
            facts=redact_all(facts),
            alert=replace(alert, annotations=redact_all(alert.annotations)),
        )

    def _named(self, name: str) -> Runbook | None:
        """The runbook that an alert rule's name means, whole or without its level."""
        whole = self._catalogue.for_alert(name)
        short = RULE_ENDS.sub("", name)
        return whole or (self._catalogue.for_alert(short) if short != name else None)

    def _judge(
        self, event: LogEvent, key: bytes, hits: Sequence[Hit], clean: dict[int, dict[str, str]]
    ) -> Occurrence | None:
        told = logged_alert(event)
        if told is not None:
            return self._logged(told, event, key)
        if OVER.match(event.text):
            return None  # somebody is told that it is over
        own = own_level(event.text)
        level = own if own is not None else label_level(event.labels)
        hit = next((h for h in hits if counts(h, level, event.text)), None)
        if hit is None and not (not hits and says_error(event.text, event.labels, own)):
            return None
        if id(event.labels) not in clean:
            clean[id(event.labels)] = redact_all(event.labels)
        return _occurrence(event, key, hit, level, clean[id(event.labels)])

    def _logged(self, told: Alert, event: LogEvent, key: bytes) -> Occurrence | None:
        """An alert in a log line: a line at a time, not a state that somebody will resolve."""
        found = self.alert(told, key)
        if found is None:
            return None
        text, labels = _clean(event.text, None), redact_all(event.labels)
        return replace(found, at_ns=event.at_ns, text=text, source=event.source, labels=labels, alert=None)


def counts(hit: Hit, level: Level | None, text: str) -> bool:
    """Whether a known fault's words mean the fault, given the level the line has.

    Programs quote error messages at info and debug level; a warning that says it tries again has not failed yet.
    """
    if hit.hard:
        return True
    if level is not None and level >= Level.ERROR:
        return True
    if level is not None and level < Level.WARN:
        return False
    if hit.runbook.category not in TRANSIENT:
        return True
    if level is None:
        return not any(word in text.lower() for word in GOES_ON)
    said = _record(text, hit.span)
    return not TRIES_AGAIN.search(said) or TRIED_IN_VAIN.search(said) is not None


def _record(text: str, span: tuple[int, int]) -> str:
    """The part of an event that says of one hit whether it is tried again: its own line, where that has a level."""
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1])
    line = text[start : end if end >= 0 else len(text)]
    return line if own_level(line) is not None else text


def event_key(labels: Mapping[str, str], at_ns: int, text: str, tenant: str = "") -> bytes:
    """16 bytes that identify a line: tenant, labels (without Loki's own shard label), time and text."""
    seen = hashlib.blake2b(digest_size=16)
    shared = sorted((k, v) for k, v in labels.items() if k != "__stream_shard__")
    for part in (tenant, *(part for pair in shared for part in pair), str(at_ns), text):
        raw = part.encode("utf-8", "surrogatepass")
        seen.update(len(raw).to_bytes(4, "big") + raw)
    return seen.digest()


def alert_text(alert: Alert) -> str:
    """An alert as one text: its name, then what its annotations and its `reason` label say."""
    notes = [alert.annotations[k] for k in ("summary", "message", "description") if alert.annotations.get(k)]
    reason = alert.labels.get("reason")
    return " | ".join([alert.name, *notes, *([f"reason={reason}"] if reason else [])])


def alert_form(alert: Alert) -> str:
    """An alert as runbooks' patterns see it: `alert=KubePodOOMKilled (kube pod oom killed) | summary | description`.

    The words of the name let one pattern know the many names that people give one rule.
    """
    _, _, notes = alert_text(alert).partition(" | ")
    words = " ".join(NAME_WORDS.findall(alert.name)).lower()
    return f"alert={alert.name.replace(' ', '_')} ({words})" + (f" | {notes}" if notes else "")


def _occurrence(
    event: LogEvent, key: bytes, hit: Hit | None, level: Level | None, labels: Mapping[str, str]
) -> Occurrence:
    who = affected(event.labels, event.text, hit.facts if hit else None)
    runbook = hit.runbook if hit else None
    category = runbook.category if runbook else Category.UNKNOWN
    text = _clean(event.text, hit)
    shown = template(text)
    return Occurrence(
        key=key,
        at_ns=event.at_ns,
        text=text,
        source=event.source,
        labels=labels,
        category=category,
        runbook=runbook.id if runbook else None,
        app=who.app,
        namespace=who.namespace,
        severity=_severity(runbook, level),
        template=shown,
        fingerprint=fingerprint(who.app, who.namespace, category, runbook.id if runbook else shown),
        facts=redact_all({**(hit.facts if hit else {}), **_names(who)}),
    )


def _severity(runbook: Runbook | None, level: Level | None) -> Severity:
    if runbook is not None:
        return runbook.severity
    return Severity.HIGH if level == Level.FATAL else Severity.MEDIUM


def _clean(text: str, hit: Hit | None) -> str:
    """At most 8,192 characters of the line around the hit, printable, without secrets."""
    if len(text) > max_kept_chars:
        middle = hit.span[0] if hit else 0
        start = max(0, min(middle - max_kept_chars // 2, len(text) - max_kept_chars))
        text = text[start : start + max_kept_chars]
    return redact(printable(text))


def _names(who: Affected) -> dict[str, str]:
    return {k: v for k, v in (("pod", who.pod), ("container", who.container)) if v}


def _labelled_errors(labels: Sequence[Mapping[str, str]]) -> set[int]:
    """Lines whose labels say error; one look per mapping, which the lines of a stream share."""
    known: dict[int, bool] = {}
    out: set[int] = set()
    for index, mapping in enumerate(labels):
        heavy = known.get(id(mapping))
        if heavy is None:
            heavy = known[id(mapping)] = (label_level(mapping) or Level.INFO) >= Level.ERROR
        if heavy:
            out.add(index)
    return out


def _nanoseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1_000
