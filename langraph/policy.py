"""Guardrails: what may never be changed, whoever proposes it. Pure; no model and no log line can talk its way past.

Evaluated three times, with the same functions: when proposing, when a person decides, and inside the commit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from langraph.amounts import amount_of, show_factor, show_period
from langraph.catalogue import is_plain_path
from langraph.errors import PolicyDenied
from langraph.helm_values import find
from langraph.key_pattern import KeyPattern, NameOf, fits_glob, parse_pattern
from langraph.models.incident import Person, Scalar, ValueChange, ValuePath
from langraph.models.text import Text
from langraph.policy_file import Policy, Rule, parse_policy
from langraph.ports import AppliedChange
from langraph.texts import policy as say

__all__ = [
    "Allow", "Deny", "Limit", "Policy", "Rule", "Verdict", "judge", "judge_restore", "limits", "may_decide",
    "needs_second_approval", "parse_policy", "refuse", "rule_for", "weakens",
]  # fmt: skip

BUDGET_PERIOD = timedelta(hours=24)  # "per day" by the sliding day, so that midnight doubles nothing

NEVER = (
    "image", "images", "*image", "imagepull*", "repository", "tag", "digest",
    "*securitycontext*", "*serviceaccount*", "rbac", "privileged", "allowprivilegeescalation", "capabilities",
    "hostnetwork", "hostpid", "hostipc", "hostpath", "hostusers", "command", "args", "lifecycle", "extraobjects",
    "extradeploy", "extramanifests", "*secret*", "*password*", "*passwd*", "*token*", "*credential*", "*privatekey*",
    "*apikey*", "*api_key*",
)  # fmt: skip
"""Keys and names (lower case) below which nothing is ever changed: what runs, as whom, its secrets."""

_NEVER = tuple(parse_pattern(f"**.{part}.**") for part in NEVER)
_REGISTRY = (parse_pattern("**.registry"), parse_pattern("**.registry.*"))
"""Where images come from; but also a service: `registry.resources.limits.memory` is a component's."""
_ITS_VOLUME = parse_pattern("**.persistentvolumeclaim.registry.size")
"""Of that service, as Harbor's chart has it."""


@dataclass(frozen=True, slots=True)
class Allow:
    """Within every bound."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Not allowed, and why, in one sentence with the cure."""

    reason: Text


