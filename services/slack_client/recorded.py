"""An incident that only git remembers, in the shape of the message that everybody knows. Pure."""

from collections.abc import Sequence

from langraph.excerpt import excerpt
from langraph.models.text import Text
from langraph.texts import announcing
from langraph.texts import slack as say
from services.slack_client import blocks as make
from services.slack_client import diffs
from services.slack_client import message as usual
from services.slack_client.escaping import clean, fenced, inert
from services.slack_client.finding import Kept
from services.slack_client.message import Post

MOST_ADVICE = 6


def recorded_post(kept: Kept, locale: str) -> Post:
    """Everything the record says that the live message would; nothing of it can be pressed."""

    def word(text: Text) -> str:
        return text.in_locale(locale)

    paragraphs = [(f"📋 {word(announcing.ERROR)}:  {_error(kept, locale)}", usual.ERROR_CHARS)]
    if kept.root_cause:
        paragraphs.append((f"🔍 {word(announcing.CAUSE)}:  {kept.root_cause}", usual.CAUSE_CHARS))
    if kept.action:
        paragraphs.append((f"💡 {word(announcing.ACTION)}:  {kept.action}", usual.ACTION_CHARS))
    elif kept.advice:
        paragraphs.append((f"💡 {word(announcing.ADVICE)}:\n{_listed(kept.advice)}", usual.ACTION_CHARS))
    head = f"🚨 {word(announcing.HEAD)}: {kept.id}"
    found = [make.header(head), *(make.section(text, most) for text, most in paragraphs)]
    if kept.first_line:
        found.insert(2, make.preformatted(excerpt(kept.first_line), usual.LINE_CHARS))
    if kept.diff:
        found.append(make.section(f"📝 {word(announcing.DIFF)}:"))
        found += [make.preformatted(part, diffs.BLOCK_CHARS) for part in diffs.brief(clean(kept.diff)).parts]
    state = _state(kept, locale)
    found.append(make.section(state, usual.STATE_CHARS))
    plain = "\n".join([head, *(text for text, _ in paragraphs), state])
    return Post(inert(head, usual.PREVIEW_CHARS), make.as_json(found), fenced(plain, usual.PLAIN_CHARS))


def _error(kept: Kept, locale: str) -> str:
    unknown = announcing.UNKNOWN.in_locale(locale)
    severity = announcing.SEVERITIES[kept.severity].in_locale(locale) if kept.severity is not None else unknown
    category = usual.category_name(kept.category) if kept.category else unknown
    facts = [
        (announcing.CATEGORY, category),
        (announcing.SEVERITY, severity),
        (announcing.APP, kept.app or unknown),
        (announcing.SEEN, unknown if kept.count is None else f"{kept.count}×"),
    ]
    return " · ".join(f"{name.in_locale(locale)}: {value}" for name, value in facts)


def _listed(advice: Sequence[str]) -> str:
    return "\n".join(f"{number}. {one}" for number, one in enumerate(advice[:MOST_ADVICE], 1))


def _state(kept: Kept, locale: str) -> str:
    end = announcing.UNKNOWN if kept.status is None else announcing.STATUSES[kept.status]
    steps = [say.by_whom(kept.decided_by)] if kept.decided_by else []
    steps += [say.committed(commit[:7]) for commit in kept.commits[:1]]
    told = " → ".join(step.in_locale(locale) for step in (*steps, end))
    lines = [f"{say.STATE.in_locale(locale)} ({say.FROM_GIT.in_locale(locale)}): {told}", kept.reason]
    return "\n".join(line for line in lines if line)
