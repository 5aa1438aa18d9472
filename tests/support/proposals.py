"""Ready-made nouns for tests about guardrails and proposals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from langraph.models.incident import Category, Diagnosis, Incident, Severity, Status, ValueChange
from langraph.models.runbook import Remedy, Runbook
from langraph.models.text import Text
from langraph.policy import Policy, parse_policy
from langraph.ports import AppliedChange

NOW = datetime(2025, 12, 26, 17, 16, 14, tzinfo=UTC)
FILE = "helm-values/grafana/values.yaml"
MEMORY = ("resources", "limits", "memory")
VALUES = b"""replicaCount: 1
image:
  tag: "11.4.0"
resources:
  limits:
    memory: 512Mi  # raised twice already
  requests:
    memory: 256Mi
env:
  - name: DB_POOL_SIZE
    value: "10"
  - name: DB_PASSWORD
    value: "10"
"""
POLICY = b"""
approvers: [api:alice, api:bob]
stronger: [api:carol]
modified_needs_approval: larger
files: ["helm-values/*/values.yaml"]
forbidden: ["**.special.**"]
budget: {changes_per_app_per_day: 3, changes_per_day: 5}
rules:
  - name: memory
    keys: ["**.resources.*.memory"]
    type: memory
    max_step_factor: 2
    min: 32Mi
    max: 8Gi
    insert_max: 1Gi
    max_cumulative_factor: 4
    cumulative_period: 7d
    cooldown: 1h
  - name: pools
    keys: ["**.env[name=*POOL*].value"]
    type: count
    max_step_factor: 2
    min: 1
    max: 50
    max_cumulative_factor: 4
    cumulative_period: 7d
    cooldown: 1h
    weakens_guardrail: true
"""


def policy(text: bytes = POLICY) -> Policy:
    return parse_policy(text)


def change(new: object = "1Gi", old: object = "512Mi", path: tuple[str | int, ...] = MEMORY) -> ValueChange:
    return ValueChange(FILE, path, old, new)  # type: ignore[arg-type]  # tests hand in wrong types on purpose


def applied(
    made: ValueChange, ago: timedelta = timedelta(hours=2), incident_id: str = "incident-other"
) -> AppliedChange:
    return AppliedChange(made, incident_id, NOW - ago)


def remedy(**changes: object) -> Remedy:
    usual = Remedy(
        action=Text(
            "Raise the memory of {app} from {old} to {new}.", "{app}의 메모리를 {old}에서 {new}(으)로 늘리세요."
        ),
        value_path="resources.limits.memory",
        op="multiply",
        amount="2",
        kind="memory",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # names are checked by replace itself


def runbook(fix: Remedy | None) -> Runbook:
    text = Text("Out of memory", "메모리 부족")
    return Runbook("oom", Category.OOM, text, Severity.CRITICAL, 90, text, (), (), (), fix, (), (), ())


def incident(**changes: object) -> Incident:
    usual = Incident(
        id="incident-20251226171614-3fa9c1",
        fingerprint="3fa9c1" + "0" * 26,
        category=Category.OOM,
        runbook="oom",
        app="grafana",
        namespace="monitoring",
        severity=Severity.CRITICAL,
        status=Status.DIAGNOSING,
        source="loki",
        first_line="OOMKilled",
        labels={},
        facts={},
        opened_at=NOW,
        last_seen_at=NOW,
        count=1,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # names are checked by replace itself


def diagnosis(container: str | None = "grafana") -> Diagnosis:
    cause = Text("grafana was killed because it ran out of memory.", "grafana에서 메모리 부족이 발생했습니다.")
    return Diagnosis(Category.OOM, "oom", "grafana", "monitoring", container, Severity.CRITICAL, cause)
