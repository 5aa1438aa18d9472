"""What is true of a service now: asks Prometheus, the logs, the ledger. What nobody can tell is None."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from langraph import questions, verification
from langraph.doors import Doors
from langraph.errors import BadQuery, SourceUnavailable
from langraph.models.incident import Evidence, Incident, Proposal, Signal
from langraph.models.runbook import Runbook
from langraph.ports import LogSource
from langraph.texts import working as say


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
        answers.append(Evidence("query", promql, doors.clock.now(), shown, query.means))
    return answers


async def peak_bytes(doors: Doors, incident: Incident, runbook: Runbook) -> int | None:
    """The most that was used lately, for remedies that are sized by it; None when nobody measured."""
    template = questions.PEAKS.get(runbook.remedy.kind) if runbook.remedy else None
    promql = questions.fill(template, incident) if template else None
    value = await _number(doors, promql) if promql else None
    return int(value) if value is not None and value > 0 else None


async def is_live(doors: Doors, incident: Incident, proposal: Proposal) -> bool | None:
    """Whether the new value is in force; None when nothing can tell."""
    asked = verification.questions(incident, proposal, doors.timing.verify_window)
    expected = verification.expected_live(proposal)
    if asked is None or asked.live is None or expected is None:
        return None
    value = await _number(doors, asked.live)
    return None if value is None else value >= expected


async def logs_read_until(doors: Doors, incident: Incident, until: datetime) -> bool:
    """Whether the incident's log source has been read past `until`: an error not read yet has not stopped."""
    until_ns = int(until.timestamp() * 1e9)
    for source in _own_logs(doors, incident):
        cursor = await doors.ledger.cursor(source.name)
        if cursor is None or not cursor.isdigit() or int(cursor) < until_ns:
            return False
    return True


async def measure(
    doors: Doors, incident: Incident, proposal: Proposal, live_at: datetime, now: datetime
) -> list[Signal]:
    before = await doors.ledger.occurrences_between(incident.id, incident.opened_at - timedelta(hours=1), live_at)
    after = await doors.ledger.occurrences_between(incident.id, live_at, now)
    signals = [verification.signature_signal(before, after, await _traffic(doors, incident, live_at, now))]
    alerts = await doors.ledger.alerts_of(incident.id)
    if alerts:
        signals.append(verification.alert_signal(await _fires(doors, alerts)))
    asked = verification.questions(incident, proposal, now - live_at)
    if asked is not None and doors.metrics is not None:
        pods = await _number(doors, asked.pods)
        signals.append(verification.count_signal("restarts", await _number(doors, asked.restarts), pods))
        signals.append(verification.count_signal("unready", await _number(doors, asked.unready), pods))
    return signals


async def _number(doors: Doors, promql: str) -> float | None:
    """One number from Prometheus; None when there is no data, or none to be trusted."""
    if doors.metrics is None:
        return None
    try:
        return (await doors.metrics.query(promql)).max
    except (SourceUnavailable, BadQuery):
        return None  # unknown is a verdict's business: it never counts as health


def _own_logs(doors: Doors, incident: Incident) -> list[LogSource]:
    """The log sources that its lines came from; none for an alert or a person's word."""
    return [source for source in doors.logs if source.name.partition(":")[0] == incident.source]


async def _fires(doors: Doors, known: Mapping[str, bool]) -> bool | None:
    """Whether one of the alerts fires; None when Prometheus, which would know, does not answer.

    While Prometheus is away Alertmanager takes its alerts for resolved, and tells us so: that is no news of them.
    And Prometheus' silence is none of the alerts that only Alertmanager told us of, of Loki's ruler for example.
    """
    if doors.metrics is None:
        return any(known.values())
    polled, delivered = [
        {fingerprint for fingerprint, _ in await doors.ledger.firing_alerts(source)} & known.keys()
        for source in ("prometheus", "alertmanager")
    ]
    if delivered - polled:
        return True
    try:
        return any(alert.fingerprint in known for alert in await doors.metrics.alerts())
    except (SourceUnavailable, BadQuery):
        return None


async def _traffic(doors: Doors, incident: Incident, since: datetime, until: datetime) -> int | None:
    """Lines of any kind that the app wrote; None when no source can tell."""
    labels = {name: value for name, value in incident.labels.items() if name in questions.APP_LABELS}
    if not labels:
        return None
    counts = []
    for source in _own_logs(doors, incident):
        try:
            counts.append(await source.traffic(labels, since, until))
        except (SourceUnavailable, BadQuery):
            counts.append(None)
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