Verdict = Allow | Deny


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound on a new value; both ends belong to it."""

    low: Fraction | None
    high: Fraction | None
    says: Text

    def holds(self, amount: Fraction) -> bool:
        return (self.low is None or amount >= self.low) and (self.high is None or amount <= self.high)


def judge(
    changes: Sequence[ValueChange],
    documents: Mapping[str, bytes],
    history: Sequence[AppliedChange],
    policy: Policy,
    now: datetime,
) -> Verdict:
    """Whether these changes may be made together.

    Args:
        changes: all the changes of one proposal.
        documents: the edited files by path, as they would be committed: what surrounds a value counts too.
        history: changes on the branch or claimed by *other* open incidents, over the policy's longest period.
        policy: the guardrails.
        now: aware time of the judgement.

    Returns:
        Allow, or Deny with the first reason found. More history never turns a Deny into an Allow.

    Raises:
        EditRefused: a document is not fit to be read.
    """
    if not policy.rules:
        return Deny(say.empty())
    if not changes:
        return Deny(say.nothing_to_change())
    reason = next(_objections(changes, documents, history, policy, now), None)
    return Allow() if reason is None else Deny(reason)


def judge_restore(
    changes: Sequence[ValueChange], documents: Mapping[str, bytes], applied: Sequence[AppliedChange], policy: Policy
) -> Verdict:
    """Whether these changes only take back our own last change of each key (the rollback).

    Direction, step, cooldown and budget do not bind a way back that was prepared and is already known to have
    worked; files, forbidden keys and the allow-list do.

    Args:
        changes: the way back: each has the applied change's `new` as its `old` and the other way round.
        documents: the present files by path.
        applied: our changes that are on the branch, in any order.
        policy: the guardrails.
    """
    if not changes:
        return Deny(say.nothing_to_change())
    for change in changes:
        reason = _place(change, documents, policy)
        ours = [entry for entry in applied if entry.change.key == change.key]
        last = max(ours, key=lambda entry: entry.at, default=None)
        if reason is None and (last is None or (last.change.old, last.change.new) != (change.new, change.old)):
            reason = say.not_the_inverse(change.key)
        if reason is not None:
            return Deny(reason)
    return Allow()


def may_decide(
    person: Person, policy: Policy, app_approvers: Sequence[str] | None = None, *, weakens_guardrail: bool = False
) -> Verdict:
    """Whether a person may decide.

    Args:
        person: who asks; only the id counts, a name proves nothing.
        policy: lists the approvers; an empty list means nobody.
        app_approvers: the app's own list, which narrows the policy's; None when the app has none.
        weakens_guardrail: the proposal takes protection away (`BlastRadius.weakens_guardrail`): only `stronger`
            people may approve it. Leave it False for a rejection, which anybody on the list may make.
    """
    if person.id in policy.stronger:
        return Allow()
    if weakens_guardrail:
        return Deny(say.not_an_approver(person.id, "stronger") if policy.stronger else say.nobody_listed("stronger"))
    if not policy.approvers:
        return Deny(say.nobody_listed("approvers"))
    if person.id not in policy.approvers:
        return Deny(say.not_an_approver(person.id, "approvers"))
    if app_approvers is not None and person.id not in app_approvers:
        return Deny(say.not_an_app_approver(person.id))
    return Allow()


def needs_second_approval(changes: Sequence[ValueChange], modified: Sequence[ValueChange], policy: Policy) -> bool:
    """Whether a person's own values have to be asked about once more.

    Args:
        changes: what was proposed.
        modified: what the person made of it.
        policy: `modified_needs_approval` says when; anything that cannot be compared counts as larger.
    """
    if policy.modified_needs_approval != "larger":
        return policy.modified_needs_approval != "never"
    proposed = {change.key: change for change in changes}
    return any(_goes_further(proposed.get(change.key), change, policy) for change in modified)


def rule_for(change: ValueChange, document: bytes, policy: Policy) -> Rule | None:
    """The first rule that has a pattern for the change's key."""
    name_of = _namer(document, change.doc)
    return next((rule for rule in policy.rules if _any_match(rule.keys, change.path, name_of)), None)


def weakens(changes: Sequence[ValueChange], documents: Mapping[str, bytes], policy: Policy) -> bool:
    """Whether any of the changes takes protection away, as its rule says."""
    rules = (rule_for(change, documents[change.file], policy) for change in changes)
    return any(rule is not None and rule.weakens_guardrail for rule in rules)


def refuse(verdict: Verdict) -> None:
    """Raise PolicyDenied for a Deny, with its sentence."""
    if isinstance(verdict, Deny):
        raise PolicyDenied(verdict.reason.en, ko=verdict.reason.ko)


def limits(
    change: ValueChange, rule: Rule, history: Sequence[AppliedChange], now: datetime
) -> tuple[tuple[Limit, ...], Text | None]:
    """Every bound on the new value of a key, and the reason when one is missing (then nothing is allowed).

    Args:
        change: its key and old value count, its new value does not.
        rule: the rule for the key, of a numeric type.
        history, now: as for `judge`.
    """
    needed = ["min", "max", "cooldown", "max_cumulative_factor", "cumulative_period"]
    needed.append("insert_max" if change.old is None else "max_step_factor")
    missing = next((field for field in needed if getattr(rule, field) is None), None)
    if missing is not None:
        return (), say.bound_missing(rule.name, missing)
    assert rule.min
    assert rule.max
    found = [Limit(rule.min.amount, None, say.bound_min(rule.min.text))]
    found.append(Limit(None, rule.max.amount, say.bound_max(rule.max.text)))
    old = None if change.old is None else amount_of(change.old, rule.type)
    if change.old is not None and old is None:
        return (), say.old_not_an_amount(change.key, change.old, rule.type)
    if old is None:
        assert rule.insert_max
        found.append(Limit(None, rule.insert_max.amount, say.bound_insert(rule.insert_max.text)))
    else:
        assert rule.max_step_factor
        step = rule.max_step_factor
        found.append(Limit(old / step, old * step, say.bound_step(show_factor(step), change.old)))
    return (*found, *_cumulative(change, rule, old, history, now)), None


