"""What Prometheus knows of a fault and its app, asked before anything is proposed."""

from math import isfinite

from langraph import questions
from langraph.doors import Doors
from langraph.errors import BadQuery, SourceUnavailable
from langraph.models.incident import Evidence, Incident
from langraph.models.runbook import Runbook
from langraph.texts import working as say
from langraph.verifying import gauges

COURSE = "1h:1m"  # a subquery: an hour shows a leak and a peak, sixty points are a small picture


async def ask(doors: Doors, incident: Incident, runbook: Runbook | None) -> list[Evidence]:
    """Ask Prometheus what the runbook wants to know. Prometheus being away costs evidence, not the diagnosis."""
    if doors.metrics is None or runbook is None:
        return []
    answers = []
    for query in runbook.evidence:
        promql = questions.fill(query.promql, incident)
        if promql is None:
            continue
        try:
            value = (await doors.metrics.query(promql)).max
        except (SourceUnavailable, BadQuery) as error:
            answers.append(Evidence("query", promql, doors.clock.now(), None, say.not_answered(query.means, error)))
            continue
        shown = None if value is None else questions.with_unit(value, query.unit)
        course = await _course(doors, promql) if value is not None else ()
        answers.append(Evidence("query", promql, doors.clock.now(), shown, query.means, course=course))
    return answers


async def _course(doors: Doors, promql: str) -> tuple[float, ...]:
    """How the answer came about: the highest series over the hour before. A picture, so nothing hangs on it."""
    found = await gauges.samples(doors, f"({promql})[{COURSE}]")
    highest = max(found or (), key=lambda sample: sample.value, default=None)
    return tuple(value for _, value in highest.points if isfinite(value)) if highest is not None else ()


async def peak_bytes(doors: Doors, incident: Incident, runbook: Runbook) -> int | None:
    """The most that was used lately, for remedies that are sized by it; None when nobody measured."""
    template = questions.PEAKS.get(runbook.remedy.kind) if runbook.remedy else None
    promql = questions.fill(template, incident) if template else None
    value = await gauges.number(doors, promql) if promql else None
    return int(value) if value is not None and value > 0 else None
