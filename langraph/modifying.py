"""A person's own values in place of the proposed ones: the next version of a proposal. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from langraph.amounts import amount_of
from langraph.asking import answered, names_of
from langraph.errors import BadInput
from langraph.helm_values import typed_like, unified_diff
from langraph.models.incident import FileEdit, Proposal, Scalar, ValueChange
from langraph.models.text import Text
from langraph.policy import Policy, judge, refuse, rule_for, weakens
from langraph.ports import AppliedChange
from langraph.rebuilding import edited, others
from langraph.texts import proposing as say


def modified(
    proposal: Proposal,
    values: Mapping[str, Scalar],
    policy: Policy,
    history: Sequence[AppliedChange],
    now: datetime,
    *,
    by: str | None = None,
) -> Proposal:
    """The next version of a proposal, with a person's own values on the same keys and files.

    Args:
        proposal: what the person saw.
        values: new values by key (`file#doc:path`) or dotted path; keys that are left out stay as proposed.
        policy, history, now: as for `propose`.
        by: the person's name, for the explanation.

    Raises:
        BadInput: unknown keys, or values that make no sense; each of them is named.
        PolicyDenied: a value is outside the guardrails.
        EditRefused: the file cannot take the value.
    """
    proposal = answered(proposal, values)
    documents = {edit.path: edit.before for edit in proposal.edits}
    changes = _with_values(proposal, values, documents, policy)
    edits = tuple(replace(edit, after=edited(edit.path, edit.before, changes)) for edit in proposal.edits)
    after = {edit.path: edit.after for edit in edits}
    refuse(judge(changes, after, others(history, proposal.incident_id), policy, now))
    weak = proposal.blast.weakens_guardrail or weakens(changes, after, policy)
    app = proposal.blast.apps[0] if proposal.blast.apps else ""
    rules = [rule_for(change, after[change.file], policy) for change in changes]
    kinds = [rule.type if rule is not None else "" for rule in rules]
    return replace(
        proposal,
        version=proposal.version + 1,
        changes=changes,
        edits=edits,
        diff=diff_of(edits),
        revert_diff=diff_of(edits, reverse=True),
        action=say.action_set(app, changes[0].dotted, changes[0].old, changes[0].new),
        explanation=_again_explained(proposal, changes, kinds, by),
        blast=replace(proposal.blast, weakens_guardrail=weak),
        created_at=now,
    )


def diff_of(edits: Sequence[FileEdit], *, reverse: bool = False) -> str:
    """The edits as a unified diff; in reverse, the way back."""
    if reverse:
        return "".join(unified_diff(edit.path, edit.after, edit.before) for edit in edits)
    return "".join(unified_diff(edit.path, edit.before, edit.after) for edit in edits)


def _again_explained(proposal: Proposal, changes: Sequence[ValueChange], kinds: Sequence[str], by: str | None) -> Text:
    """The same cause (a proposal's first line), the person's values."""
    app = proposal.blast.apps[0] if proposal.blast.apps else ""
    cause = Text(proposal.explanation.en.split("\n")[0], proposal.explanation.ko.split("\n")[0])
    return say.join(
        cause,
        None if by is None else say.set_by(by),
        *(say.change(c.dotted, c.file, c.old, c.new) for c in changes),
        say.restarts(app, proposal.blast.restarts_pods),
        *(say.will_not(kind) for kind in dict.fromkeys(kinds)),
        *(say.undo(c.dotted, c.old, kind) for c, kind in zip(changes, kinds, strict=True)),
    )


def _with_values(
    proposal: Proposal, values: Mapping[str, Scalar], documents: Mapping[str, bytes], policy: Policy
) -> tuple[ValueChange, ...]:
    wrong: list[str] = []
    given: dict[str, Scalar] = {}
    for name, value in values.items():
        meant = [change for change in proposal.changes if name in (change.key, change.dotted)]
        if len(meant) != 1:
            names = ", ".join(names_of(proposal.changes))
            wrong.append(f"{name!s:.80}: not a key of this proposal; use one of: {names}")
            continue
        new = typed_like(value.strip(), _typed(meant[0])) if isinstance(value, str) else _as_typed(value, meant[0])
        wrong += _complaints(meant[0], new, documents, policy)
        given[meant[0].key] = new
    if not values:
        wrong.append("no value was given; give at least one new value")
    if wrong:
        raise BadInput("; ".join(wrong))
    return tuple(replace(change, new=given.get(change.key, change.new)) for change in proposal.changes)


def _typed(change: ValueChange) -> Scalar:
    """A value of the type that the key has: the old one's, or for a new key the proposed one's."""
    return change.new if change.old is None else change.old


def _as_typed(value: Scalar, change: ValueChange) -> Scalar:
    """A form sends 30 where the file says "30"."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and isinstance(_typed(change), str) else value


def _complaints(change: ValueChange, new: Scalar, documents: Mapping[str, bytes], policy: Policy) -> list[str]:
    """What is wrong with a value in itself; what policy says of it comes later."""
    rule = rule_for(change, documents[change.file], policy)
    if rule is None or rule.type == "string" or amount_of(new, rule.type) is not None:
        return []
    example = say.example(rule.type)
    return [f"{change.dotted}: {new!s:.80} is no amount of {rule.type}; write one such as {example}"]
