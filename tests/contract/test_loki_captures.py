"""Answers of a real Loki 3.7.6, recorded, against ours for the same request over the same data.

`tests/data/loki/NAME.meta.json` is the request with status and headers, `NAME.body` the answer.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from services.sandbox.loki import LokiConfig
from services.sandbox.loki_api import QueryRules
from tests.support.loki import HOUR, SECOND, LokiUnderTest, simulated_loki

DATA = Path(__file__).parent.parent / "data" / "loki"
METRICS_RUN = "1795165049545706079"  # label `r` of the recorded metric queries' data
METRICS_START = 1_795_164_720 * SECOND


@dataclass(frozen=True)
class Capture:
    """One recorded exchange."""

    name: str
    meta: dict[str, Any]
    body: bytes

    @property
    def at_ns(self) -> int:
        """When the real server answered: its Date, and three quarters, for it is cut to seconds."""
        answered = parsedate_to_datetime(dict(self.meta["headers"])["Date"])
        return int(answered.timestamp()) * SECOND + SECOND * 3 // 4

    @property
    def content_type(self) -> str | None:
        return dict(self.meta["headers"]).get("Content-Type")

    @property
    def streams(self) -> list[dict[str, Any]]:
        """The streams of a pushed or answered body."""
        if self.meta["request"].startswith("POST /loki/api/v1/push"):
            pushed: list[dict[str, Any]] = json.loads(self.meta["request_body"])["streams"]
            return pushed
        answered: list[dict[str, Any]] = json.loads(self.body)["data"]["result"]
        return answered


def capture(name: str) -> Capture:
    meta = json.loads((DATA / f"{name}.meta.json").read_text())
    return Capture(name, meta, (DATA / f"{name}.body").read_bytes())


def all_names(*prefixes: str) -> list[str]:
    return sorted(p.name.removesuffix(".meta.json") for p in DATA.glob("*.meta.json") if p.name.startswith(prefixes))


@asynccontextmanager
async def server(recorded: Capture, config: LokiConfig | None = None) -> AsyncIterator[LokiUnderTest]:
    """Ours, at the time of the recording."""
    async with simulated_loki(config, lambda: recorded.at_ns) as loki:
        yield loki


async def replay(loki: LokiUnderTest, recorded: Capture) -> tuple[int, str | None, Any]:
    """Send the recorded request; status, content type and body of our answer, JSON without statistics."""
    method, url = recorded.meta["request"].split(" ", 1)
    content = (recorded.meta["request_body"] or "").encode()
    answer = await loki.client.request(method, url, content=content, headers=recorded.meta["request_headers"])
    return answer.status_code, answer.headers.get("content-type"), comparable(answer.content)


def comparable(body: bytes) -> Any:
    """JSON without the statistics, other bodies as they are."""
    if not body.startswith(b"{"):
        return body
    tree = json.loads(body)
    if isinstance(tree.get("data"), dict):
        tree["data"].pop("stats", None)
    return tree


def expected(recorded: Capture) -> tuple[int, str | None, Any]:
    return recorded.meta["status"], recorded.content_type, comparable(recorded.body)


def feed(loki: LokiUnderTest, recorded: Capture, *, tenant: str = "fake") -> None:
    """Put in the lines that a recording shows, oldest first, without what the server adds by itself."""
    for stream in recorded.streams:
        added = ("detected_level", "service_name")
        labels = {name: value for name, value in stream["stream"].items() if name not in added}
        loki.sim.push(labels, sorted((int(value[0]), value[1]) for value in stream["values"]), tenant)


REFUSED_QUERIES = [
    name
    for name in all_names(
        "404", "405", "instant_", "limits_", "parse_", "qr_", "too_", "series_bad", "tail_", "format_"
    )
    if name != "limits_max_entries_100" and (capture(name).meta["status"] >= 400 or name == "format_query")
]


@pytest.mark.parametrize("name", REFUSED_QUERIES)
async def test_what_the_real_server_refused_is_refused_in_the_same_words(name: str) -> None:
    recorded = capture(name)
    async with server(recorded) as loki:
        assert await replay(loki, recorded) == expected(recorded)


async def test_a_lower_limit_is_named_in_the_refusal() -> None:
    recorded = capture("limits_max_entries_100")
    async with server(recorded, LokiConfig(queries=QueryRules(max_entries=100))) as loki:
        assert await replay(loki, recorded) == expected(recorded)


@pytest.mark.parametrize(
    "name",
    ["qr_backward", "qr_forward", "qr_limit_1", "qr_post", "qr_since", "qr_start_eq_end", "parse_03", "parse_07"],
)
async def test_pages_are_the_recorded_ones(name: str) -> None:
    recorded = capture(name)
    async with server(recorded) as loki:
        if name.startswith("parse"):
            feed(loki, capture("parse_03"))
        else:
            lines = [(1_795_163_801_000_000_000 + i, f"line {i}") for i in range(300)]
            loki.sim.push({"app": "a1"}, lines)
        assert await replay(loki, recorded) == expected(recorded)


@pytest.mark.parametrize("name", all_names("meta_"))
async def test_metadata_and_parsed_labels_are_where_the_real_server_put_them(name: str) -> None:
    pushed, recorded = capture("push_metadata"), capture(name)
    async with server(pushed) as loki:
        assert await replay(loki, pushed) == expected(pushed)
        assert await replay(loki, recorded) == expected(recorded)


async def test_broken_utf8_comes_back_as_recorded() -> None:
    recorded = capture("invalid_utf8")
    raw = [
        "valid utf8 é".encode(),
        b"latin1 caf\xe9 end",
        b"\xff\xfe\x00bad",
        b"trunc \xe2\x82",
        b"nul \x00 here",
        b"surrogate \xed\xa0\x80 x",
        "ctrl \x01\x1b[0m \x7f \u2028 ls".encode(),
    ]
    (stream,) = recorded.streams
    async with server(recorded) as loki:
        first = int(stream["values"][0][0])
        loki.sim.push({"app": "utf8", "r": stream["stream"]["r"]}, [(first + i, line) for i, line in enumerate(raw)])
        assert await replay(loki, recorded) == expected(recorded)


def feed_metrics(loki: LokiUnderTest) -> None:
    """The hundred lines behind the recorded metric queries: x/1 for 60 s, x/2 for 30 s, y/1 for 10 s, one a second."""
    for app, pod, seconds in (("x", "1", 60), ("x", "2", 30), ("y", "1", 10)):
        lines = [(METRICS_START + i * SECOND, f"level=info n={i}") for i in range(seconds)]
        loki.sim.push({"app": app, "pod": pod, "r": METRICS_RUN}, lines)


@pytest.mark.parametrize("name", [*all_names("m_"), "label_values", "label_values_empty", "labels_empty"])
async def test_counts_and_listings_are_the_recorded_ones(name: str) -> None:
    recorded = capture(name)
    async with server(recorded) as loki:
        feed_metrics(loki)
        assert await replay(loki, recorded) == expected(recorded)


async def test_series_are_the_recorded_ones_in_whatever_order() -> None:
    recorded = capture("series")
    async with server(recorded) as loki:
        feed_metrics(loki)
        status, content_type, body = await replay(loki, recorded)
        assert (status, content_type) == expected(recorded)[:2]
        assert as_set(body["data"]) == as_set(expected(recorded)[2]["data"])


def as_set(label_sets: list[dict[str, str]]) -> set[tuple[tuple[str, str], ...]]:
    return {tuple(sorted(labels.items())) for labels in label_sets}


async def test_too_many_series_are_refused_in_the_recorded_words() -> None:
    recorded = capture("max_series")
    rules = QueryRules(max_series=5)
    async with server(recorded, LokiConfig(auth_enabled=True, queries=rules)) as loki:
        feed(loki, capture("tenant_a"), tenant="tenant-a")
        assert await replay(loki, recorded) == expected(recorded)


@pytest.mark.parametrize("name", [*all_names("tenant_"), "beyond_lookback"])
async def test_tenants_are_told_apart_as_recorded(name: str) -> None:
    recorded = capture(name)
    rules = QueryRules(max_lookback_ns=2 * HOUR)
    config = LokiConfig(auth_enabled=True, many_tenants_seconds=0.0, queries=rules)
    async with server(recorded, config) as loki:
        for tenant in ("tenant-a", "tenant-b"):
            feed(loki, capture(tenant.replace("-", "_")), tenant=tenant)
        assert await replay(loki, recorded) == expected(recorded)


@pytest.mark.parametrize("name", [name for name in all_names("push_") if name != "push_metadata"])
async def test_pushes_are_taken_and_refused_as_recorded(name: str) -> None:
    recorded = capture(name)
    async with server(recorded) as loki:
        if name.startswith(("push_ooo", "push_partial")):
            (stream,) = recorded.streams
            loki.sim.push(stream["stream"], [(1_795_164_215_733_808_841, "newest")])
        assert await replay(loki, recorded) == expected(recorded)


@pytest.mark.parametrize("name", ["qr_forward", "qr_start_eq_end", "m_instant_vector", "m_instant_empty"])
async def test_the_statistics_have_the_recorded_fields(name: str) -> None:
    recorded = capture(name)
    async with server(recorded) as loki:
        _, url = recorded.meta["request"].split(" ", 1)
        stats = (await loki.client.get(url)).json()["data"]["stats"]
    assert fields(stats) == fields(json.loads(recorded.body)["data"]["stats"])


def fields(tree: object) -> object:
    """The names in a tree of mappings."""
    return {name: fields(value) for name, value in tree.items()} if isinstance(tree, dict) else None


async def test_the_version_is_the_recorded_one() -> None:
    recorded = capture("buildinfo")
    async with server(recorded) as loki:
        status, content_type, body = await replay(loki, recorded)
    assert (status, content_type) == expected(recorded)[:2]
    assert body.keys() == expected(recorded)[2].keys()
    assert body["version"] == expected(recorded)[2]["version"]
