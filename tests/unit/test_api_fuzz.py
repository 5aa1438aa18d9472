"""Whatever JSON comes in, the counter answers: it takes it, or says as a problem why not."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.counter import assert_problem, counter_world

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
GOOD: dict[str, dict[str, Any]] = {
    "/api/incidents/trigger": {"log_text": "x", "log_source": "y", "app": "a", "namespace": "n", "labels": {"k": "v"}},
    "/api/alerts": {
        "version": "4",
        "alerts": [{"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-11-20T08:30:00Z"}],
    },
    "/api/halt": {"reason": "r"},
    "/api/resume": {"reason": "r"},
    "/api/incidents/incident-20261120083000-00000a/decision": {
        "action": "modify", "proposal_digest": "a" * 64, "changes": {"a": 1}, "comment": "c", "auto_revert": True,
    },
}  # fmt: skip
KINDS = {400: "bad-request", 404: "not-found"}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes]:
    """A path with a good body of which some field was put out of order."""
    path = draw(st.sampled_from(sorted(GOOD)))
    body: Any = {**GOOD[path], draw(st.sampled_from([*GOOD[path], "more"])): draw(JSON)}
    if path == "/api/alerts" and draw(st.booleans()):
        alert = GOOD[path]["alerts"][0]
        body = {**GOOD[path], "alerts": [{**alert, draw(st.sampled_from(sorted(alert))): draw(JSON)}]}
    return path, json.dumps(body).encode()


@settings(max_examples=12, deadline=None)
@given(st.lists(requests(), max_size=30))
async def test_any_json_is_taken_or_refused_and_never_an_accident(asked: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with counter_world(Path(folder)) as world, world.client() as client:
            for path, body in asked:
                answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
                if answer.status_code in KINDS:
                    assert_problem(answer, answer.status_code, KINDS[answer.status_code])
                else:
                    assert answer.status_code in (200, 202, 422), (path, body, answer.text)
                assert answer.json()
