"""Where single events are handed in: alerts that Alertmanager delivers, faults that a person names."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from langraph.alertmanager import alert_key
from langraph.errors import BadInput
from langraph.models.incident import Alert, LogEvent
from langraph.ports import Batch, Clock, Ingested, Ledger, WakeQueue
from langraph.questions import NAME
from langraph.recognise import Recogniser
from langraph.texts import refusing as say

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reception:
    """Counts single events in, then wakes the incidents they belong to."""

    def __init__(self, ledger: Ledger, recogniser: Recogniser, queue: WakeQueue, clock: Clock) -> None:
        self._ledger = ledger
        self._recogniser = recogniser
        self._queue = queue
        self._clock = clock

    async def alerts(self, alerts: Sequence[Alert]) -> Ingested:
        """Count a delivery in; durable when it returns. Key: (alert fingerprint, starts_at, status).

        Raises:
            LedgerBusy: nothing was counted; deliver it again.
        """
        keys = [alert_key(alert) for alert in alerts]
        firing = [(a, key) for a, key in zip(alerts, keys, strict=True) if a.firing]
        found = [self._recogniser.alert(alert, key) for alert, key in firing]
        resolved = [(a.fingerprint, a.starts_at) for a in alerts if not a.firing]
        batch = Batch("alertmanager", keys, [one for one in found if one is not None], resolved=resolved)
        return await self._count(batch)

    async def trigger(
        self,
        log_text: str,
        log_source: str,
        *,
        app: str | None = None,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Ingested:
        """Take a person's word that this is a fault, known or not. Each call is one occurrence.

        Raises:
            BadInput: an empty text, or a name that Kubernetes would not take.
            LedgerBusy: nothing was counted; trigger it again.
        """
        if not log_text.strip():
            empty = say.empty_report()
            raise BadInput(empty.en, ko=empty.ko)
        for what, name in (("app", app), ("namespace", namespace)):
            if name is not None and not NAME.fullmatch(name):
                wrong = say.no_kubernetes_name(what, name)
                raise BadInput(wrong.en, ko=wrong.ko)
        at_ns = (self._clock.now() - _EPOCH) // timedelta(microseconds=1) * 1000
        given = {k: v for k, v in (("app", app), ("namespace", namespace)) if v is not None}
        event = LogEvent(log_text, at_ns, log_source, {**(labels or {}), **given})
        key = hashlib.blake2b(repr((at_ns, log_source, log_text)).encode(), digest_size=16).digest()
        occurrence = self._recogniser.event(event, key, asked=True) or self._recogniser.unknown(event, key)
        return await self._count(Batch("trigger", [key], [replace(occurrence, source="trigger")]))

    async def _count(self, batch: Batch) -> Ingested:
        done = await self._ledger.ingest(batch, self._clock.now())
        for incident in (*done.opened, *done.touched):
            self._queue.wake(incident)
        return done
