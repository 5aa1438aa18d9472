"""Did the change help? Three answers; no data is never health. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from langraph.models.incident import Incident, Outcome, Proposal, Signal, Status
from langraph.quantity import parse
from langraph.texts import verifying as say

FIRST_LOOK = timedelta(seconds=5)  # a GitOps controller needs longer; the demo's does not
ALERT_LINGERS = timedelta(minutes=6)  # the ranges of kubernetes-mixin's rules are 5: they remember what is over
LOOKS_PER_WINDOW = 10  # while waiting for the rollout: often enough to see it start, few enough to cost nothing


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask Prometheus about one app, with the answers' meaning fixed here."""

    restarts: str
    """Restarts of its containers in the window; above 0 is unhealthy."""
    unready: str
    """Pods that are not ready; above 0 is unhealthy."""
    pods: str
    """Pods that exist; without one there is no health."""
    live: str | None
    """The value in force, as a number; None when no series tells it."""


def questions(incident: Incident, proposal: Proposal, window: timedelta) -> Questions | None:
    """The PromQL for this incident; None when its app or namespace is not known.

    Names are RFC 1123, checked where they were read, so they need no further escaping than the dot.
    """
    if incident.app is None or incident.namespace is None:
        return None
    app = incident.app.replace(".", "\\\\.")
    pods = f'namespace="{incident.namespace}",pod=~"{app}(-.*)?"'
    seconds = max(1, int(window.total_seconds()))
    return Questions(
        restarts=f"sum(increase(kube_pod_container_status_restarts_total{{{pods}}}[{seconds}s]))",
        unready=f'sum(kube_pod_status_ready{{{pods},condition="false"}})',
        pods=f'count(kube_pod_status_ready{{{pods},condition="true"}})',
        live=_live_question(pods, proposal),
    )


def _live_question(pods: str, proposal: Proposal) -> str | None:
    """The lowest limit in force over the app's pods: below the new one, the rollout is not over."""
    for change in proposal.changes:
        if change.path[-2:] in (("limits", "memory"), ("limits", "cpu")):
            return f'min(kube_pod_container_resource_limits{{{pods},resource="{change.path[-1]}"}})'
    return None


def expected_live(proposal: Proposal) -> float | None:
    """The number that `Questions.live` shows when the change is in force."""
    for change in proposal.changes:
        if change.path[-2:] in (("limits", "memory"), ("limits", "cpu")):
            return float(parse(str(change.new)).value)
    return None


def next_look(now: datetime, window: timedelta) -> datetime:
    """When to look again for the rollout."""
    return now + max(FIRST_LOOK, window / LOOKS_PER_WINDOW)


def signature_signal(before: int, after: int, traffic: int | None) -> Signal:
    """The incident's own log signature. Silence counts as health only while the app talks."""
    healthy = False if after > 0 else (True if traffic else None)
    return Signal("log_signature", float(before), float(after), healthy, say.log_signature(before, after, traffic))


def alert_signal(firing: bool | None) -> Signal:
    """The alert that opened or joined the incident; None: nobody can say whether it fires."""
    if firing is None:
        return Signal("alert", 1.0, None, None, say.alert(None))
    return Signal("alert", 1.0, float(firing), not firing, say.alert(firing))


def count_signal(name: str, value: float | None, pods: float | None) -> Signal:
    """A count that should be zero (`restarts`, `unready`), meaningless without pods."""
    known = value is not None and pods is not None and pods > 0
    return Signal(name, None, value, (value or 0) < HALF if known else None, say.counted(name, value))


HALF = 0.5  # `increase` extrapolates: half an event is no event


def verdict(signals: Sequence[Signal], at: datetime) -> Outcome:
    """Unhealthy if any signal says so; recovered only if the fault's own signal says so; else inconclusive."""
    bad = [s for s in signals if s.healthy is False]
    if bad:
        return Outcome(Status.NOT_RECOVERED, at, say.not_recovered(bad[0]), tuple(signals))
    own = [s for s in signals if s.name in ("log_signature", "alert")]
    if own and any(s.healthy for s in own):
        return Outcome(Status.RECOVERED, at, say.recovered(), tuple(signals))
    return Outcome(Status.INCONCLUSIVE, at, say.no_data(), tuple(signals))


def only_an_alert_lingers(signals: Sequence[Signal]) -> bool:
    """Nothing is wrong but an alert that is not known to be over.

    Its rule may look back at the time before the change, or who knows of it does not answer now.
    """
    open_alert = any(s.name == "alert" and s.healthy is not True for s in signals)
    return open_alert and not any(s.name != "alert" and s.healthy is False for s in signals)


def never_live(at: datetime, timeout: timedelta) -> Outcome:
    """Committed, but nothing in the cluster changed."""
    return Outcome(Status.INCONCLUSIVE, at, say.never_live(timeout))
