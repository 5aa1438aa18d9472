"""Polls a source of alerts: what fires becomes occurrences, what has gone for good is noted as resolved."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from langraph.alertmanager import AlertSnapshot, alert_key
from langraph.models.incident import Alert, Occurrence
from langraph.ports import Batch, Clock, Ledger, WakeQueue
from services.intake import Watch
from services.pacing import Pace, keep_doing

AlertId = tuple[str, datetime]
"""(alert fingerprint, starts_at)"""

log = structlog.get_logger(__name__)


class AlertSource(Protocol):
    """What the monitor asks; Prometheus and Alertmanager have it."""

    async def snapshot(self) -> AlertSnapshot:
        """The alerts now. Raises SourceUnavailable when that is not known for all of them."""
        ...


class AlertRecogniser(Protocol):
    """What the monitor needs of the recogniser."""

    def alert(self, alert: Alert, key: bytes) -> Occurrence | None:
        """The alert as an occurrence of a fault; None for one that is no fault."""
        ...


class AlertMonitor:
    """Follows one source of alerts.

    Args:
        name: `prometheus` or `alertmanager`: under it the ledger knows which alerts fire.
        source: where alerts come from.
        ledger: where they are counted.
        recogniser: makes occurrences of them.
        queue: who is told about incidents that changed.
        clock: the time.
        resolve_after: how long an alert must be gone. A restarting Prometheus shows none until each rule was
            evaluated again, a minute by default; no data is not health.
        pace: the beat.
        watch: who is told how reading goes.
    """

    def __init__(
        self,
        name: str,
        source: AlertSource,
        ledger: Ledger,
        recogniser: AlertRecogniser,
        queue: WakeQueue,
        clock: Clock,
        *,
        resolve_after: timedelta = timedelta(minutes=2),
        pace: Pace | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._name = name
        self._source = source
        self._ledger = ledger
        self._recogniser = recogniser
        self._queue = queue
        self._clock = clock
        self._resolve_after = resolve_after
        self._pace = pace or Pace()
        self._watch = watch or Watch()
        self._gone_since: dict[AlertId, datetime] = {}
        self._no_fault: set[AlertId] = set()

    async def run(self) -> None:
        """Poll until cancelled, or until the ledger is broken."""
        await keep_doing(f"{self._name} alerts", self.poll_once, self._pace, self._watch.on_error)

    async def poll_once(self) -> int:
        """Compare what fires with what the ledger knows to fire. Returns the number of changes.

        Key of an alert: (fingerprint, starts_at, status).

        Raises:
            SourceUnavailable, LedgerBusy: nothing was concluded; call again later.
        """
        now = self._clock.now()
        snapshot = await self._source.snapshot()
        known = {_same(one) for one in await self._ledger.firing_alerts(self._name)}
        new = [alert for alert in snapshot.firing if _id_of(alert) not in known | self._no_fault]
        resolved = self._resolved(known, snapshot, now)
        if not new and not resolved:
            return 0
        keys = [alert_key(alert) for alert in new]
        found = [self._recogniser.alert(alert, key) for alert, key in zip(new, keys, strict=True)]
        batch = Batch(self._name, keys, [one for one in found if one is not None], resolved=resolved)
        done = await self._ledger.ingest(batch, now)
        self._gone_since = {one: since for one, since in self._gone_since.items() if one not in resolved}
        silent = {_id_of(alert) for alert, one in zip(new, found, strict=True) if one is None}
        self._no_fault = (self._no_fault | silent) & {_id_of(alert) for alert in snapshot.firing}
        for incident in (*done.opened, *done.touched):
            self._queue.wake(incident)
        log.info("alerts changed", source=self._name, new=len(new), resolved=len(resolved))
        return len(new) + len(resolved)

    def _resolved(self, known: set[AlertId], snapshot: AlertSnapshot, now: datetime) -> list[AlertId]:
        """Alerts that the ledger takes for firing and that nobody has seen for long enough."""
        there = {_id_of(alert) for alert in (*snapshot.firing, *snapshot.quiet)}
        gone = known - there
        self._gone_since = {one: self._gone_since.get(one, now) for one in gone}
        return sorted(one for one, since in self._gone_since.items() if now - since >= self._resolve_after)


def _id_of(alert: Alert) -> AlertId:
    return alert.fingerprint, alert.starts_at


def _same(known: AlertId) -> AlertId:
    """The ledger's time as aware UTC, to compare."""
    return known[0], known[1].astimezone(UTC)
