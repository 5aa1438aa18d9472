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
    """What the value is: `memory`, `cpu`, `storage`, `seconds`, `count`, `string`."""
    default: str | None = None
    """Where the chart leaves the value unset: what we would insert; None: only an existing value is changed."""
    restarts_pods: bool = True
    weakens_guardrail: bool = False


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
    """None: no values change can mend it; advice only."""
    evidence: tuple[EvidenceQuery, ...]
    ruled_out: tuple[Text, ...]
    """Look-alikes, and how this fault is told from them."""
    sources: tuple[str, ...]
    """Where the messages are documented."""
