"""Watches a service after a change: asks the logs, Prometheus, the ledger. What nobody can tell is None."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from langraph import questions
from langraph.affected.reporters import is_reporter
from langraph.doors import Doors
from langraph.errors import BadQuery, SourceUnavailable
from langraph.models.incident import Incident, Proposal
from langraph.ports import SLOT, IncidentFilter, LogSource
from langraph.verifying import gauges, rates, rolling_out, verdict
from langraph.verifying.app_pods import AppPods
from langraph.verifying.verdict import Finding

EARLIER = timedelta(hours=1)  # late lines: an incident's first line need not be the first that was read
PARTS = 5  # of the watch; each must have samples, or there is a gap
LEAST_PART = timedelta(minutes=2)  # two scrapes at the slowest usual pace; shorter parts would be holes by chance
ALERTERS = ("prometheus", "alertmanager")
STREAM_LABELS = ("app", "app_kubernetes_io_name", "k8s_app", "service_name", "container")
LATEST = 200  # incidents looked at for new faults: more than that within a window is a storm of its own


@dataclass(frozen=True, slots=True)
class Watch:
    """One look back at a change: what it was, since when it is live, up to when it is judged."""

    incident: Incident
    proposal: Proposal
    live_at: datetime
    since: datetime
    """From when on Prometheus has to have seen everything; later than `live_at` when it was away."""
    until: datetime
    last_look: bool

    @property
    def length(self) -> timedelta:
        return self.until - self.live_at


async def logs_read_until(doors: Doors, incident: Incident, until: datetime) -> bool:
    """Whether the incident's log source has been read past `until`: an error not read yet has not stopped."""
    until_ns = int(until.timestamp() * 1e9)
    for source in _own_logs(doors, incident):
        cursor = await doors.ledger.cursor(source.name)
        if cursor is None or not cursor.isdigit() or int(cursor) < until_ns:
            return False
    return True


async def look(doors: Doors, watch: Watch, committed_at: datetime) -> list[Finding]:
    """Every signal there is, with its numbers; the fault's own ones first."""
    alerts = await doors.ledger.alerts_of(watch.incident.id)
    told = [verdict.alert(await _fires(doors, alerts))] if alerts else []
    alert_over = any(found.signal.healthy for found in told)
    findings = [*await _own_lines(doors, watch, alert_over=alert_over), *told]
    findings += await _pods(doors, watch)
    findings.append(await _new_errors(doors, watch))
    gone = verdict.live(await rolling_out.is_live(doors, watch.incident, watch.proposal, committed_at))
    return [*findings, gone] if gone else findings


# --- logs ----------------------------------------------------------------------------------------------------------


async def _own_lines(doors: Doors, watch: Watch, *, alert_over: bool) -> list[Finding]:
    """The fault's own lines, and whether the app writes any; nothing for a fault that never wrote a line."""
    incident, ledger = watch.incident, doors.ledger
    before = await ledger.occurrences_between(incident.id, incident.opened_at - EARLIER, watch.live_at)
    # One slot more: lines of the last seconds count although their slot is not over, in doubt against us.
    after = await ledger.occurrences_between(incident.id, watch.live_at, doors.clock.now() + SLOT)
    sources = _own_logs(doors, incident)
    if not before and not after:
        return []
    seen = rates.episodes(before, after, watch.live_at, watch.until)
    traffic = await _traffic(doors, watch, sum(slot.count for slot in before))
    read = await logs_read_until(doors, incident, watch.until) and not await _gap(doors, watch, sources)
    own = verdict.signature(
        seen,
        doors.timing.verify_window,
        read=read,
        talks=traffic.signal.healthy,
        alert_over=alert_over,
        last_look=watch.last_look,
    )
    if not sources:  # somebody's word, or a file: nobody can tell later either
        return [replace(own, may_settle=False), replace(traffic, may_settle=False)]
    return [own, traffic]


def _own_logs(doors: Doors, incident: Incident) -> list[LogSource]:
    """The log sources that its lines come from; none for a person's word. Lines may join what an alert opened."""
    if incident.source in ALERTERS:
        return list(doors.logs)
    return [source for source in doors.logs if source.name.partition(":")[0] == incident.source]


async def _gap(doors: Doors, watch: Watch, sources: Sequence[LogSource]) -> bool:
    """Whether lines of the watch exist that could not be read."""
    since, until = (int(at.timestamp() * 1e9) for at in (watch.live_at, watch.until))
    names = {source.name for source in sources}
    return any(
        gap.source in names and gap.since_ns < until and gap.until_ns > since for gap in await doors.ledger.gaps()
    )


async def _traffic(doors: Doors, watch: Watch, errors: int) -> Finding:
    """The app's lines a minute: as long before the fault as it is watched after the change, and since.

    An app that was ill from its first line has no time before; the time of the fault, without its lines, stands in.
    """
    opened, half, length_s = watch.incident.opened_at, watch.length / 2, watch.length.total_seconds()
    labels = await _stream(doors, watch)
    before, before_s = await _lines(doors, watch, labels, opened - watch.length, opened), length_s
    if before == 0:
        during, before_s = await _lines(doors, watch, labels, opened, watch.live_at), _seconds(opened, watch.live_at)
        before = None if during is None else max(0, during - errors)
    return verdict.traffic(
        _per_minute(before, before_s),
        _per_minute(await _lines(doors, watch, labels, watch.live_at, watch.until), length_s),
        _per_minute(await _lines(doors, watch, labels, watch.until - half, watch.until), length_s / 2),
        may_settle=labels is not None,
    )


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def _per_minute(lines: int | None, seconds: float) -> float | None:
    return None if lines is None else rates.per_minute(lines, seconds)


