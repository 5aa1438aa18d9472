"""Trials and records of past incidents, with sensible defaults."""

from collections.abc import Mapping
from datetime import timedelta

from langraph.models.incident import Category, Scalar
from langraph.models.learning import Result, Step, Trial
from langraph.ports import RecordedIncident
from tests.support.proposals import FILE, NOW

KEY = "resources.limits.memory"


def step(old: Scalar = "512Mi", new: Scalar = "1Gi", key: str = KEY) -> Step:
    return Step(key, old, new)


def trial(
    result: Result = Result.RECOVERED,
    made: Step | None = None,
    *,
    days: float = 1,
    incident: str | None = None,
    app: str = "grafana",
    category: Category = Category.OOM,
    file: str = FILE,
    by: str = "",
    feedback: str = "",
    expected: str = "",
    instead: Step | None = None,
) -> Trial:
    """A trial that ended `days` ago; its incident is named after the day unless it is given."""
    return Trial(
        incident_id=incident or f"incident-{days:g}-days-ago",
        category=category,
        app=app,
        namespace="monitoring",
        file=file,
        doc=0,
        step=made or step(),
        result=result,
        at=NOW - timedelta(days=days),
        by=by,
        feedback=feedback,
        expected=expected,
        instead=instead,
    )


def change_of(made: Step) -> dict[str, object]:
    """A change as `metadata.json` has it."""
    return {"file": FILE, "doc": 0, "path": made.key, "op": "set", "old": made.old, "new": made.new}


def said(action: str, name: str = "Alice", comment: str = "", days: float = 1) -> dict[str, object]:
    """A decision as `metadata.json` has it."""
    at = (NOW - timedelta(days=days)).isoformat()
    return {"action": action, "by": "api:alice", "name": name, "at": at, "comment": comment}


def record(
    status: object = "recovered",
    made: Step | None = None,
    *,
    days: float = 1,
    negative: Mapping[str, object] | None = None,
    **more: object,
) -> RecordedIncident:
    """An incident's folder as git has it."""
    metadata: dict[str, object] = {
        "status": status,
        "category": "oom",
        "app": "grafana",
        "namespace": "monitoring",
        "proposal": {"version": 1, "changes": [change_of(made or step())]},
        "decision": said("reject" if status == "rejected" else "approve", days=days),
        "closed_at": (NOW - timedelta(days=days)).isoformat(),
    }
    return RecordedIncident(f"incident-{days:g}-days-ago", "c0ffee", metadata | more, negative)
