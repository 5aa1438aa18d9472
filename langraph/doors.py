"""What the steps of the workflow may use of the outside, in one bundle of ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from langraph.models.runbook import Runbook
from langraph.ports import Clock, GitStore, Ledger, LogSource, MetricSource
from langraph.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the workflow waits for what."""

    approval_expiry: timedelta
    approval_reminder: timedelta
    verify_window: timedelta
    rollout_timeout: timedelta
    owner_wait: timedelta = timedelta(seconds=30)
    """A line that names no app waits so long for an event that does: log shippers differ by some seconds."""
    systemic_apps: int = 6
    """So many apps that fail within a minute share a cause; nothing is proposed for each of them."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything outside that a step may use."""

    ledger: Ledger
    git: GitStore
    rulebook: Rulebook
    runbooks: Mapping[str, Runbook]
    metrics: MetricSource | None
    logs: Sequence[LogSource]
    clock: Clock
    timing: Timing
    locale: str
    values_dir: str
    live_query: str | None = None
    """The team's own PromQL for "the change is live", with {app}, {namespace}, {container}; not zero: it is."""