def _cumulative(
    change: ValueChange, rule: Rule, old: Fraction | None, history: Sequence[AppliedChange], now: datetime
) -> Iterator[Limit]:
    """Bound the sum of steps: from the lowest and highest value that the key had within the period."""
    assert rule.cumulative_period
    assert rule.max_cumulative_factor
    seen = [] if old is None else [old]
    for entry in history:
        if entry.change.key == change.key and now - entry.at < rule.cumulative_period:
            values = (entry.change.old, entry.change.new)
            amounts = (amount_of(value, rule.type) for value in values if value is not None)
            seen += [amount for amount in amounts if amount is not None]
    if seen:
        factor = rule.max_cumulative_factor
        says = say.bound_cumulative(show_factor(factor), show_period(rule.cumulative_period))
        yield Limit(max(seen) / factor, min(seen) * factor, says)


def _objections(
    changes: Sequence[ValueChange],
    documents: Mapping[str, bytes],
    history: Sequence[AppliedChange],
    policy: Policy,
    now: datetime,
) -> Iterator[Text]:
    """Everything that speaks against the changes, most basic first; lazily, because one is enough."""
    seen: set[str] = set()
    for change in changes:
        if change.key in seen:
            yield say.twice(change.key)
        seen.add(change.key)
        reason = _place(change, documents, policy)
        if reason is not None:
            yield reason
            return  # what follows reads the file and the rule
        document = documents[change.file]
        rule = rule_for(change, document, policy)
        assert rule is not None
        if not _holds(document, change):
            yield say.not_in_document(change.key)
        yield from _value(change, rule, history, now)
        yield from _cooling_down(change, rule, history, now)
        yield from _request_above_limit(change, document)
    yield from _over_budget(changes, history, policy, now)


def _place(change: ValueChange, documents: Mapping[str, bytes], policy: Policy) -> Text | None:
    """Why this key of this file may not be touched at all; None when it may."""
    if not is_plain_path(change.file) or not any(fits_glob(change.file, glob) for glob in policy.files):
        return say.file_not_listed(change.file)
    if change.file not in documents or not change.path:
        return say.not_in_document(change.key)
    document = documents[change.file]
    name_of = _namer(document, change.doc)
    lowered = tuple(part.lower() if isinstance(part, str) else part for part in change.path)
    for pattern in (*_NEVER, *(() if _ITS_VOLUME.matches(lowered, lambda _: None) else _REGISTRY)):
        if pattern.matches(lowered, lambda _: None) or _named_never(pattern, change.path, name_of):
            return say.forbidden(change.key, pattern.text)
    for pattern in policy.forbidden:
        if pattern.matches(change.path, name_of):
            return say.forbidden(change.key, pattern.text)
    return None if rule_for(change, document, policy) else say.no_rule(change.key)


def _named_never(pattern: KeyPattern, path: ValuePath, name_of: NameOf) -> bool:
    """Whether a list item on the way is called what must not be touched: `env[3]` may be `DB_PASSWORD`."""
    names = (name_of(path[: i + 1]) for i, part in enumerate(path) if isinstance(part, int))
    return any(pattern.matches((name.lower(),), lambda _: None) for name in names if name)


def _value(change: ValueChange, rule: Rule, history: Sequence[AppliedChange], now: datetime) -> Iterator[Text]:
    if change.new == change.old and type(change.new) is type(change.old):
        yield say.unchanged(change.key, change.new)
        return
    if rule.type == "string":
        yield from _string(change, rule)
        return
    new = None if change.new is None else amount_of(change.new, rule.type)
    if new is None:
        yield say.not_an_amount(change.key, change.new, rule.type)
        return
    bounds, missing = limits(change, rule, history, now)
    if missing is not None:
        yield missing
        return
    old = None if change.old is None else amount_of(change.old, rule.type)
    if old is not None and not _right_way(old, new, rule.direction):
        yield say.wrong_way(change.key, change.old, change.new, rule.direction)
    yield from (say.out_of_bounds(change.key, change.new, bound.says) for bound in bounds if not bound.holds(new))


