"""Numbers from Prometheus, where no answer is None and never zero."""

from collections.abc import Sequence
from datetime import datetime

from langraph.doors import Doors
from langraph.errors import BadQuery, SourceUnavailable
from langraph.models.incident import Incident
from langraph.ports import Sample
from langraph.verifying import app_pods
from langraph.verifying.app_pods import AppPods


async def samples(doors: Doors, promql: str, at: datetime | None = None) -> Sequence[Sample] | None:
    """The series of an answer; None when Prometheus is away or its answer cannot be trusted."""
    if doors.metrics is None:
        return None
    try:
        reading = await doors.metrics.query(promql, at)
    except (SourceUnavailable, BadQuery):
        return None  # unknown is a verdict's business: it never counts as health
    numbers = [sample for sample in reading.samples if sample.value == sample.value]
    return numbers if reading.complete else None


async def number(doors: Doors, promql: str, at: datetime | None = None) -> float | None:
    """The largest number of an answer; None when there is no data, or none to be trusted."""
    found = await samples(doors, promql, at)
    return max((sample.value for sample in found), default=None) if found else None


async def is_away(doors: Doors) -> bool:
    """Whether there is a Prometheus and it does not answer: that delays a verdict, it decides nothing."""
    if doors.metrics is None:
        return False
    try:
        await doors.metrics.query("vector(1)")
    except SourceUnavailable:
        return True
    except BadQuery:  # it refuses, so it answers
        return False
    return False


async def pods_of(doors: Doors, incident: Incident) -> AppPods | None:
    """The app's pods, by name where Prometheus tells; None when its names are not known."""
    pods = app_pods.of(incident)
    if pods is None:
        return None
    for asked in (f"kube_pod_info{{{pods.widely}}}", f'kube_pod_status_ready{{{pods.widely},condition="true"}}'):
        found = await samples(doors, asked)
        if found:
            return app_pods.named(pods, [sample.labels for sample in found])
    return pods
