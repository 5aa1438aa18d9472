"""A counter to ask: the real ledger in a file, git in memory, a reception that notes what it was handed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import httpx
from fastapi import FastAPI

from api.counter import Counter
from api.keys import ApiKeys
from langraph.decisions import Desk
from langraph.feedback import Feedback
from langraph.models.incident import (
    Alert,
    BlastRadius,
    Category,
    Diagnosis,
    FileEdit,
    Occurrence,
    Proposal,
    Severity,
    Status,
    ValueChange,
)
from langraph.models.text import Text
from langraph.ports import Batch, Ingested
from langraph.recognise import Recogniser
from langraph.rulebook import Rulebook
from services.api_server import build_app
from services.event_queue import EventQueue
from services.feedback_loop import FeedbackLoop
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from tests.support.fake_git import FakeGitStore
from tests.support.virtual_time import VirtualTime

NOBODY = cast("Recogniser", None)
"""Reads nothing again: no record here holds what it was made from."""
ALICE, BOB = "alice-secret-0123456789", "bob-secret-0123456789abc"
KEYS = (f"alice:{ALICE}", f"bob:{BOB}")
VALUES = "helm-values/grafana/values.yaml"
BEFORE = b"resources:\n  limits:\n    memory: 512Mi\n"
AFTER = b"resources:\n  limits:\n    memory: 1Gi\n"
POLICY = b"""approvers: [local:operator, api:alice, api:bob]
files: ["helm-values/*/values.yaml"]
budget: {changes_per_app_per_day: 9, changes_per_day: 99}
modified_needs_approval: larger
rules:
  - name: memory
    keys: ["**.resources.limits.memory"]
    type: memory
    min: 64Mi
    max: 4Gi
    insert_max: 1Gi
    max_step_factor: 4
    max_cumulative_factor: 8
    cumulative_period: 7d
    cooldown: 30m
"""


@dataclass(slots=True)
class FakeReception:
    """Takes everything in, opens one incident for each new text."""

    triggered: list[tuple[str, str, str | None, str | None, dict[str, str]]] = field(default_factory=list)
    delivered: list[Sequence[Alert]] = field(default_factory=list)
    refuse: Exception | None = None

    async def trigger(
        self, log_text: str, log_source: str, *, app: str | None, namespace: str | None, labels: Mapping[str, str]
    ) -> Ingested:
        if self.refuse:
            raise self.refuse
        known = any(one[0] == log_text for one in self.triggered)
        self.triggered.append((log_text, log_source, app, namespace, dict(labels)))
        ids = ("incident-20261120083000-00000a",)
        return Ingested(1, 1, () if known else ids, ids if known else ())

    async def alerts(self, alerts: Sequence[Alert]) -> Ingested:
        if self.refuse:
            raise self.refuse
        self.delivered.append(alerts)
        return Ingested(len(alerts), len(alerts), ("incident-20261120083000-00000b",), ())


class FakeMetrics:
    """One metric."""

    def render(self) -> tuple[bytes, str]:
        return b"langraph_up 1\n", "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class CounterWorld:
    """Everything behind the counter, and the app in front of it."""

    ledger: SqlLedger
    git: FakeGitStore
    queue: EventQueue
    reception: FakeReception
    clock: VirtualTime
    app: FastAPI
    needs: dict[str, str | None] = field(default_factory=lambda: {"ledger": None, "git": None})

    @asynccontextmanager
    async def client(self, *, host: str = "localhost", address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        """Somebody who asks from `address` under the name `host`."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            yield client

    async def opened(self, at: datetime | None = None, *, app: str = "grafana", **other: Any) -> str:
        """An incident that was just detected; its id."""
        when = at or self.clock.now()
        occurrence = an_occurrence(when, app, **other)
        done = await self.ledger.ingest(Batch("loki", [occurrence.key], [occurrence]), when)
        return (done.opened or done.touched)[0]

    async def asked(self, at: datetime | None = None, **other: Any) -> tuple[str, Proposal]:
        """An incident that waits for a decision, with its proposal."""
        incident_id = await self.opened(at, **other)
        proposal = a_proposal(incident_id, self.clock.now())
        await self.ledger.propose(proposal)
        await self.ledger.update(incident_id, status=Status.AWAITING_APPROVAL, diagnosis=a_diagnosis())
        return incident_id, proposal


