"""What was learned, over REST."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.counter import ALICE, KEYS, CounterWorld, as_, assert_problem, counter_world

OOM = {
    "error_category": "oom",
    "app_name": "grafana",
    "patterns": [
        {
            "original_action": "resources.limits.memory 512Mi -> 1Gi",
            "result": "not_recovered",
            "feedback": "<b>too small</b>",
            "improved_action": "resources.limits.memory 512Mi -> 2Gi",
            "success_count": 0,
            "failure_count": 1,
        }
    ],
    "recommended_action": "resources.limits.memory 512Mi -> 2Gi",
    "derived_action": None,
}
DNS = {"error_category": "dns", "app_name": "*", "patterns": [], "recommended_action": None, "derived_action": None}


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[CounterWorld]:
    async with counter_world(tmp_path, keys=KEYS) as world:
        world.git.person_pushes(
            {
                "examples/learning/oom_grafana_patterns.json": json.dumps(OOM).encode(),
                "examples/learning/dns__all_patterns.json": json.dumps(DNS).encode(),
                "examples/learning/oom_loki_patterns.json": b"{",
            }
        )
        yield world


async def test_patterns_are_given_as_the_files_have_them_and_broken_ones_are_named(w: CounterWorld) -> None:
    async with w.client() as client:
        answer = (await client.get("/api/learning/patterns", headers=as_(ALICE))).json()
    by_app = {item["app_name"]: item for item in answer["items"]}
    assert set(by_app) == {"grafana", "*"}
    assert {name: by_app["grafana"][name] for name in OOM} == OOM
    assert [one["path"] for one in answer["broken"]] == ["examples/learning/oom_loki_patterns.json"]


@pytest.mark.parametrize(
    ("query", "apps"),
    [("error_category=oom", ["grafana"]), ("app_name=*", ["*"]), ("error_category=dns&app_name=grafana", [])],
)
async def test_patterns_are_filtered_by_category_and_app(w: CounterWorld, query: str, apps: list[str]) -> None:
    async with w.client() as client:
        answer = (await client.get(f"/api/learning/patterns?{query}", headers=as_(ALICE))).json()
    assert [item["app_name"] for item in answer["items"]] == apps


async def test_a_category_that_does_not_exist_is_refused(w: CounterWorld) -> None:
    async with w.client() as client:
        assert_problem(
            await client.get("/api/learning/patterns?error_category=tea", headers=as_(ALICE)), 422, "invalid-request"
        )


async def test_a_run_answers_with_its_summary_and_its_progress_can_be_asked(w: CounterWorld) -> None:
    async with w.client() as client:
        before = (await client.get("/api/feedback-loop", headers=as_(ALICE))).json()
        ran = await client.post("/api/feedback-loop/process", headers=as_(ALICE))
        after = (await client.get("/api/feedback-loop", headers=as_(ALICE))).json()
    assert (before["state"], before["summary"]) == ("idle", None)
    assert (ran.status_code, ran.json()["state"], ran.json()["summary"]["incidents"]) == (200, "done", 0)
    assert after == ran.json()


async def test_while_git_is_away_a_run_says_so(w: CounterWorld) -> None:
    w.git.down = "unplugged"
    async with w.client() as client:
        assert_problem(await client.post("/api/feedback-loop/process", headers=as_(ALICE)), 503, "unavailable")
        assert (await client.get("/api/feedback-loop", headers=as_(ALICE))).json()["state"] == "failed"


async def test_strangers_neither_see_nor_start_anything(w: CounterWorld) -> None:
    async with w.client() as client:
        assert (await client.get("/api/learning/patterns")).status_code == 401
        assert (await client.post("/api/feedback-loop/process")).status_code == 401
