"""An incident as one Slack message, in the shape that people know from the first one on. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block

from langraph.excerpt import excerpt
from langraph.models.incident import Action, Decision, Incident, Proposal, Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from langraph.texts import announcing
from langraph.texts import slack as say
from services.slack_client import blocks as make
from services.slack_client import diffs
from services.slack_client.diffs import ShownDiff
from services.slack_client.escaping import clean, fenced, inert

BLOCKS_CHARS = 13_000  # of all blocks as JSON; Slack refuses a message somewhere above 13,200 (undocumented)
ERROR_CHARS, LINE_CHARS, CAUSE_CHARS, ACTION_CHARS, STATE_CHARS = 350, 300, 500, 700, 500
"""Characters of each paragraph: so much is read in a message, and the sum fits beside a diff."""
PREVIEW_CHARS = 300
PLAIN_CHARS = 11_000  # of the message without blocks; Slack cuts a `text` at 40,000, and splits it from 4,000 on

APPROVE, REJECT, MODIFY, MENU, REVERT = "approve", "reject", "modify", "menu", "revert"
"""Action ids of what can be pressed; the value of each is the proposal's digest."""
DECIDE_BLOCK = "decide"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that the message tells of."""

    incident: Incident
    proposal: Proposal | None
    decision: Decision | None
    """On that proposal."""
    timeline: Sequence[TimelineEntry]
    now: datetime
    can_revert: bool = False
    """Whether somebody is there to take a change back by hand."""
    page: str = ""
    """Where the API answers, for people who cannot press a button."""

    @property
    def is_asked(self) -> bool:
        """Whether a decision is possible now."""
        return (
            self.incident.status is Status.AWAITING_APPROVAL
            and self.proposal is not None
            and self.decision is None
            and self.now < self.proposal.expires_at
        )


@dataclass(frozen=True, slots=True)
class Post:
    """What Slack is given."""

    text: str
    """For notifications and screen readers, beside the blocks."""
    blocks: list[dict[str, Any]]
    plain: str
    """The whole message without blocks, for when Slack refuses them."""
    whole_diff: str | None = None
    """The diff, when the message shows only a part of it."""


def incident_message(seen: Seen, locale: str) -> Post:
    """The one message of an incident, as things are now. It keeps every limit, whatever the incident holds.

    Raises:
        SlackObjectFormationError: never, as far as Slack's limits are known.
    """
    diff = seen.proposal.diff if seen.proposal is not None else ""
    shown = diffs.whole(clean(diff)) or diffs.brief(clean(diff))
    found = make.as_json(_blocks(seen, shown, locale))
    if _size(found) > BLOCKS_CHARS:
        shown = diffs.brief(clean(diff))
        found = make.as_json(_blocks(seen, shown, locale))
    return Post(
        text=_preview(seen, locale),
        blocks=found,
        plain=fenced(_plain(seen, locale), PLAIN_CHARS),
        whole_diff=None if shown.is_whole else diff,
    )


def _size(blocks: list[dict[str, Any]]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False))


def _blocks(seen: Seen, diff: ShownDiff, locale: str) -> list[Block]:
    incident, proposal = seen.incident, seen.proposal
    found = [
        make.header(f"🚨 {_word(announcing.HEAD, locale)}: {incident.id}"),
        make.section(f"📋 {_word(announcing.ERROR, locale)}:  {_error(incident, locale)}", ERROR_CHARS),
        make.preformatted(excerpt(incident.first_line), LINE_CHARS),
    ]
    if incident.diagnosis is not None:
        cause = incident.diagnosis.root_cause.in_locale(locale)
        found.append(make.section(f"🔍 {_word(announcing.CAUSE, locale)}:  {cause}", CAUSE_CHARS))
    if proposal is not None:
        action = f"💡 {_word(announcing.ACTION, locale)}:  {_proposed(proposal, locale)}"
        found.append(make.section(action, ACTION_CHARS))
        found += _diff(diff, locale)
    elif incident.diagnosis is not None and incident.diagnosis.advice:
        advice = _numbered(one.in_locale(locale) for one in incident.diagnosis.advice)
        found.append(make.section(f"💡 {_word(announcing.ADVICE, locale)}:  {advice}", ACTION_CHARS))
    found.append(make.section(state_line(seen, locale), STATE_CHARS))
    return found + _buttons(seen, locale)


def _error(incident: Incident, locale: str) -> str:
    """Category, severity, app, how often: `카테고리: OOM · 심각도: Critical · 영향받는 앱: grafana`."""
    facts = [
        (announcing.CATEGORY, category_name(str(incident.category))),
        (announcing.SEVERITY, announcing.SEVERITIES[incident.severity].in_locale(locale)),
        (announcing.APP, incident.app or announcing.UNKNOWN.in_locale(locale)),
        (announcing.SEEN, f"{incident.count}×"),
    ]
    if incident.refires:
        facts.append((say.REFIRED, f"{incident.refires}×"))
    return " · ".join(f"{name.in_locale(locale)}: {value}" for name, value in facts)


def category_name(category: str) -> str:
    """As people write it: abbreviations in capitals, the rest as the name is."""
    return category.upper() if category in _ABBREVIATIONS else category


_ABBREVIATIONS = frozenset({"oom", "dns", "hpa"})


def _proposed(proposal: Proposal, locale: str) -> str:
    files = ", ".join(proposal.blast.files)
    restarts = say.YES if proposal.blast.restarts_pods else say.NO
    lines = [
        f"1. {proposal.action.in_locale(locale)}",
        f"    {_word(say.FILE, locale)}: {files} · {_word(say.RESTARTS, locale)}: {_word(restarts, locale)}",
    ]
    if proposal.blast.weakens_guardrail:
        lines.append(_word(say.WEAKENS, locale))
    return "\n".join(lines)


def _numbered(sentences: Iterable[str]) -> str:
    return "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))


def _diff(diff: ShownDiff, locale: str) -> list[Block]:
    head = f"📝 {_word(announcing.DIFF, locale)}:"
    if diff.summary is not None:
        head = f"{head}  {diff.summary.in_locale(locale)}\n{_word(say.FIRST_HUNK, locale)}"
    return [make.section(head), *(make.preformatted(part, diffs.BLOCK_CHARS) for part in diff.parts)]


def _buttons(seen: Seen, locale: str) -> list[Block]:
    if seen.proposal is None:
        return []
    digest = seen.proposal.digest
    if seen.is_asked:
        return [
            make.actions(
                DECIDE_BLOCK,
                [
                    make.button(_word(say.APPROVE, locale), APPROVE, digest, "primary"),
                    make.button(_word(say.REJECT, locale), REJECT, digest, "danger"),
                    make.button(_word(say.MODIFY, locale), MODIFY, digest),
                    make.overflow(MENU, [(_word(say.APPROVE_REVERTING, locale), digest)]),
                ],
            )
        ]
    is_reverted = any(entry.what == "reverted" for entry in seen.timeline)
    if seen.can_revert and seen.incident.status is Status.NOT_RECOVERED and not is_reverted:
        return [make.actions(DECIDE_BLOCK, [make.button(_word(say.REVERT, locale), REVERT, digest)])]
    return []


# --- the status line -----------------------------------------------------------------------------------------------


def state_line(seen: Seen, locale: str) -> str:
    """What happened so far, then how it ended: `상태: ✅ 승인됨 (alice) → ✅ 커밋 완료: abc123 → ✅ 복구 성공!`."""
    steps = " → ".join(step.in_locale(locale) for step in _steps(seen))
    lines = [f"{'⏳ ' if seen.incident.is_open else ''}{_word(say.STATE, locale)}: {steps}"]
    if seen.incident.outcome is not None:
        lines.append(seen.incident.outcome.reason.in_locale(locale))
    return "\n".join(lines)


def _steps(seen: Seen) -> list[Text]:
    decision, status = seen.decision, seen.incident.status
    commits = [_commit(entry) for entry in seen.timeline if entry.what in ("committed", "reverted")]
    if commits:
        now = say.VERIFYING if status is Status.VERIFYING else announcing.STATUSES[status]
        return [*_approval(decision), *commits, now]
    if status is Status.AWAITING_APPROVAL and decision is not None:
        status = _ENDS_AS.get(decision.action, status)
    if status is Status.APPLYING and decision is not None:
        return [_with_name(say.APPROVED, decision)]
    if status is Status.REJECTED and decision is not None:
        return [_with_name(announcing.STATUSES[status], decision)]
    if status is Status.AWAITING_APPROVAL and seen.proposal is not None and decision is None:
        end = say.until(seen.proposal.expires_at)
        return [Text(f"{say.ASKED.en} ({end.en})", f"{say.ASKED.ko} ({end.ko})")]
    return [announcing.STATUSES[status]]


_ENDS_AS = {Action.APPROVE: Status.APPLYING, Action.REJECT: Status.REJECTED, Action.EXPIRE: Status.EXPIRED}
"""What a decision leads to; shown at once, also while git is away."""


def _approval(decision: Decision | None) -> list[Text]:
    if decision is None or decision.action is not Action.APPROVE:
        return []
    name = say.by_whom(decision.by.name)
    if not decision.auto_revert:
        return [name]
    wanted = say.REVERT_WANTED
    return [Text(f"{name.en}, {wanted.en}", f"{name.ko}, {wanted.ko}")]


def _with_name(text: Text, decision: Decision) -> Text:
    return Text(f"{text.en} ({decision.by.name})", f"{text.ko} ({decision.by.name})")


def _commit(entry: TimelineEntry) -> Text:
    short = entry.detail.get("commit", "")[:7]
    return say.committed(short) if entry.what == "committed" else say.reverted(short)


# --- without blocks ------------------------------------------------------------------------------------------------


def _preview(seen: Seen, locale: str) -> str:
    incident = seen.incident
    app = incident.app or announcing.UNKNOWN.in_locale(locale)
    line = say.preview(incident.id, category_name(str(incident.category)), app, _steps(seen)[-1])
    return inert(line.in_locale(locale), PREVIEW_CHARS)


def _plain(seen: Seen, locale: str) -> str:
    text = announcing.as_plain_text(seen.incident, seen.proposal, locale, clean)
    if not seen.is_asked:
        return text
    return f"{text}\n\n{announcing.how_to_decide(seen.incident, seen.page, 'langraph').in_locale(locale)}"


def _word(text: Text, locale: str) -> str:
    return text.in_locale(locale)
