"""What a person may type in place of a proposed value: its bounds in words, and what is wrong with it. Pure."""

from collections.abc import Sequence
from datetime import datetime

from langraph.amounts import amount_of
from langraph.models.incident import Proposal, Scalar, ValueChange
from langraph.models.text import Text
from langraph.policy import Policy, limits, rule_for
from langraph.ports import AppliedChange
from langraph.texts import policy as say


def bounds_of(
    change: ValueChange, proposal: Proposal, rules: Policy, history: Sequence[AppliedChange], now: datetime
) -> tuple[Text, ...]:
    """What policy allows for this value, a phrase for each bound; empty where no rule speaks of it.

    Args:
        change: one of the proposal's changes or options.
        history: our changes, without this incident's own.
        now: aware time.
    """
    rule = rule_for(change, _document(change, proposal), rules)
    if rule is None:
        return ()
    if rule.type == "string":
        return (say.one_of(", ".join(rule.allowed)),)
    bounds, missing = limits(change, rule, history, now)
    return (missing,) if missing is not None else tuple(bound.says for bound in bounds)


def complaint(
    change: ValueChange,
    value: Scalar,
    proposal: Proposal,
    rules: Policy,
    history: Sequence[AppliedChange],
    now: datetime,
) -> Text | None:
    """What is wrong with the value, in one sentence; None when nothing is, or when nothing was typed."""
    rule = rule_for(change, _document(change, proposal), rules)
    if rule is None or value is None:
        return None
    if rule.type == "string":
        allowed = value in rule.allowed
        return None if allowed else say.not_allowed_value(change.dotted, value, ", ".join(rule.allowed))
    amount = amount_of(value, rule.type)
    if amount is None:
        return say.not_an_amount(change.dotted, value, rule.type)
    bounds, missing = limits(change, rule, history, now)
    broken = next((bound for bound in bounds if not bound.holds(amount)), None)
    return missing if broken is None else say.out_of_bounds(change.dotted, value, broken.says)


def _document(change: ValueChange, proposal: Proposal) -> bytes:
    return next((edit.after for edit in proposal.edits if edit.path == change.file), b"")
