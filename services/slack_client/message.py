"""An incident as one Slack message, in the shape that people know from the first one on. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block, ConfirmObject

from langraph.excerpt import excerpt
from langraph.models.feedback import RevertRequest
from langraph.models.incident import Action, Decision, Incident, Proposal, Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from langraph.texts import announcing
from langraph.texts import slack as say
from langraph.texts.refusing import refusal_in
from services.slack_client import blocks as make
from services.slack_client import diffs
from services.slack_client.diffs import ShownDiff
from services.slack_client.escaping import clean, fenced, inert, shortened

BLOCKS_CHARS = 13_000  # of all blocks as JSON; Slack refuses a message somewhere above 13,200 (undocumented)
ERROR_CHARS, LINE_CHARS, CAUSE_CHARS, ACTION_CHARS, STATE_CHARS = 350, 300, 500, 700, 500
"""Characters of each paragraph: so much is read in a message, and the sum fits beside a diff."""
CONFIRMED = 2  # values that a dialog of 300 characters has room for
OPTION_CHARS, OPTIONS_CHARS = 260, 2_900  # of one value to choose from, of all; such a message has no diff
PREVIEW_CHARS = 300
PLAIN_CHARS = 11_000  # of the message without blocks; Slack cuts a `text` at 40,000, and splits it from 4,000 on

APPROVE, REJECT, MODIFY, MENU, REVERT = "approve", "reject", "modify", "menu", "revert"
"""Action ids of what can be pressed; the value of each is the proposal's digest."""
DECIDE_BLOCK = "decide"
COMMITTED = "committed"
ASKED_BACK, REVERTED, NOT_REVERTED = WAY_BACK = ("revert_asked", "reverted", "not_reverted")
"""Names in the timeline."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that the message tells of."""

    incident: Incident
    proposal: Proposal | None
    decision: Decision | None
    """On that proposal."""
    timeline: Sequence[TimelineEntry]
    now: datetime
    wish: RevertRequest | None = None
    """Who wants its change taken back, if anybody."""
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

    @property
    def did_not_help(self) -> bool:
        """Whether a change is on the branch of which nobody can say that it helped."""
        return (
            self.incident.status in (Status.NOT_RECOVERED, Status.INCONCLUSIVE) and self.latest(COMMITTED) is not None
        )

    @property
    def can_be_taken_back(self) -> bool:
        """Whether that is possible and nobody has asked for it yet."""
        return self.did_not_help and self.latest(*WAY_BACK) is None

    def latest(self, *names: str) -> TimelineEntry | None:
        """The last entry of the timeline with one of these names."""
        return next((entry for entry in reversed(self.timeline) if entry.what in names), None)


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
    if proposal is not None and proposal.is_question:
        found.append(make.section(f"💡 {_asked_about(proposal, locale)}", OPTIONS_CHARS))
    elif proposal is not None:
        action = f"💡 {_word(announcing.ACTION, locale)}:  {_proposed(proposal, locale)}"
        found.append(make.section(action, ACTION_CHARS))
        found += _diff(diff, locale)
    elif incident.diagnosis is not None and incident.diagnosis.advice:
        advice = _numbered(one.in_locale(locale) for one in incident.diagnosis.advice)
        found.append(make.section(f"💡 {_word(announcing.ADVICE, locale)}:  {advice}", ACTION_CHARS))
    found.append(make.section(state_line(seen, locale), STATE_CHARS))
    if seen.did_not_help:
        found.append(make.section(say.teach(incident.id).in_locale(locale)))
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
    lines = [
        f"1. {proposal.action.in_locale(locale)}",
        f"    {_word(say.FILE, locale)}: {files} · {_restarts(proposal, locale)}",
        *_weakens(proposal, locale),
    ]
    return "\n".join(lines)


def _asked_about(proposal: Proposal, locale: str) -> str:
    """The values of which a person has to choose, numbered as in the window."""
    told = (say.suggested(one.dotted, one.file, one.old, one.new).in_locale(locale) for one in proposal.options)
    shown = _numbered(shortened(" ".join(clean(one).split()), OPTION_CHARS) for one in told)
    return "\n".join([_word(say.WHICH, locale), *_weakens(proposal, locale), shown, _restarts(proposal, locale)])


