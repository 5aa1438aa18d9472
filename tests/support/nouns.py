"""Nouns for tests, with sensible defaults."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from langraph.models.incident import (
    BlastRadius,
    Category,
    FileEdit,
    Occurrence,
    Proposal,
    Severity,
    ValueChange,
)
from langraph.models.text import Text

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOON_NS = int(NOON.timestamp()) * 10**9


class TurnedClock:
    """A clock whose hands the test turns."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


def key(text: str) -> bytes:
    return sha256(text.encode()).digest()[:16]


def occurrence(
    name: str = "a",
    *,
    app: str | None = "grafana",
    category: Category = Category.OOM,
    runbook: str | None = "container_oom",
    after: timedelta = timedelta(),
    text: str = "Memory cgroup out of memory: Killed process 4711 (grafana)",
    labels: Mapping[str, str] | None = None,
    namespace: str | None = "monitoring",
    source: str = "loki",
) -> Occurrence:
    return Occurrence(
        key=key(name),
        at_ns=NOON_NS + int(after.total_seconds() * 1e9),
        text=text,
        source=source,
        labels=labels or {"app": app or "", "namespace": namespace or ""},
        category=category,
        runbook=runbook,
        app=app,
        namespace=namespace,
        severity=Severity.CRITICAL,
        template=str(runbook),
        fingerprint=sha256(f"{app}{namespace}{category}{runbook}".encode()).hexdigest()[:32],
        facts={},
    )


BEFORE = b"resources:\n  limits:\n    memory: 512Mi\n"
AFTER = b"resources:\n  limits:\n    memory: 1Gi\n"


def proposal(incident_id: str, *, version: int = 1, file: str = "helm-values/grafana/values.yaml") -> Proposal:
    change = ValueChange(file, ("resources", "limits", "memory"), "512Mi", "1Gi")
    return Proposal(
        incident_id=incident_id,
        version=version,
        changes=(change,),
        edits=(FileEdit(file, "0" * 40, BEFORE, AFTER),),
        diff="-    memory: 512Mi\n+    memory: 1Gi\n",
        revert_diff="-    memory: 1Gi\n+    memory: 512Mi\n",
        action=Text("raise", "증가"),
        explanation=Text("because", "왜냐하면"),
        blast=BlastRadius((file,), ("grafana",), True),
        created_at=NOON,
        expires_at=NOON + timedelta(hours=24),
    )