@asynccontextmanager
async def counter_world(folder: Path, *, keys: Sequence[str] = (), locale: str = "en") -> AsyncIterator[CounterWorld]:
    """A world whose ledger lies in `folder`."""
    ledger = SqlLedger(sqlite_url(folder / "ledger.sqlite"), cooldown=timedelta(minutes=15))
    await ledger.open()
    git, queue, reception, clock = FakeGitStore(), EventQueue(), FakeReception(), VirtualTime()
    git.person_pushes({"helm-values/policy.yaml": POLICY, VALUES: BEFORE})
    rulebook = Rulebook(git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml")
    needs: dict[str, str | None] = {"ledger": None, "git": None}
    parsed = ApiKeys.parse(keys)

    async def readiness() -> Mapping[str, str | None]:
        return needs

    @asynccontextmanager
    async def open_counter() -> AsyncIterator[Counter]:
        desk = Desk(ledger, rulebook, queue, clock)
        feedback = Feedback(ledger, git, clock, lambda: None)
        learning = FeedbackLoop(git, ledger, clock, NOBODY, {}, cron="")
        yield Counter(ledger, git, desk, feedback, learning, reception, clock, FakeMetrics(), parsed, locale, readiness)

    app = build_app(open_counter, keys=parsed)
    try:
        async with app.router.lifespan_context(app):
            yield CounterWorld(ledger, git, queue, reception, clock, app, needs)
    finally:
        await ledger.close_database()


def an_occurrence(at: datetime, app: str = "grafana", **other: Any) -> Occurrence:
    """A line that shows a fault; another time is another line."""
    at_ns = int(at.timestamp() * 1e6) * 1_000
    text = f"java.lang.OutOfMemoryError in {app}"
    identity = blake2b(f"{at_ns} {app}".encode(), digest_size=16).digest()
    fields: dict[str, Any] = {
        "key": identity,
        "at_ns": at_ns,
        "text": text,
        "source": "loki",
        "labels": {"namespace": "monitoring", "app": app},
        "category": Category.OOM,
        "runbook": "oom-kill",
        "app": app,
        "namespace": "monitoring",
        "severity": Severity.CRITICAL,
        "template": text,
        "fingerprint": identity.hex(),
    }
    return Occurrence(**{**fields, **other})


def a_diagnosis() -> Diagnosis:
    return Diagnosis(
        Category.OOM,
        "oom-kill",
        "grafana",
        "monitoring",
        "grafana",
        Severity.CRITICAL,
        Text("grafana ran out of memory.", "grafana에서 메모리 부족이 발생했습니다."),
        advice=(Text("Raise the memory limit.", "메모리 제한을 늘려 주세요."),),
        ruled_out=(Text("Not the node.", "노드 문제가 아닙니다."),),
    )


def a_proposal(incident_id: str, now: datetime) -> Proposal:
    """512Mi to 1Gi."""
    change = ValueChange(VALUES, ("resources", "limits", "memory"), "512Mi", "1Gi")
    return Proposal(
        incident_id,
        1,
        (change,),
        (FileEdit(VALUES, "b" * 40, BEFORE, AFTER),),
        diff=f"--- a/{VALUES}\n+++ b/{VALUES}\n-    memory: 512Mi\n+    memory: 1Gi\n",
        revert_diff=f"--- a/{VALUES}\n+++ b/{VALUES}\n-    memory: 1Gi\n+    memory: 512Mi\n",
        action=Text("Raise the memory limit of grafana.", "grafana의 메모리 리소스 제한을 증가시키세요."),
        explanation=Text("It was killed at 512Mi.", "512Mi에서 종료되었습니다."),
        blast=BlastRadius((VALUES,), ("grafana",), restarts_pods=True),
        created_at=now,
        expires_at=now + timedelta(hours=24),
    )


def as_(secret: str) -> dict[str, str]:
    """The header of somebody with a key."""
    return {"Authorization": f"Bearer {secret}"}


def assert_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The answer is RFC 9457 problem+json of this kind; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["type"] == f"urn:langraph:problem:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert unquote(body["instance"]) == unquote(answer.request.url.raw_path.decode().partition("?")[0])
    return body
