"""The counter behind a real uvicorn: every endpoint, hostile bodies, many hands at once."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from langraph.models.incident import Action, Category, Outcome, Person, Status
from langraph.models.text import Text
from tests.support.counter import (
    ALICE,
    BOB,
    KEYS,
    POLICY,
    VALUES,
    CounterWorld,
    as_,
    assert_problem,
    counter_world,
)
from tests.support.servers import serve

UNKNOWN = "incident-20200101000000-abcdef"
TRIGGER = {"log_text": "java.lang.OutOfMemoryError", "log_source": "manual"}
WEBHOOK: dict[str, Any] = {
    "version": "4",
    "groupKey": "{}",
    "futureField": {"nested": [1, None]},
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "KubePodCrashLooping", "namespace": "shop"},
            "annotations": {},
            "startsAt": "2026-11-20T08:30:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "futureField": 1,
        }
    ],
}


@asynccontextmanager
async def served(
    folder: Path, *, keys: tuple[str, ...] = (), **headers: str
) -> AsyncIterator[tuple[CounterWorld, httpx.AsyncClient]]:
    async with (
        counter_world(folder, keys=keys) as world,
        serve(world.app) as url,
        httpx.AsyncClient(base_url=url, timeout=30, headers=headers) as client,
    ):
        yield world, client


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[tuple[CounterWorld, httpx.AsyncClient]]:
    async with served(tmp_path) as both:
        yield both


Local = tuple[CounterWorld, httpx.AsyncClient]


# --- looking -------------------------------------------------------------------------------------------------------


async def test_an_incident_is_shown_whole(local: Local) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    shown = (await client.get(f"/api/incidents/{incident_id}")).json()
    assert shown["status"] == "awaiting_approval"
    assert (shown["severity"], shown["category"], shown["app"]) == ("critical", "oom", "grafana")
    assert shown["root_cause"] == "grafana ran out of memory."
    assert shown["count"] == 1
    assert shown["opened_at"] == "2026-11-20T08:30:00Z"
    assert shown["proposal"]["digest"] == proposal.digest
    assert shown["proposal"]["diff"] == proposal.diff
    assert shown["proposal"]["changes"] == [
        {
            "key": f"{VALUES}#0:resources.limits.memory",
            "file": VALUES,
            "doc": 0,
            "path": "resources.limits.memory",
            "op": "set",
            "old": "512Mi",
            "new": "1Gi",
        }
    ]
    assert shown["decision"] is None
    assert shown["outcome"] is None
    assert [seen["kind"] for seen in shown["evidence"]] == ["line"]
    assert [entry["what"] for entry in shown["timeline"]] == ["opened", "proposed"]
    assert shown["commits"] == []


async def test_sentences_come_in_the_language_that_is_asked_for(local: Local) -> None:
    world, client = local
    incident_id, _ = await world.asked()
    korean = (await client.get(f"/api/incidents/{incident_id}", headers={"Accept-Language": "ko-KR,ko;q=0.9"})).json()
    assert korean["root_cause"] == "grafana에서 메모리 부족이 발생했습니다."
    assert korean["advice"] == ["메모리 제한을 늘려 주세요."]


async def test_the_configured_language_is_used_when_none_is_asked_for(tmp_path: Path) -> None:
    async with counter_world(tmp_path, locale="ko") as world, world.client() as client:
        incident_id, _ = await world.asked()
        shown = (await client.get(f"/api/incidents/{incident_id}")).json()
        assert shown["root_cause"] == "grafana에서 메모리 부족이 발생했습니다."
        assert "인시던트" in (await client.get("/")).text


async def test_status_follows_the_incident(local: Local) -> None:
    world, client = local
    incident_id = await world.opened()
    before = (await client.get(f"/api/incidents/{incident_id}/status")).json()
    assert (before["status"], before["open"]) == ("detected", True)
    world.clock.pass_(minutes=3)
    outcome = Outcome(Status.NO_ACTION, world.clock.now(), Text("Nothing to do.", "할 일이 없습니다."))
    await world.ledger.close(incident_id, outcome)
    after = (await client.get(f"/api/incidents/{incident_id}/status")).json()
    assert (after["status"], after["open"], after["wake_at"]) == ("no_action", False, None)
    assert after["updated"] == "2026-11-20T08:33:00Z"
    shown = (await client.get(f"/api/incidents/{incident_id}")).json()
    assert shown["outcome"]["reason"] == "Nothing to do."


async def test_the_list_is_filtered_and_paged(local: Local) -> None:
    world, client = local
    ids = []
    for minute in range(5):
        at = datetime(2026, 11, 20, 8, minute, tzinfo=UTC)
        ids.append(await world.opened(at, app="grafana" if minute % 2 else "loki"))
    first = (await client.get("/api/incidents", params={"limit": 2})).json()
    second = (await client.get("/api/incidents", params={"limit": 2, "after": first["next"]})).json()
    last = (await client.get("/api/incidents", params={"limit": 2, "after": second["next"]})).json()
    listed = [item["id"] for piece in (first, second, last) for item in piece["items"]]
    assert listed == ids[::-1]
    assert last["next"] is None
    filtered = {"app": "grafana", "status": "detected", "category": "oom", "severity": "critical", "open": "true"}
    assert [item["id"] for item in (await client.get("/api/incidents", params=filtered)).json()["items"]] == ids[3::-2]
    assert (await client.get("/api/incidents", params={"status": "recovered"})).json()["items"] == []


async def test_what_only_git_remembers_is_listed_and_shown(local: Local) -> None:
    world, client = local
    metadata = {"id": UNKNOWN, "status": "recovered", "category": "oom", "app": "grafana", "severity": "low"}
    world.git.person_pushes({f"examples/{UNKNOWN}/metadata.json": json.dumps(metadata).encode()})
    live = await world.opened()
    listed = (await client.get("/api/incidents")).json()
    assert [(item["id"], item["known_from"]) for item in listed["items"]] == [(live, "ledger"), (UNKNOWN, "git")]
    assert (await client.get(f"/api/incidents/{UNKNOWN}")).json()["status"] == "recovered"
    assert (await client.get(f"/api/incidents/{UNKNOWN}/status")).json()["open"] is False
    world.git.down = "git is away; it comes back"
    without = (await client.get("/api/incidents")).json()
    assert [item["id"] for item in without["items"]] == [live]
    assert without["git_available"] is False
    assert (await client.get(f"/api/incidents/{live}")).status_code == 200
    answer = await client.get(f"/api/incidents/{UNKNOWN}")
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "status=open", "severity=worst", "category=OOM", "staus=failed", "app=%00"],
)
async def test_a_filter_that_makes_no_sense_is_refused(local: Local, query: str) -> None:
    assert_problem(await local[1].get(f"/api/incidents?{query}"), 422, "invalid-request")


@pytest.mark.parametrize("after", ["x", f"{UNKNOWN}~", "~~"])
async def test_a_page_that_was_never_given_is_refused(local: Local, after: str) -> None:
    assert_problem(await local[1].get("/api/incidents", params={"after": after}), 422, "bad-input")


# --- not there -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        UNKNOWN,
        "x",
        "incident-2020",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        UNKNOWN.upper(),
        "incident-２０200101000000-abcdef",
    ],
)
async def test_an_incident_that_is_not_there_is_a_404_everywhere(local: Local, name: str) -> None:
    _, client = local
    for path in (f"/api/incidents/{name}", f"/api/incidents/{name}/status"):
        assert_problem(await client.get(path), 404, "not-found")
    body = {"action": "approve", "proposal_digest": "a" * 64}
    assert_problem(await client.post(f"/api/incidents/{name}/decision", json=body), 404, "not-found")


@pytest.mark.parametrize(
    "path", ["/nope", "/api", "/api/incidents/", "/health/", "/api/incidents/a/b/c", "/%2e%2e/health"]
)
async def test_an_unknown_path_is_a_problem_not_a_redirect(local: Local, path: str) -> None:
    assert_problem(await local[1].get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/health"), ("POST", "/api/incidents"), ("GET", "/api/alerts"), ("PUT", "/api/halt"), ("PATCH", "/")],
)
async def test_a_method_that_is_not_offered_is_named(local: Local, method: str, path: str) -> None:
    answer = await local[1].request(method, path)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"]


# --- deciding ------------------------------------------------------------------------------------------------------


async def test_an_approval_is_durable_and_wakes_the_incident_before_it_is_answered(local: Local) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    body = {"action": "approve", "proposal_digest": proposal.digest, "comment": "좋습니다", "auto_revert": True}
    answer = await client.post(f"/api/incidents/{incident_id}/decision", json=body)
    assert answer.status_code == 200
    standing = await world.ledger.decision(proposal.digest)
    assert standing is not None
    assert (standing.by, standing.comment, standing.auto_revert) == (
        Person("local:operator", "local operator"),
        "좋습니다",
        True,
    )
    assert await asyncio.wait_for(world.queue.take(), 30) == incident_id
    assert answer.json()["action"] == "approve"
    shown = (await client.get(f"/api/incidents/{incident_id}")).json()
    assert shown["decision"]["by"] == "local:operator"


async def test_of_twenty_at_once_the_first_wins_and_the_others_are_told(tmp_path: Path) -> None:
    async with served(tmp_path, keys=KEYS) as (world, client):
        incident_id, proposal = await world.asked()

        async def say(index: int) -> httpx.Response:
            action = "approve" if index % 2 else "reject"
            body = {"action": action, "proposal_digest": proposal.digest}
            headers = as_(ALICE if index % 2 else BOB)
            return await client.post(f"/api/incidents/{incident_id}/decision", json=body, headers=headers)

        answers = await asyncio.gather(*(say(index) for index in range(20)))
        standing = await world.ledger.decision(proposal.digest)
        assert standing is not None
        won = [answer for answer in answers if answer.status_code == 200]
        lost = [answer for answer in answers if answer.status_code != 200]
        assert (len(won), len(lost)) == (10, 10)
        assert {answer.json()["by"] for answer in won} == {standing.by.id}
        for answer in lost:
            body = assert_problem(answer, 409, "conflict")
            assert standing.by.name in body["detail"]


async def test_saying_the_same_twice_is_answered_alike_and_changes_nothing(local: Local) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    body = {"action": "reject", "proposal_digest": proposal.digest, "comment": "no"}
    first = await client.post(f"/api/incidents/{incident_id}/decision", json=body)
    world.clock.pass_(minutes=1)
    second = await client.post(f"/api/incidents/{incident_id}/decision", json={**body, "comment": "still no"})
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()


@pytest.mark.parametrize(("value", "waits"), [("768Mi", False), ("2Gi", True)])
async def test_a_modify_makes_a_new_proposal_and_says_whether_it_waits(local: Local, value: str, waits: bool) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    body = {
        "action": "modify",
        "proposal_digest": proposal.digest,
        "changes": {f"{VALUES}#0:resources.limits.memory": value},
    }
    answer = (await client.post(f"/api/incidents/{incident_id}/decision", json=body)).json()
    assert answer["needs_approval"] is waits
    shown = (await client.get(f"/api/incidents/{incident_id}")).json()
    assert shown["proposal"]["digest"] == answer["replaced_by"]
    assert shown["proposal"]["changes"][0]["new"] == value


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"resources.limits.memory": "64Gi"}, "policy-denied"),
        ({"resources.limits.memory": "a lot"}, "bad-input"),
        ({"resources.limits.cpu": "1"}, "bad-input"),
        ({"image.tag": "evil"}, "bad-input"),
    ],
)
async def test_a_modify_outside_the_guardrails_decides_nothing(
    local: Local, changes: dict[str, str], kind: str
) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    body = {"action": "modify", "proposal_digest": proposal.digest, "changes": changes}
    assert_problem(await client.post(f"/api/incidents/{incident_id}/decision", json=body), 422, kind)
    assert await world.ledger.decision(proposal.digest) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "expire"},
        {"action": "APPROVE"},
        {"action": None},
        {"proposal_digest": "A" * 64},
        {"proposal_digest": "a" * 63},
        {"proposal_digest": 1},
        {"comment": "x" * 3_001},
        {"comment": "a\0b"},
        {"auto_revert": "yes"},
        {"by": "api:root"},
        {"changes": {"a": 1}},
        {"action": "modify"},
        {"action": "modify", "changes": {"a": [1]}},
        {"action": "modify", "changes": {"a": "x" * 4_097}},
        {"action": "modify", "changes": {"a": 2**60}},
        {"action": "modify", "changes": {"a\0": 1}},
        {"action": "modify", "changes": {str(n): n for n in range(51)}},
    ],
)
async def test_a_decision_that_does_not_fit_decides_nothing(local: Local, wrong: dict[str, Any]) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    body = {"action": "approve", "proposal_digest": proposal.digest, **wrong}
    assert_problem(await client.post(f"/api/incidents/{incident_id}/decision", json=body), 422, "invalid-request")
    assert await world.ledger.decision(proposal.digest) is None


async def test_a_person_who_is_not_listed_decides_nothing(tmp_path: Path) -> None:
    async with served(tmp_path, keys=(f"mallory:{ALICE}",)) as (world, client):
        incident_id, proposal = await world.asked()
        body = {"action": "approve", "proposal_digest": proposal.digest}
        answer = await client.post(f"/api/incidents/{incident_id}/decision", json=body, headers=as_(ALICE))
        assert_problem(answer, 403, "forbidden")
        assert await world.ledger.decision(proposal.digest) is None


async def test_the_digest_of_another_incident_decides_neither(local: Local) -> None:
    world, client = local
    first, proposal = await world.asked()
    second = await world.opened(datetime(2026, 11, 20, 9, tzinfo=UTC), app="loki")
    body = {"action": "approve", "proposal_digest": proposal.digest}
    assert_problem(await client.post(f"/api/incidents/{second}/decision", json=body), 409, "conflict")
    assert await world.ledger.decision(proposal.digest) is None
    assert (await client.get(f"/api/incidents/{first}")).json()["decision"] is None


async def test_a_proposal_that_is_not_there_is_a_404(local: Local) -> None:
    world, client = local
    incident_id, _ = await world.asked()
    body = {"action": "approve", "proposal_digest": "a" * 64}
    assert_problem(await client.post(f"/api/incidents/{incident_id}/decision", json=body), 404, "not-found")


async def test_an_expired_proposal_is_not_decided_any_more(local: Local) -> None:
    world, client = local
    incident_id, proposal = await world.asked()
    world.clock.pass_(hours=25)
    body = {"action": "approve", "proposal_digest": proposal.digest}
    assert_problem(await client.post(f"/api/incidents/{incident_id}/decision", json=body), 409, "conflict")


# --- coming in -----------------------------------------------------------------------------------------------------


async def test_a_triggered_text_is_handed_in_as_it_was_sent(local: Local) -> None:
    world, client = local
    body = {**TRIGGER, "app": "grafana", "namespace": "monitoring", "labels": {"pod": "grafana-0"}}
    first = await client.post("/api/incidents/trigger", json=body)
    second = await client.post("/api/incidents/trigger", json=body)
    assert first.status_code == second.status_code == 202
    assert first.json() == {
        "incidents": ["incident-20261120083000-00000a"],
        "opened": ["incident-20261120083000-00000a"],
    }
    assert second.json() == {"incidents": ["incident-20261120083000-00000a"], "opened": []}
    assert world.reception.triggered[0] == (
        TRIGGER["log_text"], "manual", "grafana", "monitoring", {"pod": "grafana-0"},
    )  # fmt: skip


async def test_alerts_are_taken_with_fields_that_we_do_not_know(local: Local) -> None:
    world, client = local
    answer = await client.post("/api/alerts", json=WEBHOOK)
    assert answer.status_code == 200
    assert answer.json() == {"received": 1, "incidents": ["incident-20261120083000-00000b"]}
    assert [alert.name for alert in world.reception.delivered[0]] == ["KubePodCrashLooping"]


@pytest.mark.parametrize(
    "wrong", [{"version": "3"}, {"alerts": None}, {"alerts": [1]}, {"alerts": [{"status": "odd"}]}, {"alerts": "x"}]
)
async def test_alerts_that_make_no_sense_are_refused_with_the_field(local: Local, wrong: dict[str, Any]) -> None:
    world, client = local
    body = assert_problem(await client.post("/api/alerts", json={**WEBHOOK, **wrong}), 422, "bad-input")
    assert next(iter(wrong)) in body["detail"]
    assert world.reception.delivered == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"\xff\xfe{}", 400),
        (b'{"log_text": "\xff", "log_source": "x"}', 400),
        (b'{"log_text": "\\ud800", "log_source": "x"}', 400),
        (b'{"log_text": NaN, "log_source": "x"}', 400),
        (b'{"log_text": 1e999, "log_source": "x"}', 422),
        (b"[" * 200_000, 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
        (b'{"log_text": ' + b"9" * 10_000 + b"}", 400),
        (b'{"log_text": "x", "log_source": "x", "labels": {"a": 1}}', 422),
        (b'{"log_text": "x", "log_source": "x", "app": "a\\u0000b"}', 422),
        (b'{"log_text": "x", "log_source": "a\\nb"}', 422),
        (b'{"log_text": "", "log_source": "x"}', 422),
        (b'{"log_text": "' + b"x" * (256 * 1024 + 1) + b'", "log_source": "x"}', 422),
        (b"x" * (1024 * 1024 + 1), 413),
    ],
    ids=lambda value: repr(value)[:30],
)
@pytest.mark.parametrize("path", ["/api/incidents/trigger", "/api/alerts", "/api/halt"])
async def test_a_hostile_body_is_refused_and_nothing_happens(local: Local, path: str, body: bytes, status: int) -> None:
    world, client = local
    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    kinds = {400: "bad-request", 413: "too-large"}
    if status == 413 and path == "/api/alerts":
        status = 400  # more is taken here, and what was taken is not JSON
    if status == 422:
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert_problem(answer, status, kinds[status])
    assert world.reception.triggered == []
    assert world.reception.delivered == []
    assert await world.ledger.halted() is None
    assert (await client.get("/health")).status_code == 200


async def test_many_labels_are_refused(local: Local) -> None:
    body = {**TRIGGER, "labels": {f"l{n}": "x" for n in range(65)}}
    assert_problem(await local[1].post("/api/incidents/trigger", json=body), 422, "invalid-request")


async def test_a_nul_in_a_log_text_reaches_nobody(local: Local) -> None:
    world, client = local
    answer = await client.post("/api/incidents/trigger", json={**TRIGGER, "log_text": "a\0b"})
    assert answer.status_code == 202
    assert world.reception.triggered[0][0] == "a\ufffdb"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
async def test_a_body_that_is_not_sent_as_json_is_refused(local: Local, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    answer = await local[1].post("/api/incidents/trigger", content=json.dumps(TRIGGER), headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")


async def test_a_chunked_body_without_an_end_is_cut_off_at_the_limit(local: Local) -> None:
    world, client = local
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 2_000:
            sent += 1
            yield b"x" * 65_536

    headers = {"Content-Type": "application/json"}
    try:
        answer = await client.post("/api/incidents/trigger", content=endless(), headers=headers)
    except httpx.TransportError:
        pass  # the server hangs up while we are still sending, so its answer may be lost
    else:
        assert_problem(answer, 413, "too-large")
    assert sent < 2_000
    assert world.reception.triggered == []
    assert (await client.get("/health")).status_code == 200


# --- who ----------------------------------------------------------------------------------------------------------


async def test_with_keys_only_health_is_open(tmp_path: Path) -> None:
    async with served(tmp_path, keys=KEYS) as (_, client):
        document = (await client.get("/openapi.json", headers=as_(ALICE))).json()
        paths = [(m.upper(), p) for p, methods in document["paths"].items() for m in methods]
        for method, path in [*paths, ("GET", "/"), ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/nope")]:
            answer = await client.request(method, path.replace("{id}", UNKNOWN), json={} if method == "POST" else None)
            if path in ("/health", "/ready"):
                assert answer.status_code == 200
                continue
            assert_problem(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_key_says_who_decides(tmp_path: Path) -> None:
    async with served(tmp_path, keys=KEYS) as (world, client):
        incident_id, proposal = await world.asked()
        body = {"action": "approve", "proposal_digest": proposal.digest}
        answer = await client.post(f"/api/incidents/{incident_id}/decision", json=body, headers={"X-API-Key": BOB})
        assert answer.json()["by"] == "api:bob"


async def test_a_secret_is_never_in_an_answer(tmp_path: Path) -> None:
    async with served(tmp_path, keys=KEYS) as (world, client):
        await world.opened()
        wrong = {**as_(ALICE + "x")}
        for path in ("/", "/docs", "/openapi.json", "/metrics", "/ready", "/api/incidents", "/api/halt", "/nope"):
            for headers in (as_(ALICE), wrong):
                answer = await client.get(path, headers=headers)
                assert ALICE not in answer.text + str(answer.headers)


async def test_without_keys_a_foreign_host_is_refused_and_told_what_to_set(local: Local) -> None:
    answer = await local[1].get("/api/incidents", headers={"Host": "evil.example"})
    body = assert_problem(answer, 403, "forbidden")
    assert "API_KEYS" in body["detail"]
    assert (await local[1].get("/health", headers={"Host": "evil.example"})).status_code == 200


@pytest.mark.parametrize("host", ["[", "a:b:c", "", "x" * 5_000, "%", "évil"])
async def test_a_host_that_is_no_host_breaks_nothing(tmp_path: Path, host: str) -> None:
    async with served(tmp_path, keys=KEYS) as (_, client):
        headers = [(b"Host", host.encode("latin-1")), (b"X-API-Key", ALICE.encode())]
        assert_problem(await client.get("/nope", headers=headers), 404, "not-found")
        assert (await client.get("/api/incidents", headers=headers)).status_code == 200


async def test_without_keys_another_machine_is_refused(tmp_path: Path) -> None:
    async with counter_world(tmp_path) as world, world.client(address="192.0.2.7") as client:
        assert_problem(await client.get("/api/incidents"), 403, "forbidden")


async def test_a_page_elsewhere_cannot_trigger_anything(local: Local) -> None:
    world, client = local
    answer = await client.post("/api/incidents/trigger", json=TRIGGER, headers={"Origin": "https://evil.example"})
    assert_problem(answer, 403, "forbidden")
    assert world.reception.triggered == []


async def test_a_stranger_is_refused_before_the_body_is_read(tmp_path: Path) -> None:
    async with served(tmp_path, keys=KEYS) as (_, client):
        port = client.base_url.port

        def ask() -> bytes:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(
                    b"POST /api/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
                    b"Content-Type: application/json\r\n\r\n{"
                )
                return connection.recv(4_096)

        assert (await asyncio.to_thread(ask)).startswith(b"HTTP/1.1 401")


# --- kill switch, health -------------------------------------------------------------------------------------------


async def test_halt_and_resume_turn_the_switch_and_say_who(local: Local) -> None:
    world, client = local
    assert (await client.get("/api/halt")).json() == {"halted": False, "reason": None}
    halted = await client.post("/api/halt", json={"reason": " maintenance "})
    assert halted.json() == {"halted": True, "reason": "local operator: maintenance"}
    assert await world.ledger.halted() == "local operator: maintenance"
    assert (await client.post("/api/resume", json={"reason": "done"})).json() == {"halted": False, "reason": None}
    assert await world.ledger.halted() is None


async def test_only_approvers_turn_the_switch(tmp_path: Path) -> None:
    async with served(tmp_path, keys=(f"mallory:{ALICE}",)) as (world, client):
        for path in ("/api/halt", "/api/resume"):
            answer = await client.post(path, json={"reason": "because"}, headers=as_(ALICE))
            assert_problem(answer, 403, "forbidden")
        assert await world.ledger.halted() is None


async def test_a_policy_that_cannot_be_read_lets_nobody_turn_the_switch(local: Local) -> None:
    world, client = local
    world.git.person_pushes({"helm-values/policy.yaml": POLICY + b"surprise: 1\n"})
    assert_problem(await client.post("/api/resume", json={"reason": "because"}), 422, "bad-input")


@pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x" * 301}, {"reason": "x", "force": True}])
async def test_a_switch_is_not_turned_without_a_reason(local: Local, body: dict[str, Any]) -> None:
    assert_problem(await local[1].post("/api/halt", json=body), 422, "invalid-request")


async def test_ready_says_what_is_missing(local: Local) -> None:
    world, client = local
    assert (await client.get("/ready")).json() == {"ready": True, "dependencies": {"ledger": None, "git": None}}
    world.needs["git"] = "git at http://10.1.2.3 does not answer"
    body = assert_problem(await client.get("/ready"), 503, "unavailable")
    assert body["dependencies"] == {"ledger": None, "git": "git at http://10.1.2.3 does not answer"}
    assert body["detail"] == "not ready: git"
    assert (await client.get("/health")).json() == {"status": "alive"}


async def test_a_stranger_learns_what_is_missing_and_no_address(tmp_path: Path) -> None:
    async with served(tmp_path, keys=KEYS) as (world, client):
        world.needs["git"] = "git at http://10.1.2.3 does not answer"
        answer = await client.get("/ready")
        assert "10.1.2.3" not in answer.text
        assert assert_problem(answer, 503, "unavailable")["detail"] == "not ready: git"
        assert "10.1.2.3" in (await client.get("/ready", headers=as_(ALICE))).text


async def test_metrics_are_given_as_they_are(local: Local) -> None:
    answer = await local[1].get("/metrics")
    assert answer.text == "langraph_up 1\n"
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_the_pages_load_nothing_from_elsewhere(local: Local) -> None:
    for path in ("/", "/docs"):
        answer = await local[1].get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.text.count("<script") == answer.text.count('<script type="module" src="/static/') == 1
        assert "//" not in answer.text.replace("<!doctype", "")


async def test_every_answer_forbids_sniffing_framing_and_keeping(local: Local) -> None:
    for path in ("/", "/health", "/api/incidents", "/nope"):
        headers = (await local[1].get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


async def test_the_description_tells_of_examples_problems_and_keys(local: Local) -> None:
    document = (await local[1].get("/openapi.json")).json()
    assert document["components"]["schemas"]["Problem"]["properties"]["type"]
    assert len(document["components"]["schemas"]["DecisionAsked"]["examples"]) == 3
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert (operation["security"] == []) == (path in ("/health", "/ready"))
            for status, answer in operation["responses"].items():
                assert ("application/problem+json" in answer["content"]) == (int(status) >= 400)
    assert "HTTPValidationError" not in json.dumps([m for p in document["paths"].values() for m in p.values()])


async def test_filters_offer_every_word_there_is(local: Local) -> None:
    document = (await local[1].get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert schemas["Status"]["enum"] == list(Status)
    assert schemas["Category"]["enum"] == list(Category)
    assert set(schemas["Action"]["enum"]) == set(Action)
