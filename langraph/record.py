"""An incident as files: the permanent record. Pure.

What came from a log is hostile here too: in Markdown it stands in indented blocks, in JSON it is a string.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langraph.helm_values import unified_diff
from langraph.learning.steps import write
from langraph.models.feedback import HumanRevert, NegativeFeedback, Remark
from langraph.models.incident import Decision, Evidence, Incident, Outcome, Proposal, ValueChange
from langraph.models.learning import Step
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from langraph.redact import printable
from langraph.texts import recording as say

SCHEMA_VERSION = 1
FOLDER = "examples"
MAX_EVIDENCE_LINE = 4000  # characters; a log line of 256 KiB is not evidence, it is a dump


@dataclass(frozen=True, slots=True)
class Asked:
    """A proposal, and what was said to it."""

    proposal: Proposal
    decision: Decision | None


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
    earlier: tuple[Asked, ...] = ()
    """The proposals before this one."""
    remarks: tuple[Remark, ...] = ()
    inputs: Mapping[str, Any] | None = None
    """What the proposal was made from, as JSON."""

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
        "metadata.json": as_json(metadata(story)),
        "evidence.log": evidence_log(story.evidence),
        "timeline.jsonl": "".join(json.dumps(_entry(e), ensure_ascii=False) + "\n" for e in story.timeline),
    }
    if diff:
        made["changes.diff"] = diff
    if story.inputs is not None:
        made["inputs.json"] = as_json(story.inputs)
    return {f"{folder}/{name}": text.encode("utf-8", errors="replace") for name, text in made.items()}


def as_json(content: Mapping[str, Any]) -> str:
    """The same text for the same content, made for diffs."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


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
    lines += _remarks(story, tongue)
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


def _remarks(story: Story, tongue: say.Headings) -> list[str]:
    if not story.remarks:
        return []
    lines = [f"## {tongue.remarks}", ""]
    for remark in story.remarks:
        lines += [f"{markdown(remark.by.name)}:", ""]
        said = ((tongue.takes_it_for, remark.user_recognition), (tongue.wants, remark.user_approved_action))
        lines += [line for title, words in said if words for line in _block(f"{title}:", words)]
    return lines


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
        "earlier_proposals": [_asked(asked) for asked in story.earlier],
        "remarks": [_remark(remark) for remark in story.remarks],
        "reverted": _reverted(story.timeline),
    }


def _asked(asked: Asked) -> dict[str, Any]:
    made = _proposal(asked.proposal) or {}
    return {**made, "decision": _decision(asked.decision)}


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "by": remark.by.id,
        "name": remark.by.name,
        "at": remark.at.isoformat(),
        "user_recognition": remark.user_recognition,
        "user_approved_action": remark.user_approved_action,
    }


def _reverted(timeline: Sequence[TimelineEntry]) -> dict[str, Any] | None:
    """Who took the change back; None while it stands."""
    for entry in timeline:
        if entry.what == "reverted":
            by, commit = entry.detail.get("by"), entry.detail.get("commit")
            return {"by": by, "at": entry.at.isoformat(), "commit": commit, "human": False}
    return None


def human_revert(revert: HumanRevert) -> dict[str, Any]:
    """`metadata.reverted`, when a person did it."""
    return {
        "by": f"git:{printable(revert.author)}",
        "at": revert.at.isoformat(),
        "commit": revert.commit,
        "human": True,
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
        "changes": [_change(change) for change in proposal.changes],
        "options": [_change(option) for option in proposal.options],
        "base_blobs": {edit.path: edit.base_blob for edit in proposal.edits},
    }


def _change(change: ValueChange) -> dict[str, Any]:
    return {
        "file": change.file,
        "doc": change.doc,
        "path": change.dotted,
        "op": change.op,
        "old": change.old,
        "new": change.new,
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


# --- feedback ------------------------------------------------------------------------------------------------------


def negative_path(incident_id: str) -> str:
    """Where negative feedback on an incident is kept."""
    return f"{FOLDER}/{incident_id}/feedback_negative.json"


def negative_file(said: NegativeFeedback) -> bytes:
    """`feedback_negative.json`; a later one replaces it, git keeps the earlier."""
    content = {
        "incident_id": said.incident_id,
        "feedback_type": "negative",
        "reason": printable(said.reason),
        "original_action": printable(said.original_action),
        "expected_result": printable(said.expected_result),
        "timestamp": said.at.isoformat(),
    }
    return as_json(content).encode("utf-8", errors="replace")


def action_of(proposal: Proposal) -> str:
    """What was proposed, a line per value: `<path> <old> -> <new>`."""
    return "\n".join(change_line(change) for change in proposal.changes)


def recorded_action(metadata: Mapping[str, object]) -> str:
    """The same of an incident that only git knows; what cannot be read there is left out."""
    proposal = metadata.get("proposal")
    return "\n".join(recorded_lines(proposal)) if isinstance(proposal, Mapping) else ""


def recorded_lines(proposal: Mapping[str, object]) -> tuple[str, ...]:
    """`change_line` for each change of a proposal as `metadata.json` has it."""
    changes = proposal.get("changes")
    return tuple(
        write(Step(change["path"], change.get("old"), change["new"]))
        for change in (changes if isinstance(changes, list) else ())
        if isinstance(change, Mapping) and isinstance(change.get("path"), str) and "new" in change
    )


def change_line(change: ValueChange) -> str:
    """`resources.limits.memory 512Mi -> 1Gi`."""
    return write(Step(change.dotted, change.old, change.new))
