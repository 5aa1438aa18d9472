"""A runbook: one known fault, how to recognise it, what to do, how to verify. Data; read from YAML."""

from dataclasses import dataclass

from langraph.models.incident import Category, Severity
from langraph.models.text import Text


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way a log line shows the fault.

    `regex` is matched case-sensitively unless it starts with `(?i)`; named groups become facts
    (`pod`, `container`, `app`, `namespace`, `limit`, `image`, `host`, ...).
    """

    regex: str
    unless: tuple[str, ...] = ()
    """Regexes of look-alikes: when one matches the same line, this pattern does not count."""


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """A PromQL question that supports the cause or rules it out."""

    name: str
    promql: str
    """With `$namespace`, `$pod` (a regex of the app's pods), `$container` in place of label values."""
    unit: str
    """`bytes`, `ratio`, `count`, `seconds`, `cores`."""
    means: Text


@dataclass(frozen=True, slots=True)
class Remedy:
    """What usually mends the fault."""

    action: Text
    """With `{app}`, `{old}`, `{new}` to be filled in."""
    value_path: str
    """Where charts usually keep the value, for example `resources.limits.memory`; relative to the component."""
    op: str
    """`multiply` (by `amount`), `add` (`amount`), or `set` (to `amount`)."""
    amount: str
    kind: str
    """What the value is, one of `amounts.KINDS`."""
    default: str | None = None
    """Where the chart leaves the value unset: what we would insert; None: only an existing value is changed."""
    restarts_pods: bool = True
    weakens_guardrail: bool = False
    names: tuple[str, ...] = ()
    """What programs and charts call the value (`-Xmx`, `max_connections`), where it has no usual place: it is looked
    for by name then, and `value_path` only tells people what it is."""
    software: tuple[str, ...] = ()
    """Words of which the app, its pod, its container or a key above the value must bear one: among a client's own
    values a setting of the same name means something else."""
    below: tuple[str, ...] = ()
    """Words of which a key above the value must bear one: a `memory` that is a quota's is below a `quota`."""
    within: str | None = None
    """Where the container's limit is that must have room for the value: three quarters of it at most."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """One known fault."""

    id: str
    category: Category
    title: Text
    severity: Severity
    rank: int
    """How close to a root cause this fault usually is, 0 to 100: a higher one wins over a lower one."""
    cause: Text
    """With `{app}` and the facts to be filled in."""
    advice: tuple[Text, ...]
    patterns: tuple[Pattern, ...]
    alerts: tuple[str, ...]
    """Names of alert rules that mean this fault."""
    remedy: Remedy | None
    """None: no values change can mend it, but for what `own_limit` says; advice only."""
    evidence: tuple[EvidenceQuery, ...]
    ruled_out: tuple[Text, ...]
    """Look-alikes, and how this fault is told from them."""
    sources: tuple[str, ...]
    """Where the messages are documented."""
    own_limit: Remedy | None = None
    """The program's own limit of what ran out (a heap, a server's connections), where the team's values set it: while
    it is there, raising anything around it helps nothing."""

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What may mend the fault, in the order in which it is looked for in the values."""
        return tuple(one for one in (self.own_limit, self.remedy) if one is not None)
