"""The windows over Slack: what they show, what comes back from them. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block

from langraph.models.incident import Proposal, Scalar, ValueChange
from langraph.models.text import Text
from langraph.own_values import bounds_of, complaint
from langraph.policy import Policy
from langraph.ports import AppliedChange
from langraph.texts import slack as say
from langraph.texts.policy import within
from services.slack_client import blocks as make
from services.slack_client.payload import part, word

REJECT, MODIFY, TRIGGER, NOTICE = "reject", "modify", "trigger", "notice"
FEEDBACK, NEGATIVE = "feedback", "negative"
"""Callback ids."""
NOTE, REASON, OPTIONS = "note", "reason", "options"
CHOICE, VALUE = "choice", "value"
LOG_TEXT, APP, NAMESPACE = "log_text", "app", "namespace"
RECOGNITION, WANTED_ACTION, EXPECTED = "recognition", "wanted_action", "expected"
MOST_CHANGES = 90  # a view has 100 blocks
ERROR_CHARS = 500
BOUNDS_CHARS = 290  # of one value to choose from; ten of them fit into a paragraph


def kept(**values: str) -> str:
    """What a window has to remember, as its `private_metadata`."""
    return json.dumps(values)


def remembered(view: Mapping[str, Any]) -> dict[str, str]:
    """The same, from a window that came back; empty when it is not ours."""
    try:
        found = json.loads(word(view, "private_metadata") or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def typed(view: Mapping[str, Any], block_id: str) -> str:
    """What was typed into a field; empty when nothing was."""
    return word(_answer(view, block_id), "value").strip()


def chosen(view: Mapping[str, Any], block_id: str) -> str:
    """The value of the radio button that was chosen; empty when none was."""
    return word(part(_answer(view, block_id), "selected_option"), "value")


def is_ticked(view: Mapping[str, Any], block_id: str) -> bool:
    """Whether a box was ticked."""
    return bool(_answer(view, block_id).get("selected_options"))


def _answer(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    return part(part(part(part(view, "state"), "values"), block_id), "value")


def reject_modal(digest: str, channel: str, locale: str) -> dict[str, Any]:
    """Asks for the reason, which may be left out."""
    reason = make.text_input(REASON, _(say.REASON, locale), multiline=True, optional=True)
    return _modal(REJECT, say.REJECT_TITLE, [reason], say.REJECT_TITLE, locale, kept(digest=digest, channel=channel))


def modify_modal(
    proposal: Proposal, channel: str, rules: Policy, history: Sequence[AppliedChange], now: datetime, locale: str
) -> dict[str, Any]:
    """A field for each changed value, filled with the proposed one, bounds below it."""
    fields = [
        make.text_input(
            f"change:{number}",
            _(say.field_label(str(change.path[-1]), change.dotted), locale),
            value=_shown(change.new),
            placeholder=_(say.default_is(change.old), locale),
            hint=_hint(change, proposal, rules, history, now, locale),
        )
        for number, change in enumerate(proposal.changes[:MOST_CHANGES])
    ]
    fields += _beside_values(locale)
    metadata = kept(digest=proposal.digest, channel=channel)
    return _modal(MODIFY, say.MODIFY_TITLE, fields, say.APPLY, locale, metadata)


def choose_modal(
    proposal: Proposal, channel: str, rules: Policy, history: Sequence[AppliedChange], now: datetime, locale: str
) -> dict[str, Any]:
    """Takes which of a question's values is meant, and what it should be.

    One choice and one field, which may stay empty for the suggested value: somebody who is tired clicks twice, and
    cannot fill in none or two. The field cannot show the suggestion, as it does not know yet which one is meant.
    """
    several = len({option.file for option in proposal.options}) > 1
    names = [f"{number}. {' '.join(option.dotted.split())}" for number, option in enumerate(proposal.options, 1)]
    choices = [
        (name, _(say.becomes(option.old, option.new, option.file if several else ""), locale))
        for name, option in zip(names, proposal.options, strict=True)
    ]
    bounds = [
        f"{name}: {_hint(option, proposal, rules, history, now, locale)}"[:BOUNDS_CHARS]
        for name, option in zip(names, proposal.options, strict=True)
    ]
    empty = _(say.EMPTY_IS_SUGGESTED, locale)
    fields = [
        make.radios(CHOICE, _(say.WHICH, locale), choices),
        make.text_input(VALUE, _(say.NEW_VALUE, locale), placeholder=empty, hint=empty, optional=True),
        make.section("\n".join([f"{_(say.BOUNDS, locale)}:", *bounds])),
        *_beside_values(locale),
    ]
    metadata = kept(digest=proposal.digest, channel=channel)
    return _modal(MODIFY, say.CHOOSE_TITLE, fields, say.USE_THIS, locale, metadata)


def _beside_values(locale: str) -> list[Block]:
    return [
        make.text_input(NOTE, _(say.NOTE, locale), multiline=True, optional=True),
        make.checkbox(OPTIONS, _(say.OPTIONS, locale), _(say.AUTO_REVERT, locale)),
    ]


def modified_values(view: Mapping[str, Any], proposal: Proposal) -> dict[str, Scalar]:
    """What was typed, by the change's key; of a question the chosen one alone, empty when none was chosen."""
    if proposal.is_question:
        number = chosen(view, CHOICE)
        meant = [option for at, option in enumerate(proposal.options) if str(at) == number]
        return {option.key: typed(view, VALUE) or option.new for option in meant}
    return {
        change.key: typed(view, f"change:{number}") for number, change in enumerate(proposal.changes[:MOST_CHANGES])
    }


