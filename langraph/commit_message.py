"""The words of our commits: subjects, bodies, trailers. Pure.

What came from a log or from people is hostile here too: it is never at the start of a line, and never a trailer.
"""

from collections.abc import Sequence

from langraph.learning.revision import LessonChange
from langraph.learning.steps import write
from langraph.models.feedback import NegativeFeedback
from langraph.models.incident import Person
from langraph.record import Story
from langraph.redact import printable
from langraph.texts import recording as say

MAX_SUBJECT = 100  # characters; what `git log --oneline` shows on a wide terminal


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
    """Cause, change, the approver's own words, what people said meanwhile."""
    assert story.proposal is not None
    parts = [story.proposal.explanation.in_locale(story.locale)]
    if story.decision is not None and story.decision.comment:
        parts.append(f"{story.decision.by.name}: {story.decision.comment}")
    return "\n".join(printable(part) for part in [*parts, *_said(story)])


def _said(story: Story) -> list[str]:
    """People's remarks, a line each: their words stand behind a name, so none of them becomes a trailer."""
    tongue = say.for_locale(story.locale)
    lines = []
    for remark in story.remarks:
        for title, words in (
            (tongue.takes_it_for, remark.user_recognition),
            (tongue.wants, remark.user_approved_action),
        ):
            if words:
                lines.append(f"{remark.by.name}, {title}: {' '.join(words.split())}")
    return lines


def revert_body(story: Story, by: Person | None) -> str:
    """Who wanted it taken back, and what the change was made for."""
    assert story.proposal is not None
    tongue = say.for_locale(story.locale)
    return "\n".join(printable(part) for part in (tongue.taken_back(by), story.proposal.action.in_locale(story.locale)))


def outcome_body(story: Story) -> str:
    """How it ended, on what measurements."""
    assert story.outcome is not None
    parts = [story.outcome.reason, *(signal.means for signal in story.outcome.signals)]
    told = [part.in_locale(story.locale) for part in parts]
    return "\n".join(printable(part) for part in [*told, *_said(story)])


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


def revert_trailers(story: Story, by: Person | None) -> dict[str, str]:
    """As `trailers`; approved by whoever wanted the way back."""
    made = {name: value for name, value in trailers(story).items() if name not in ("Approved-By", "Outcome")}
    return made if by is None else {**made, "Approved-By": by.id}


def negative_subject(said: NegativeFeedback) -> str:
    """`docs(feedback): <incident id> <first words>`."""
    return one_line(f"docs(feedback): {said.incident_id} {said.reason}")


def negative_body(said: NegativeFeedback) -> str:
    """The person's words, a line each: behind a title, so none of them becomes a trailer."""
    lines = [f"{said.by.name}: {' '.join(said.reason.split())}"]
    if said.expected_result:
        lines.append(f"expected: {' '.join(said.expected_result.split())}")
    return "\n".join(printable(line) for line in lines)


def learned_subject(changes: Sequence[LessonChange]) -> str:
    """`docs(learning): 3 pattern files say something new`."""
    return f"docs(learning): {len(changes)} pattern file{'s say' if len(changes) != 1 else ' says'} something new"


def learned_body(changes: Sequence[LessonChange]) -> str:
    """A line for each recommendation that has changed; the counts are in the files."""
    lines = []
    for change in changes:
        before, after = (None if move is None else write(move) for move in (change.before, change.after))
        if change.is_important:
            lines.append(f"{change.category} {change.app}: {before or 'nothing'} => {after or 'nothing'}")
    return "\n".join(printable(line) for line in lines)


def one_line(text: str) -> str:
    """A commit subject: one line, bounded."""
    line = " ".join(printable(text).split())
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 1] + "…"
