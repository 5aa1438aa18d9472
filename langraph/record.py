"""An incident as files and commit messages: the permanent record. Pure.

What came from a log is hostile here too: in Markdown it stands in indented blocks, in JSON it is a string, in
a commit message it is never at the start of a line.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langraph.helm_values import unified_diff
from langraph.models.incident import Decision, Evidence, Incident, Outcome, Proposal
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from langraph.redact import printable
from langraph.texts import recording as say

SCHEMA_VERSION = 1
FOLDER = "examples"
MAX_SUBJECT = 100  # characters; what `git log --oneline` shows on a wide terminal
MAX_EVIDENCE_LINE = 4000  # characters; a log line of 256 KiB is not evidence, it is a dump


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the record of one incident is made from."""

    incident: Incident
    proposal: Proposal | None
    decision: Decision | None
    evidence: Sequence[Evidence]
    timeline: Sequence[TimelineEntry]
    outcome: Outcome | None
    locale: str

    @property
    def app(self) -> str:
        return self.incident.app or "unknown"


def files(story: Story, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The incident's folder, by path in the repository.

    Args:
        story: the incident as it is now.
        before: the values files on the branch, when this commit changes them.
        after: the same files as they will be; empty: the proposal's own diff is shown.
    """
    diff = "".join(unified_diff(path, before[path], after[path]) for path in sorted(after)) if after else ""
    if not diff and story.proposal is not None:
        diff = story.proposal.diff
    folder = f"{FOLDER}/{story.incident.id}"
    made = {
        "summary.md": summary(story, diff),
        "metadata.json": json.dumps(metadata(story), ensure_ascii=False, indent=2, sort_keys=True) + "\n",
        "evidence.log": evidence_log(story.evidence),
        "timeline.jsonl": "".join(json.dumps(_entry(e), ensure_ascii=False) + "\n" for e in story.timeline),
    }
    if diff:
        made["changes.diff"] = diff
    return {f"{folder}/{name}": text.encode("utf-8", errors="replace") for name, text in made.items()}


def _entry(entry: TimelineEntry) -> dict[str, Any]:
    return {"at": entry.at.isoformat(), "what": entry.what, **dict(entry.detail)}


# --- for people ----------------------------------------------------------------------------------------------------


def summary(story: Story, diff: str) -> str:
    """`summary.md`: what, why, the change, who decided, how it ended."""
    tongue = say.for_locale(story.locale)
    incident, diagnosis = story.incident, story.incident.diagnosis
    cause = diagnosis.root_cause if diagnosis else None
    lines = [
        f"# {incident.id}",
        "",
        *_facts(story, tongue),
        "",
        f"## {tongue.cause}",
        "",
        markdown(_in(cause, story.locale)) if cause else tongue.not_known,
        "",
        *_block(tongue.first_line, incident.first_line),
    ]
    if diagnosis and diagnosis.advice:
        lines += [f"## {tongue.advice}", ""]
        lines += [f"{n}. {markdown(_in(advice, story.locale))}" for n, advice in enumerate(diagnosis.advice, 1)]
        lines.append("")
    if story.proposal is not None:
        lines += [f"## {tongue.change}", "", markdown(_in(story.proposal.explanation, story.locale)), ""]
        lines += [*_block("", diff)]
    lines += _decided(story, tongue)
    lines += _ended(story, tongue)
    return "\n".join(lines).rstrip("\n") + "\n"


def _facts(story: Story, tongue: say.Headings) -> list[str]:
    incident = story.incident
    rows = (
        (tongue.status, str((story.outcome.status if story.outcome else None) or incident.status)),
        (tongue.category, str(incident.category)),
        (tongue.severity, str(incident.severity)),
        (tongue.app, incident.app or tongue.not_known),
        (tongue.namespace, incident.namespace or tongue.not_known),
        (tongue.opened, f"{incident.opened_at:%Y-%m-%d %H:%M:%S} UTC"),
        (tongue.count, str(incident.count)),
    )
    return [f"- **{name}**: {markdown(value)}" for name, value in rows]


def _decided(story: Story, tongue: say.Headings) -> list[str]:
    decision = story.decision
    if decision is None:
        return []
    lines = [f"## {tongue.decision}", "", f"{markdown(tongue.decided(decision))}", ""]
    return lines + (_block(tongue.comment, decision.comment) if decision.comment else [])


def _ended(story: Story, tongue: say.Headings) -> list[str]:
    outcome = story.outcome
    if outcome is None:
        return []
    lines = [f"## {tongue.outcome}", "", markdown(_in(outcome.reason, story.locale)), ""]
    lines += [f"- {markdown(_in(signal.means, story.locale))}" for signal in outcome.signals]
    return [*lines, ""]


def _in(text: Text, locale: str) -> str:
    return text.in_locale(locale)


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line: no link, no heading, no HTML comes of it."""
    return _MARKDOWN.sub(r"\\\1", " ".join(printable(text).split()))


def _block(title: str, text: str) -> list[str]:
    """An indented block: unlike a fence, nothing inside can close it."""
    head = [title, ""] if title else []
    return [*head, *(f"    {printable(line)}" for line in text.splitlines()), ""]


# --- for machines --------------------------------------------------------------------------------------------------


def metadata(story: Story) -> dict[str, Any]:
    """`metadata.json`. Additions raise nothing; a changed meaning raises `schema_version`."""
    incident, diagnosis, outcome = story.incident, story.incident.diagnosis, story.outcome
    return {
        "schema_version": SCHEMA_VERSION,
        "id": incident.id,
        "fingerprint": incident.fingerprint,
        "status": str(outcome.status if outcome else incident.status),
        "severity": str(incident.severity),
        "category": str(incident.category),
        "runbook": incident.runbook,
        "app": incident.app,
        "namespace": incident.namespace,
        "source": incident.source,
        "labels": dict(incident.labels),
        "facts": dict(incident.facts),
        "first_line": incident.first_line,
        "count": incident.count,
        "opened_at": incident.opened_at.isoformat(),
        "last_seen_at": incident.last_seen_at.isoformat(),
        "closed_at": outcome.at.isoformat() if outcome else None,
        "root_cause": _both(diagnosis.root_cause) if diagnosis else None,
        "advice": [_both(advice) for advice in diagnosis.advice] if diagnosis else [],
        "proposal": _proposal(story.proposal),
        "decision": _decision(story.decision),
        "outcome": _outcome(outcome),
        "commits": list(incident.commits),
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ko": text.ko}


def _proposal(proposal: Proposal | None) -> dict[str, Any] | None:
    if proposal is None:
        return None
    return {
        "version": proposal.version,
        "digest": proposal.digest,
        "action": _both(proposal.action),
        "changes": [
            {"file": c.file, "doc": c.doc, "path": c.dotted, "op": c.op, "old": c.old, "new": c.new}
            for c in proposal.changes
        ],
        "base_blobs": {edit.path: edit.base_blob for edit in proposal.edits},
    }


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "action": str(decision.action),
        "by": decision.by.id,
        "name": decision.by.name,
        "at": decision.at.isoformat(),
        "comment": decision.comment,
        "auto_revert": decision.auto_revert,
        "proposal_digest": decision.proposal_digest,
    }


def _outcome(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    return {
        "status": str(outcome.status),
        "at": outcome.at.isoformat(),
        "reason": _both(outcome.reason),
        "signals": [
            {
                "name": s.name,
                "before": s.before,
                "after": s.after,
                "healthy": s.healthy,
                "means": _both(s.means),
            }
            for s in outcome.signals
        ],
    }


def evidence_log(evidence: Sequence[Evidence]) -> str:
    """`evidence.log`: one line each, redacted long before it came here."""
    lines = []
    for seen in evidence:
        text = printable(seen.text)[:MAX_EVIDENCE_LINE].replace("\n", "\\n")
        answer = (
            f" => {printable(seen.value)}"
            if seen.value is not None
            else (" => no data" if seen.kind == "query" else "")
        )
        lines.append(f"{seen.at.isoformat()} {seen.kind} {text}{answer}\n")
    return "".join(lines)


# --- commit messages -----------------------------------------------------------------------------------------------


def change_subject(story: Story) -> str:
    """`fix(<app>): <key> <old> -> <new>`."""
    assert story.proposal is not None
    first, *more = story.proposal.changes
    old = "unset" if first.old is None else first.old
    also = f" (+{len(more)})" if more else ""
    return one_line(f"fix({story.app}): {first.dotted} {old} -> {first.new}{also}")


def revert_subject(story: Story) -> str:
    """`revert(<app>): <key> <new> -> <old>`."""
    assert story.proposal is not None
    first, *more = story.proposal.changes
    old = "unset" if first.old is None else first.old
    also = f" (+{len(more)})" if more else ""
    return one_line(f"revert({story.app}): {first.dotted} {first.new} -> {old}{also}")


def outcome_subject(story: Story) -> str:
    """`docs(<app>): <incident id> <status>`."""
    assert story.outcome is not None
    return one_line(f"docs({story.app}): {story.incident.id} {story.outcome.status}")


def change_body(story: Story) -> str:
    """Cause, change, the approver's own words."""
    assert story.proposal is not None
    parts = [story.proposal.explanation.in_locale(story.locale)]
    if story.decision is not None and story.decision.comment:
        parts.append(f"{story.decision.by.name}: {story.decision.comment}")
    return "\n".join(printable(part) for part in parts)


def outcome_body(story: Story) -> str:
    """How it ended, on what measurements."""
    assert story.outcome is not None
    parts = [story.outcome.reason, *(signal.means for signal in story.outcome.signals)]
    return "\n".join(printable(part.in_locale(story.locale)) for part in parts)


def trailers(story: Story) -> dict[str, str]:
    """Typed fields only; nothing from a log."""
    made = {"Incident-Id": story.incident.id, "Category": str(story.incident.category)}
    if story.proposal is not None:
        made["Proposal-Digest"] = story.proposal.digest
    if story.decision is not None and story.decision.action.value in ("approve", "modify"):
        made["Approved-By"] = story.decision.by.id
    if story.outcome is not None:
        made["Outcome"] = str(story.outcome.status)
    return made


def one_line(text: str) -> str:
    """A commit subject: one line, bounded."""
    line = " ".join(printable(text).split())
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 1] + "…"