def field_errors(
    values: Mapping[str, Scalar],
    proposal: Proposal,
    rules: Policy,
    history: Sequence[AppliedChange],
    now: datetime,
    locale: str,
) -> dict[str, str]:
    """What policy says against a value by itself, at its field; the desk judges all of them together."""
    if proposal.is_question and not values:
        return {CHOICE: _(say.CHOICE_NEEDED, locale)}
    found: dict[str, str] = {}
    for field, change in _fields(proposal):
        reason = complaint(change, values.get(change.key), proposal, rules, history, now)
        if reason is not None:
            found[field] = _(reason, locale)[:ERROR_CHARS]
    return found


def _fields(proposal: Proposal) -> list[tuple[str, ValueChange]]:
    """Each change with the block where its value is typed; a question has one for all."""
    if proposal.is_question:
        return [(VALUE, option) for option in proposal.options]
    return [(f"change:{number}", change) for number, change in enumerate(proposal.changes[:MOST_CHANGES])]


def error_at_field(why: Text, proposal: Proposal, locale: str) -> dict[str, str]:
    """A sentence of the desk at the field whose key it names; at the first where it names none."""
    sentence = _(why, locale)[:ERROR_CHARS]
    fields = _fields(proposal)
    for field, change in fields:
        if change.key in why.en or change.dotted in why.en:
            return {field: sentence}
    return {fields[0][0]: sentence}


def trigger_modal(locale: str) -> dict[str, Any]:
    """Takes log lines that show a fault."""
    fields = [
        make.text_input(LOG_TEXT, _(say.LOG_TEXT, locale), multiline=True),
        make.text_input(APP, _(say.APP, locale), optional=True),
        make.text_input(NAMESPACE, _(say.NAMESPACE, locale), optional=True),
    ]
    return _modal(TRIGGER, say.TRIGGER_TITLE, fields, say.SEND, locale, kept())


def trigger_error(why: Text, locale: str) -> dict[str, str]:
    """A sentence about a report, at the field it speaks of."""
    field = next((name for name in (APP, NAMESPACE) if why.en.startswith(f"{name}=")), LOG_TEXT)
    return {field: _(why, locale)[:ERROR_CHARS]}


def feedback_modal(incident_id: str, locale: str) -> dict[str, Any]:
    """Takes what somebody thinks of an incident whose workflow runs; one of the fields is enough."""
    hint = _(say.COMMIT_HINT, locale)
    fields = [
        make.text_input(RECOGNITION, _(say.RECOGNITION, locale), hint=hint, multiline=True, optional=True),
        make.text_input(WANTED_ACTION, _(say.WANTED_ACTION, locale), hint=hint, multiline=True, optional=True),
    ]
    return _modal(FEEDBACK, say.FEEDBACK_TITLE, fields, say.SEND, locale, kept(incident=incident_id))


def negative_modal(incident_id: str, locale: str) -> dict[str, Any]:
    """Takes what was wrong with a change, and what should have been done."""
    expected_hint = _(say.EXPECTED_HINT, locale)
    fields = [
        make.text_input(REASON, _(say.WHAT_WAS_WRONG, locale), multiline=True),
        make.text_input(EXPECTED, _(say.EXPECTED, locale), hint=expected_hint, multiline=True, optional=True),
    ]
    return _modal(NEGATIVE, say.NEGATIVE_TITLE, fields, say.SEND, locale, kept(incident=incident_id))


def notice_modal(sentence: str, locale: str) -> dict[str, Any]:
    """One sentence in the place of a window that led nowhere."""
    return make.modal(NOTICE, _(say.NOTICE_TITLE, locale), [make.section(sentence)], submit=None,
                      close=_(say.CLOSE, locale))  # fmt: skip


def _modal(
    callback_id: str, title: Text, fields: Sequence[Any], submit: Text, locale: str, metadata: str
) -> dict[str, Any]:
    return make.modal(
        callback_id,
        _(title, locale),
        fields,
        submit=_(submit, locale),
        close=_(say.CANCEL, locale),
        private_metadata=metadata,
    )


def _hint(
    change: ValueChange, proposal: Proposal, rules: Policy, history: Sequence[AppliedChange], now: datetime, locale: str
) -> str:
    """The present value, and what policy allows."""
    present = _(say.now_is(change.old), locale)
    bounds = ", ".join(_(bound, locale) for bound in bounds_of(change, proposal, rules, history, now))
    return f"{present} · {_(within(bounds), locale)}" if bounds else present


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)[: make.INPUT_CHARS]


def _(text: Text, locale: str) -> str:
    return text.in_locale(locale)