async def _stream(doors: Doors, watch: Watch) -> Mapping[str, str] | None:
    """Labels of the app's own stream: the line's, or, when somebody else told of it (the kernel, an event exporter,
    an alert), the first of the usual ones under which the app writes anything. None: not known.
    """
    incident = watch.incident
    labels = {name: value for name, value in incident.labels.items() if name in questions.APP_LABELS}
    speakers = [value for name, value in labels.items() if name != "namespace"]
    if incident.source not in ALERTERS and speakers and not any(map(is_reporter, speakers)):
        return labels
    if incident.app is None or incident.namespace is None:
        return None
    for name in STREAM_LABELS:
        usual = {"namespace": incident.namespace, name: incident.app}
        if await _lines(doors, watch, usual, incident.opened_at - watch.length, watch.until):
            return usual
    return None


async def _lines(
    doors: Doors, watch: Watch, labels: Mapping[str, str] | None, since: datetime, until: datetime
) -> int | None:
    """Lines of any kind that the app wrote; None when no source can tell."""
    if labels is None:
        return None
    counts = []
    for source in _own_logs(doors, watch.incident):
        try:
            counts.append(await source.traffic(labels, since, until))
        except (SourceUnavailable, BadQuery):
            counts.append(None)
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


# --- alerts --------------------------------------------------------------------------------------------------------


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


# --- pods ----------------------------------------------------------------------------------------------------------


async def _pods(doors: Doors, watch: Watch) -> list[Finding]:
    """Restarts and readiness of the app's own pods, since the change."""
    pods = await gauges.pods_of(doors, watch.incident) if doors.metrics is not None else None
    if pods is None:
        return []
    exist = await gauges.number(doors, f'count(kube_pod_status_ready{{{pods.now},condition="true"}})')
    whole = await _whole(doors, watch, pods)
    found = [await _restarts(doors, watch, pods, whole) if exist else _no_restarts(whole)]
    unready = await _unready(doors, watch, pods, whole) if exist else verdict.unready(None, None, whole=whole)
    return [*found, unready] if unready else found


def _no_restarts(whole: bool | None) -> Finding:
    return verdict.restarts(None, None, None, whole=whole, quiet_long=False)


async def _restarts(doors: Doors, watch: Watch, pods: AppPods, whole: bool | None) -> Finding:
    opened, half = watch.incident.opened_at, watch.length / 2
    counter = "kube_pod_container_status_restarts_total"
    ill = _promql_seconds(watch.live_at - opened)
    total = await gauges.number(doors, f"sum(increase({counter}{{{pods.now}}}[{_promql_seconds(watch.length)}]))")
    recent = await gauges.number(doors, f"sum(increase({counter}{{{pods.now}}}[{_promql_seconds(half)}]))")
    return verdict.restarts(
        await gauges.number(doors, f"sum(increase({counter}{{{pods.widely}}}[{ill}]))", watch.live_at),
        total,
        total if recent is None else recent,  # half a short watch may hold one sample only
        whole=whole,
        quiet_long=half >= doors.timing.verify_window,
    )


async def _unready(doors: Doors, watch: Watch, pods: AppPods, whole: bool | None) -> Finding | None:
    unready = f'kube_pod_status_ready{{{pods.now},condition="false"}}'
    half = _promql_seconds(watch.length / 2)
    share = await gauges.number(doors, f"max(avg_over_time({unready}[{half}]))")
    return verdict.unready(await gauges.number(doors, f"sum({unready})"), share, whole=whole)


async def _whole(doors: Doors, watch: Watch, pods: AppPods) -> bool | None:
    """Whether every part of the watch has samples; None: no part has, or Prometheus was never there."""
    seen = watch.until - watch.since
    part = max(seen / PARTS, LEAST_PART)
    asked = f'sum(count_over_time(kube_pod_status_ready{{{pods.now},condition="true"}}[{_promql_seconds(part)}]))'
    parts = max(1, seen // part)
    found = [await gauges.number(doors, asked, watch.until - n * part) for n in range(parts)]
    return all(found) if any(found) else None


def _promql_seconds(length: timedelta) -> str:
    return f"{max(1, round(length.total_seconds()))}s"


# --- new faults ----------------------------------------------------------------------------------------------------


async def _new_errors(doors: Doors, watch: Watch) -> Finding:
    latest, _ = await doors.ledger.incidents(IncidentFilter(), LATEST)
    old = {one.fingerprint for one in latest if one.opened_at <= watch.live_at}
    later = [
        one
        for one in latest
        if one.opened_at > watch.live_at and one.id != watch.incident.id and one.fingerprint not in old
    ]
    return verdict.new_errors(watch.incident, later, watch.proposal.blast.apps)