def _string(change: ValueChange, rule: Rule) -> Iterator[Text]:
    missing = next((field for field in ("allowed", "cooldown") if not getattr(rule, field)), None)
    if missing is not None:
        yield say.bound_missing(rule.name, missing)
    elif change.new not in rule.allowed:
        yield say.not_allowed_value(change.key, change.new, ", ".join(rule.allowed))


def _right_way(old: Fraction, new: Fraction, direction: str) -> bool:
    if new == old:
        return False  # another spelling of the same amount mends nothing
    return direction == "both" or (new > old) == (direction == "raise")


def _cooling_down(change: ValueChange, rule: Rule, history: Sequence[AppliedChange], now: datetime) -> Iterator[Text]:
    if rule.cooldown is None:
        return  # told as a missing bound already
    last = max((entry.at for entry in history if entry.change.key == change.key), default=None)
    if last is not None and now - last < rule.cooldown:
        yield say.cooling_down(change.key, f"{last:%Y-%m-%d %H:%M} UTC", show_period(rule.cooldown))


def _over_budget(
    changes: Sequence[ValueChange], history: Sequence[AppliedChange], policy: Policy, now: datetime
) -> Iterator[Text]:
    for field, budget in (("changes_per_app_per_day", policy.per_app_per_day), ("changes_per_day", policy.per_day)):
        if budget is None:
            yield say.budget_missing(field)
            return
    assert policy.per_app_per_day is not None
    assert policy.per_day is not None
    recent = [entry.change for entry in history if now - entry.at < BUDGET_PERIOD]
    for app in sorted({_app_of(change) for change in changes}):
        count = sum(_app_of(change) == app for change in (*recent, *changes))
        if count > policy.per_app_per_day:
            yield say.budget_spent(app, count, policy.per_app_per_day)
    if len(recent) + len(changes) > policy.per_day:
        yield say.budget_spent("*", len(recent) + len(changes), policy.per_day)


def _app_of(change: ValueChange) -> str:
    """The folder of the values file stands for the app: apps that share one share its budget, the careful reading."""
    return change.file.rpartition("/")[0] or change.file


def _request_above_limit(change: ValueChange, document: bytes) -> Iterator[Text]:
    """Kubernetes refuses a container whose request is above its limit (`requests` and `limits` side by side)."""
    if len(change.path) < 2 or change.path[-2] not in ("requests", "limits"):
        return
    base, resource = change.path[:-2], change.path[-1]
    request = find(document, (*base, "requests", resource), change.doc)
    limit = find(document, (*base, "limits", resource), change.doc)
    if request.value is None or limit.value is None:
        return
    asked, most = (_resource_amount(found.value, resource) for found in (request, limit))
    if asked is None or most is None:
        yield say.not_comparable(change.key, request.value, limit.value)
    elif asked > most:
        yield say.request_above_limit(f"{change.file}: {change.dotted}", request.value, limit.value)


def _resource_amount(value: Scalar, resource: str | int) -> Fraction | None:
    return None if value is None else amount_of(value, "cpu" if resource == "cpu" else "memory")


def _holds(document: bytes, change: ValueChange) -> bool:
    found = find(document, change.path, change.doc)
    return found.exists and found.value == change.new and type(found.value) is type(change.new)


def _goes_further(proposed: ValueChange | None, change: ValueChange, policy: Policy) -> bool:
    """Whether a person's value is further from the old one than the proposed value was."""
    if proposed is None or proposed.new == change.new:
        return proposed is None
    for kind in ("memory", "seconds"):  # every amount is one of a quantity or a duration
        old, ours, theirs = (
            None if value is None else amount_of(value, kind) for value in (change.old, proposed.new, change.new)
        )
        if ours is not None and theirs is not None:
            start = old if old is not None else Fraction(0)
            return abs(theirs - start) > abs(ours - start) or (theirs - start) * (ours - start) < 0
    return True


def _any_match(patterns: Sequence[KeyPattern], path: ValuePath, name_of: NameOf) -> bool:
    return any(pattern.matches(path, name_of) for pattern in patterns)


def _namer(document: bytes, doc: int) -> Callable[[ValuePath], str | None]:
    """Reads the `name:` of list items out of a document."""

    def name_of(path: ValuePath) -> str | None:
        value = find(document, (*path, "name"), doc).value
        return value if isinstance(value, str) else None

    return name_of
