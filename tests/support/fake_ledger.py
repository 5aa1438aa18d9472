"""The ledger in memory, as far as events go: same semantics as `ports.Ledger`, and it can be told to fail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from langraph.errors import LedgerBusy
from langraph.models.incident import Incident, Occurrence, Status, incident_id
from langraph.ports import Batch, Gap, Ingested


class FakeLedger:
    """Counts pages in, each key once, all of a batch or nothing."""

    def __init__(self) -> None:
        self.cursors: dict[str, str] = {}
        self.seen: dict[bytes, datetime] = {}
        self.counted: list[Occurrence] = []
        self.by_fingerprint: dict[str, Incident] = {}
        self.batches: list[Batch] = []
        self.minutes: dict[str, dict[int, int]] = {}
        self.busy = 0
        """How many of the next writes fail."""
        self._gaps: dict[tuple[str, int, int], Gap] = {}
        self._alerts: dict[tuple[str, str, datetime], tuple[bool, str]] = {}

    async def cursor(self, source: str) -> str | None:
        return self.cursors.get(source)

    async def ingest(self, batch: Batch, now: datetime) -> Ingested:
        self._write()
        self.batches.append(batch)
        new = {key for key in batch.keys if key not in self.seen}
        self.seen |= dict.fromkeys(new, now)
        fresh = [one for one in batch.occurrences if one.key in new]
        opened: dict[str, None] = {}
        touched: dict[str, None] = {}
        for one in fresh:
            is_new = one.fingerprint not in self.by_fingerprint
            (opened if is_new else touched)[self._count(one, now)] = None
        for one in batch.occurrences:
            if one.alert is not None:
                known = (one.alert.source, one.alert.fingerprint, one.alert.starts_at)
                self._alerts[known] = (one.alert.firing, self.by_fingerprint[one.fingerprint].id)
        for fingerprint, starts_at in batch.resolved:
            known = (batch.source, fingerprint, starts_at)
            if known in self._alerts:
                self._alerts[known] = (False, self._alerts[known][1])
                touched[self._alerts[known][1]] = None
        self._gaps |= {(gap.source, gap.since_ns, gap.until_ns): gap for gap in batch.gaps}
        if batch.cursor is not None:
            self.cursors[batch.source] = batch.cursor
        return Ingested(len(new), len(fresh), tuple(opened), tuple(one for one in touched if one not in opened))

    async def minute_counts(self, source: str, since_ns: int) -> Mapping[int, int]:
        return {key: count for key, count in self.minutes.get(source, {}).items() if key >= since_ns}

    async def save_minute_counts(self, source: str, counts: Mapping[int, int]) -> None:
        self._write()
        self.minutes.setdefault(source, {}).update(counts)

    async def gaps(self) -> Sequence[Gap]:
        return list(self._gaps.values())

    async def alerts_of(self, incident_id: str) -> Mapping[str, bool]:
        mine = [(fp, firing) for (_, fp, _), (firing, owner) in self._alerts.items() if owner == incident_id]
        return {fp: any(firing for other, firing in mine if other == fp) for fp, _ in mine}

    async def firing_alerts(self, source: str) -> Sequence[tuple[str, datetime]]:
        return [(fp, at) for (origin, fp, at), (firing, _) in self._alerts.items() if origin == source and firing]

    async def forget_seen(self, before: datetime) -> int:
        self._write()
        old = [key for key, at in self.seen.items() if at < before]
        for key in old:
            del self.seen[key]
        return len(old)

    def _write(self) -> None:
        if self.busy > 0:
            self.busy -= 1
            raise LedgerBusy("the ledger is busy: told so by the test")

    def _count(self, one: Occurrence, now: datetime) -> str:
        at = datetime.fromtimestamp(one.at_ns / 1e9, UTC)
        known = self.by_fingerprint.get(one.fingerprint)
        self.counted.append(one)
        if known is not None:
            self.by_fingerprint[one.fingerprint] = replace(known, count=known.count + 1, last_seen_at=at)
            return known.id
        opened = Incident(
            id=incident_id(at, one.fingerprint),
            fingerprint=one.fingerprint,
            category=one.category,
            runbook=one.runbook,
            app=one.app,
            namespace=one.namespace,
            severity=one.severity,
            status=Status.DETECTED,
            source=one.source,
            first_line=one.text,
            labels=one.labels,
            facts=one.facts,
            opened_at=at,
            last_seen_at=at,
            count=1,
            wake_at=now,
        )
        self.by_fingerprint[one.fingerprint] = opened
        return opened.id
