"""The sandbox's PromQL and a real Prometheus give the same answers on the same samples."""

import json
import math
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from services.sandbox.prometheus_json import result_json
from services.sandbox.promql import Answer, Engine
from services.sandbox.series import PromqlError, SeriesStore, label_set
from tests.support.ports import free_port

pytestmark = [
    pytest.mark.debian,
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("promtool")),
        reason="DEBIAN PACKAGE MISSING: apt-get install prometheus",
    ),
]

START = 1_700_000_000  # Unix seconds; any time will do, as long as the samples do not sit on the steps
AT = START + 1800 + 4


def samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, float]]]:
    """Half an hour of a small cluster: counters with resets and late starts, gauges, holes, infinities."""
    out: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, float]]] = {}

    def add(name: str, labels: dict[str, str], every: int, value: object, since: int = 0, until: int = 1800) -> None:
        rows = [(START + t, float(value(t))) for t in range(since, until + 1, every)]  # type: ignore[operator]
        out[name, tuple(sorted(labels.items()))] = rows

    for i, pod in enumerate(("grafana-1", "grafana-2", "orders-7")):
        ns = "monitoring" if pod.startswith("grafana") else "shop"
        labels = {"namespace": ns, "pod": pod}
        add("container_memory_working_set_bytes", labels, 15, lambda t, i=i: 1e8 * (i + 1) + 1234.5 * t)
        add("kube_pod_container_resource_limits", {**labels, "resource": "memory"}, 30, lambda t, i=i: 5e8 + 1e8 * i)
        add("restarts_total", labels, 15, lambda t, i=i: t // (300 + 200 * i))
        add("requests_total", {**labels, "code": "200"}, 15, lambda t, i=i: (7 * t + 13 * i) % (5000 + 1000 * i))
        add("requests_total", {**labels, "code": "500"}, 15, lambda t, i=i: t * t / (900.0 + i), since=1500 - 37 * i)
    add("up", {"job": "a", "instance": "x:1"}, 15, lambda t: 1)
    add("up", {"job": "b", "instance": "y:1"}, 15, lambda t: t % 60 != 0)
    add("up", {"job": "c", "instance": "z:1"}, 15, lambda t: 1, until=1500)  # its last sample is 304 s old
    add("up", {"job": "d", "instance": "w:1"}, 15, lambda t: 1, until=1515)  # 289 s old: still seen
    add("strange", {"x": "inf"}, 60, lambda t: math.inf)
    add("strange", {"x": "neg"}, 60, lambda t: -t)
    add("single", {}, 60, lambda t: 42, since=1740, until=1740)
    return out


EXPRESSIONS = [
    "up",
    'up{job=~"a|b"} == 0',
    'up{job!~"[ab]", instance=~".+:1"}',
    "count(up == 1) by (job)",
    "rate(requests_total[5m])",
    "increase(requests_total[10m])",
    "increase(requests_total{code='500'}[20m])",
    "irate(requests_total[1m])",
    "delta(container_memory_working_set_bytes[7m])",
    "idelta(container_memory_working_set_bytes[7m])",
    "deriv(container_memory_working_set_bytes[5m])",
    "predict_linear(container_memory_working_set_bytes[10m], 4 * 3600)",
    "increase(restarts_total[15m]) > 1",
    "changes(restarts_total[30m])",
    "resets(requests_total[30m])",
    "max_over_time(requests_total[5m])",
    "min_over_time(strange[5m])",
    "avg_over_time(requests_total[90s])",
    "sum_over_time(up[5m])",
    "count_over_time(up[304s])",
    "count_over_time(up[5m] offset 4s)",
    "last_over_time(up[10m])",
    "quantile_over_time(0.9, requests_total[10m])",
    "stddev_over_time(up[5m])",
    "rate(single[10m])",
    "absent(up{job='nope', instance=~'x.*'})",
    "absent(up)",
    "absent_over_time(nope[5m])",
    "sum(rate(requests_total{code='500'}[5m])) by (namespace) / sum(rate(requests_total[5m])) by (namespace)",
    "container_memory_working_set_bytes / on(namespace, pod) kube_pod_container_resource_limits{resource='memory'}",
    "container_memory_working_set_bytes / ignoring(resource) kube_pod_container_resource_limits > 0.3",
    "requests_total / on(namespace, pod) group_left(resource) kube_pod_container_resource_limits",
    "kube_pod_container_resource_limits * on(namespace, pod) group_right restarts_total",
    "requests_total > on(namespace, pod) group_left() restarts_total",
    "restarts_total > bool 3",
    "3 < restarts_total",
    "restarts_total - restarts_total offset 10m >= 1",
    "up unless on(job) up{job='a'}",
    "up{job='a'} or on(instance) up",
    "restarts_total and on(pod) kube_pod_container_resource_limits > 5e8",
    "topk(2, container_memory_working_set_bytes)",
    "bottomk(1, requests_total) by (namespace)",
    "avg without (pod, code) (requests_total)",
    "quantile(0.25, requests_total)",
    "stddev(requests_total) by (code)",
    "min(strange) + max(strange)",
    "sort_desc(restarts_total)",
    "clamp_min(clamp_max(strange, 10), -100)",
    "round(rate(requests_total[5m]), 0.01)",
    "scalar(up{job='a'}) + 1",
    "scalar(up)",
    "vector(time())",
    "-up ^ 2 + 3 % 2",
    "2 ^ 3 ^ 2 - 10 / 4",
    "1 / 0",
    "max_over_time(rate(requests_total[1m])[10m:30s])",
    "sum_over_time(sum(up)[5m:])",
    "label_replace(up, 'host', '$1', 'instance', '(.*):.*')",
    "max by (namespace) (max_over_time(container_memory_working_set_bytes[5m] offset 2m))",
    "timestamp(up)",
    "sgn(strange) * sqrt(abs(strange))",
    "floor(restarts_total / 2) + ceil(restarts_total / 2)",
    # refused by both
    "rate(up)",
    "up * on() up",
    "up / on(job) group_left requests_total",
    "1 > 2",
    "up[5m] offset",
    "sum(up",
    "{job=~'.*'}",
    "label_replace(up, 'job', 'same', 'job', '.*')",
]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A real Prometheus on loopback with the samples in its storage."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "samples.txt").write_text(open_metrics())
    (folder / "empty.yml").write_text("")
    create = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "samples.txt", "data"]
    subprocess.run(create, cwd=folder, check=True, capture_output=True)
    port = free_port()
    command = ["prometheus", "--config.file=empty.yml", "--storage.tsdb.path=data", "--log.level=error"]
    command += ["--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as server:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                wait_until_ready(client)
                yield client
        finally:
            server.terminate()


def open_metrics() -> str:
    by_name: dict[str, list[str]] = {}
    for (name, labels), rows in samples().items():
        shown = ",".join(f'{k}="{v}"' for k, v in labels)
        lines = by_name.setdefault(name, [])
        lines += [f"{name}{{{shown}}} {'+Inf' if v == math.inf else repr(v)} {t}" for t, v in rows]
    return "".join("\n".join(lines) + "\n" for lines in by_name.values()) + "# EOF\n"


def wait_until_ready(client: httpx.Client) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            if client.get("/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("prometheus was not ready within 90 s")


@pytest.fixture(scope="module")
def engine() -> Engine:
    store = SeriesStore(retention_ms=10**15)
    for (name, labels), rows in samples().items():
        for t, value in rows:
            store.append(label_set(dict(labels), name), t * 1000, value)
    return Engine(store)


def answer_of(evaluate: Callable[[], Answer]) -> tuple[dict[str, object] | None, str | None]:
    """Our answer as JSON data, or the kind of our refusal."""
    try:
        return result_json(evaluate(), AT * 1000), None
    except PromqlError as refusal:
        return None, refusal.kind


def comparable(data: dict[str, object], *, ordered: bool) -> list[tuple[str, list[tuple[float, float]]]]:
    """Rows of an answer as (labels, points)."""
    result = data["result"]
    assert isinstance(result, list)
    if data["resultType"] == "scalar":
        return [("scalar", [(result[0], float(result[1]))])]
    rows = []
    for row in result:
        points = row["values"] if "values" in row else [row["value"]]
        rows.append((json.dumps(row["metric"], sort_keys=True), [(t, float(v)) for t, v in points]))
    return rows if ordered else sorted(rows)


def test_the_expressions_have_something_to_compare(engine: Engine) -> None:
    answers = [answer_of(lambda expr=expr: engine.instant(expr, AT * 1000))[0] for expr in EXPRESSIONS]
    empty = [expr for expr, a in zip(EXPRESSIONS, answers, strict=True) if a is not None and not a["result"]]
    assert len(empty) <= 4, empty  # `absent(up)` and its like are empty for a reason


def assert_equal(ours: dict[str, object], theirs: dict[str, object], *, ordered: bool = False) -> None:
    assert ours["resultType"] == theirs["resultType"]
    mine, real = comparable(ours, ordered=ordered), comparable(theirs, ordered=ordered)
    assert [labels for labels, _ in mine] == [labels for labels, _ in real]
    for (_, our_points), (_, real_points) in zip(mine, real, strict=True):
        assert [t for t, _ in our_points] == [t for t, _ in real_points]
        assert [v for _, v in our_points] == pytest.approx([v for _, v in real_points], rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_an_instant_query_answers_as_prometheus_does(prometheus: httpx.Client, engine: Engine, expr: str) -> None:
    reply = prometheus.post("/api/v1/query", data={"query": expr, "time": str(AT)})
    ours, refused = answer_of(lambda: engine.instant(expr, AT * 1000))
    assert reply.json().get("errorType") == refused, reply.text
    if ours is None:
        return
    assert_equal(ours, reply.json()["data"], ordered=expr.startswith(("sort", "topk")))


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_a_range_query_answers_as_prometheus_does(prometheus: httpx.Client, engine: Engine, expr: str) -> None:
    since, step = START - 60, 47
    form = {"query": expr, "start": str(since), "end": str(AT), "step": str(step)}
    reply = prometheus.post("/api/v1/query_range", data=form)
    ours, refused = answer_of(lambda: engine.range(expr, since * 1000, AT * 1000, step * 1000))
    assert reply.json().get("errorType") == refused, reply.text
    if ours is None:
        return
    assert_equal(ours, reply.json()["data"])
