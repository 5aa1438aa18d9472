"""What `policy.yaml` says: the allow-list, its bounds, who decides. Read strictly; judged in policy.py. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from langraph.amounts import KINDS, amount_of
from langraph.errors import BadInput
from langraph.key_pattern import KeyPattern, parse_pattern
from langraph.strict_yaml import Fields, read_fields

DIRECTIONS = ("raise", "lower", "both")
MODIFIED = ("always", "larger", "never")


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit as its author wrote it, and as a number."""

    text: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Rule:
    """Which keys may change, and how far. A bound that is None is missing, and a missing bound denies."""

    name: str
    keys: tuple[KeyPattern, ...]
    type: str
    """One of `amounts.KINDS`."""
    direction: str = "raise"
    min: Bound | None = None
    max: Bound | None = None
    insert_max: Bound | None = None
    """The most that may be written where the file has no value yet; None: only existing values are changed."""
    max_step_factor: Fraction | None = None
    """Of one change: new / old."""
    max_cumulative_factor: Fraction | None = None
    """Of all our changes to one key within `cumulative_period`."""
    cumulative_period: timedelta | None = None
    cooldown: timedelta | None = None
    """Between two changes of one key."""
    allowed: tuple[str, ...] = ()
    """For type `string`: the only values."""
    weakens_guardrail: bool = False
    """Changes under this rule take away protection (quotas, probes); they need a `stronger` approver."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. The empty policy allows nothing."""

    approvers: tuple[str, ...] = ()
    """Ids `<surface>:<name>` of the people who may decide; empty: nobody."""
    stronger: tuple[str, ...] = ()
    """Who may also decide changes that weaken a guardrail."""
    files: tuple[str, ...] = ()
    """Globs of the files that may be changed."""
    forbidden: tuple[KeyPattern, ...] = ()
    """Keys that no rule can allow, besides those that `policy.py` never allows."""
    rules: tuple[Rule, ...] = ()
    """The first rule that has a pattern for the key decides."""
    per_app_per_day: int | None = None
    per_day: int | None = None
    revert_when_not_recovered: bool = False
    """Whether a change that did not help is taken back by itself, without an approver having asked for it."""
    modified_needs_approval: str = "always"
    """Whether a person's own values are asked about again: `always`, `larger` (than proposed), `never`."""


def parse_policy(text: bytes) -> Policy:
    """Read `policy.yaml`; an empty file is the empty policy, which allows nothing.

    Args:
        text: the file's bytes, UTF-8.

    Raises:
        BadInput: names the field, its value and what to write; an unknown field too.
    """
    top = read_fields(text, "policy.yaml")
    top.allow(
        {"approvers", "stronger", "files", "forbidden", "rules", "budget", "modified_needs_approval"}
        | {"revert_when_not_recovered"}
    )
    budget = top.section("budget")
    if budget is not None:
        budget.allow({"changes_per_app_per_day", "changes_per_day"})
    return Policy(
        approvers=_people(top, "approvers"),
        stronger=_people(top, "stronger"),
        files=top.texts("files"),
        forbidden=tuple(_pattern(top, "forbidden", text) for text in top.texts("forbidden")),
        rules=top.each("rules", _rule),
        per_app_per_day=budget.whole("changes_per_app_per_day") if budget else None,
        per_day=budget.whole("changes_per_day") if budget else None,
        revert_when_not_recovered=top.flag("revert_when_not_recovered", False),
        modified_needs_approval=_one_of(top, "modified_needs_approval", MODIFIED, "always"),
    )


_RULE_FIELDS = frozenset(Rule.__dataclass_fields__)


def _rule(fields: Fields) -> Rule:
    fields.allow(_RULE_FIELDS)
    kind = _one_of(fields, "type", KINDS)
    keys = fields.texts("keys")
    if not keys:
        raise fields.wrong("keys", "at least one pattern, such as **.resources.limits.memory")
    rule = Rule(
        name=fields.text("name"),
        keys=tuple(_pattern(fields, "keys", text) for text in keys),
        type=kind,
        direction=_one_of(fields, "direction", DIRECTIONS, "raise"),
        min=_bound(fields, "min", kind),
        max=_bound(fields, "max", kind),
        insert_max=_bound(fields, "insert_max", kind),
        max_step_factor=fields.factor("max_step_factor"),
        max_cumulative_factor=fields.factor("max_cumulative_factor"),
        cumulative_period=fields.duration("cumulative_period"),
        cooldown=fields.duration("cooldown"),
        allowed=fields.texts("allowed"),
        weakens_guardrail=fields.flag("weakens_guardrail", False),
    )
    if rule.min and rule.max and rule.min.amount > rule.max.amount:
        raise fields.wrong("min", f"something not above `max` ({rule.max.text})")
    return rule


def _bound(fields: Fields, name: str, kind: str) -> Bound | None:
    value = fields.data.get(name)
    if value is None:
        return None
    amount = amount_of(value, kind) if isinstance(value, str | int | float) else None
    if amount is None:
        raise fields.wrong(name, f"an amount of {kind}")
    return Bound(str(value), amount)


def _pattern(fields: Fields, name: str, text: str) -> KeyPattern:
    try:
        return parse_pattern(text)
    except BadInput as cause:
        raise BadInput(f"{fields.where}: {name}: {cause}") from cause


def _people(fields: Fields, name: str) -> tuple[str, ...]:
    people = fields.texts(name)
    for person in people:
        surface, _, who = person.partition(":")
        if not surface or not who or "*" in person or surface == "clock":
            cure = "ids of single people as <surface>:<name>, for example api:alice or slack:U012AB"
            raise BadInput(f"{fields.where}: `{name}` lists {person!r:.80}; write {cure}")
    return people


def _one_of(fields: Fields, name: str, words: tuple[str, ...], default: str | None = None) -> str:
    value = fields.text(name, default)
    if value not in words:
        raise fields.wrong(name, f"one of: {', '.join(words)}")
    return value