def _restarts(proposal: Proposal, locale: str) -> str:
    return f"{_word(say.RESTARTS, locale)}: {_word(say.YES if proposal.blast.restarts_pods else say.NO, locale)}"


def _weakens(proposal: Proposal, locale: str) -> list[str]:
    return [_word(say.WEAKENS, locale)] if proposal.blast.weakens_guardrail else []


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
    if seen.is_asked and seen.proposal.is_question:
        choose = make.button(_word(say.CHOOSE, locale), MODIFY, digest, "primary")
        return [make.actions(DECIDE_BLOCK, [choose, make.button(_word(say.REJECT, locale), REJECT, digest, "danger")])]
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
    if seen.can_be_taken_back:
        confirm = _what_goes_back(seen.proposal, locale)
        back = make.button(_word(say.REVERT, locale), REVERT, digest, "danger", confirm)
        return [make.actions(DECIDE_BLOCK, [back])]
    return []


def _what_goes_back(proposal: Proposal, locale: str) -> ConfirmObject:
    told = [(change.dotted, change.new, change.old) for change in proposal.changes[:CONFIRMED]]
    text = say.goes_back(told, len(proposal.changes) - len(told))
    words = (_word(one, locale) for one in (say.REVERT_NOW, say.CANCEL))
    return make.confirmation(_word(say.REVERT_TITLE, locale), _word(text, locale), *words)


# --- the status line -----------------------------------------------------------------------------------------------


def state_line(seen: Seen, locale: str) -> str:
    """What happened so far, then how it ended: `상태: ✅ 승인됨 (alice) → ✅ 커밋 완료: abc123 → ✅ 복구 성공!`."""
    steps = " → ".join(step.in_locale(locale) for step in _steps(seen))
    lines = [f"{'⏳ ' if seen.incident.is_open else ''}{_word(say.STATE, locale)}: {steps}"]
    if seen.incident.outcome is not None:
        lines.append(seen.incident.outcome.reason.in_locale(locale))
    refusal = seen.latest(NOT_REVERTED)
    if refusal is not None and seen.wish is not None:  # of one without a wish the outcome tells
        lines.append(say.why_not_reverted(refusal_in(refusal)).in_locale(locale))
    return "\n".join(lines)


def _steps(seen: Seen) -> list[Text]:
    decision, status = seen.decision, seen.incident.status
    commits = [say.committed(_short(entry)) for entry in seen.timeline if entry.what == COMMITTED]
    if commits:
        now = say.VERIFYING if status is Status.VERIFYING else announcing.STATUSES[status]
        return [*_approval(decision), *commits, now, *_way_back(seen)]
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


def _way_back(seen: Seen) -> list[Text]:
    """Where taking the change back is; nothing when nobody wants it."""
    entry = seen.latest(REVERTED, NOT_REVERTED) or seen.latest(ASKED_BACK)
    if entry is None:
        return []
    if entry.what == NOT_REVERTED:
        return [say.NOT_REVERTED]
    name = _name_of(entry.detail.get("by", ""), seen)
    return [say.reverted(_short(entry), name) if entry.what == REVERTED else say.reverting(name)]


def _name_of(person_id: str, seen: Seen) -> str:
    """Of somebody in the timeline, which knows ids only; empty where it was nobody's click."""
    known = [one.by for one in (seen.wish, seen.decision) if one is not None]
    return next((person.name for person in known if person.id == person_id), "")


def _short(entry: TimelineEntry) -> str:
    return entry.detail.get("commit", "")[:7]


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
    asks = seen.proposal is not None and seen.proposal.is_question
    how = announcing.how_to_choose if asks else announcing.how_to_decide
    return f"{text}\n\n{how(seen.incident, seen.page, 'langraph').in_locale(locale)}"


def _word(text: Text, locale: str) -> str:
    return text.in_locale(locale)
