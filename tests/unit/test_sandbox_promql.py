"""The sandbox's PromQL gives Prometheus's documented numbers, or an error; never a guess."""

import contextlib
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.sandbox.promql import Engine
from services.sandbox.series import Point, PromqlError, SeriesStore, label_set

NOW_MS = 600_000
STEP_MS = 60_000


def store_with(**series: list[float | None]) -> SeriesStore:
    """Series `name__label_value` with one sample a minute, the last one at NOW_MS; None leaves a hole."""
    store = SeriesStore()
    for key, values in series.items():
        name, _, value = key.partition("__")
        labels = label_set({"job": value} if value else {}, name)
        since = NOW_MS - STEP_MS * (len(values) - 1)
        for i, sample in enumerate(values):
            if sample is not None:
                store.append(labels, since + i * STEP_MS, sample)
    return store


def answer(engine: Engine, expr: str, at_ms: int = NOW_MS) -> object:
    """The scalar, or `{labels: value}` of the vector, labels written `a=1,b=2`."""
    value = engine.instant(expr, at_ms).value
    if isinstance(value, float | str):
        return value
    return {",".join(f"{k}={v}" for k, v in e.labels): e.value for e in value}


@pytest.fixture
def engine() -> Engine:
    return Engine(
        store_with(
            up__a=[1],
            up__b=[0],
            requests_total__a=[0, 60, 120, 180, 240, 300],  # 1/s over five minutes, no reset
            requests_total__b=[100, 160, 20, 80, 140, 200],  # one reset: 160 -> 20
            temperature__a=[20, 22, 24, 26, 28, 30],  # 2 per minute
            limit__a=[512],
            limit__c=[7],
            odd=[math.nan],
        )
    )


TABLE = [
    # literals and scalars
    ("1 + 2 * 3", 7.0),
    ("-2 ^ 2", -4.0),
    ("2 ^ 3 ^ 2", 512.0),
    ("7 % 4", 3.0),
    ("1 / 0", math.inf),
    ("0x10 + 1e1 + .5", 26.5),
    ("1 > bool 2", 0.0),
    ("time()", 600.0),
    ('"a\\"b\\x41"', 'a"bA'),
    ("scalar(up)", math.nan),
    ('scalar(up{job="a"})', 1.0),
    # selectors
    ("up", {"__name__=up,job=a": 1.0, "__name__=up,job=b": 0.0}),
    ('up{job!="a"}', {"__name__=up,job=b": 0.0}),
    ('{__name__=~"u.",job=~"a|x"}', {"__name__=up,job=a": 1.0}),
    ('up{job=~"aa|"}', {}),  # anchored: "a" is no match
    ('up{job!~"a.*"}', {"__name__=up,job=b": 0.0}),
    ("requests_total offset 4m", {"__name__=requests_total,job=a": 60.0, "__name__=requests_total,job=b": 160.0}),
    ("up offset -1m", {"__name__=up,job=a": 1.0, "__name__=up,job=b": 0.0}),
    # functions over ranges: 6 samples touch both ends of [5m], so nothing is extrapolated
    ('increase(requests_total{job="a"}[5m])', {"job=a": 300.0}),
    ('rate(requests_total{job="a"}[5m])', {"job=a": 1.0}),
    ('increase(requests_total{job="b"}[5m])', {"job=b": 260.0}),  # 200 - 100 + 160 lost at the reset
    ('irate(requests_total{job="b"}[5m])', {"job=b": 1.0}),
    ('delta(temperature{job="a"}[5m])', {"job=a": 10.0}),
    ('idelta(temperature{job="a"}[5m])', {"job=a": 2.0}),
    ('deriv(temperature{job="a"}[5m])', {"job=a": 2 / 60}),
    ('predict_linear(temperature{job="a"}[5m], 600)', {"job=a": 50.0}),
    ('resets(requests_total{job="b"}[5m])', {"job=b": 1.0}),
    ('changes(requests_total{job="b"}[5m])', {"job=b": 5.0}),
    ('max_over_time(requests_total{job="b"}[5m])', {"job=b": 200.0}),
    ('min_over_time(requests_total{job="b"}[5m])', {"job=b": 20.0}),
    ('avg_over_time(temperature{job="a"}[5m])', {"job=a": 25.0}),
    ('sum_over_time(temperature{job="a"}[5m])', {"job=a": 150.0}),
    ('count_over_time(temperature{job="a"}[2m])', {"job=a": 3.0}),  # both ends count: 8, 9 and 10 min
    ('last_over_time(temperature{job="a"}[2m])', {"__name__=temperature,job=a": 30.0}),
    ('quantile_over_time(0.5, temperature{job="a"}[5m])', {"job=a": 25.0}),
    ("rate(up[5m])", {}),  # one sample is not enough
    # per value
    ("clamp_min(up, 0.5)", {"job=a": 1.0, "job=b": 0.5}),
    ("clamp_max(up, 0.5)", {"job=a": 0.5, "job=b": 0.0}),
    ("clamp(up, 2, 1)", {}),
    ("round(limit / 10)", {"job=a": 51.0, "job=c": 1.0}),
    ("round(limit, 100)", {"job=a": 500.0, "job=c": 0.0}),
    ("vector(3)", {"": 3.0}),
    ("absent(up)", {}),
    ('absent(nope{job="x",zone=~"a.*"})', {"job=x": 1.0}),
    ('label_replace(vector(1), "x", "v-$1", "nope", "()")', {"x=v-": 1.0}),
    # aggregations
    ("sum(up)", {"": 1.0}),
    ("sum by (job) (up)", {"job=a": 1.0, "job=b": 0.0}),
    ("count without (job) (up)", {"": 2.0}),
    ("avg(up)", {"": 0.5}),
    ("max(limit)", {"": 512.0}),
    ("min(limit) by (job)", {"job=a": 512.0, "job=c": 7.0}),
    ("topk(1, limit)", {"__name__=limit,job=a": 512.0}),
    ("quantile(0.5, limit)", {"": 259.5}),
    # operators between vectors
    ("up > 0", {"__name__=up,job=a": 1.0}),
    ("up > bool 0", {"job=a": 1.0, "job=b": 0.0}),
    ("0 < up", {"__name__=up,job=a": 1.0}),
    ("limit * 2", {"job=a": 1024.0, "job=c": 14.0}),
    ("limit / up", {"job=a": 512.0}),
    ("limit > on(job) up", {"job=a": 512.0}),
    ("limit > ignoring(zone) up", {"__name__=limit,job=a": 512.0}),
    ("up * on() group_left limit{job='a'}", {"job=a": 512.0, "job=b": 0.0}),
    ("limit{job='a'} * on() group_right up", {"job=a": 512.0, "job=b": 0.0}),
    ("up and limit", {"__name__=up,job=a": 1.0}),
    ("up unless limit", {"__name__=up,job=b": 0.0}),
    ("limit or up", {"__name__=limit,job=a": 512.0, "__name__=limit,job=c": 7.0, "__name__=up,job=b": 0.0}),
    ("nope + 1", {}),
    ("max_over_time(sum(temperature)[5m:1m])", {"": 30.0}),
]


@pytest.mark.parametrize(("expr", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_an_expression_has_the_documented_value(engine: Engine, expr: str, expected: object) -> None:
    got = answer(engine, expr)
    if isinstance(expected, dict) and isinstance(got, dict):
        assert got.keys() == expected.keys()
        assert list(got.values()) == pytest.approx([expected[k] for k in got], nan_ok=True)
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, nan_ok=True)
    else:
        assert got == expected


REFUSED = [
    ("", "no expression found"),
    ("up{", "unexpected end of input inside braces"),
    ("{}", "non-empty matcher"),
    ('{job=~".*"}', "non-empty matcher"),
    ("rate(up)", "expected type range vector"),
    ("sum(up[5m])", "expected type instant vector"),
    ("up offset 5m[5m]", "no offset modifiers allowed before range"),
    ("sum(up) offset 5m", "offset modifier must be preceded"),
    ("histogram_quantile(0.9, up)", "unknown function"),
    ("holt_winters(up[5m], 0.5, 0.5)", "unknown function"),
    ("count_values('x', up)", "unknown function"),
    ("up @ 5", "@ modifier"),
    ("1 > 2", "must use BOOL modifier"),
    ("up + bool up", "bool modifier can only be used on comparison"),
    ("up and 1", "set operator"),
    ("up and on(job) group_left up", "no grouping allowed"),
    ('"a" + 1', "must contain only scalar and instant vector"),
    ("up[5x]", "bad number or duration"),
    ("up[1m1h]", "not a valid duration"),
    ("up['5m']", "expected duration"),
    ("sum(up))", 'unexpected ")"'),
    ("up up", 'unexpected "up"'),
    ("up{job=~'('}", "error parsing regexp"),
    ("up{job=~'(?=a)a'}", "error parsing regexp"),
    ('up{__name__="x"}', "must not be set twice"),
    ('"unterminated', "unterminated quoted string"),
    ("topk(up)", "wrong number of arguments"),
    ("(" * 100 + "1" + ")" * 100, "nested deeper"),
]


@pytest.mark.parametrize(("expr", "why"), REFUSED, ids=[row[0][:30] for row in REFUSED])
def test_what_is_not_supported_is_bad_data(engine: Engine, expr: str, why: str) -> None:
    with pytest.raises(PromqlError) as refusal:
        engine.instant(expr, NOW_MS)
    assert refusal.value.kind == "bad_data"
    assert why in str(refusal.value)


def test_an_ambiguous_match_is_an_execution_error(engine: Engine) -> None:
    for expr in ("up * on(nolabel) up", "up * on() limit{job='a'}", 'label_replace(up, "job", "x", "job", ".*")'):
        with pytest.raises(PromqlError) as refusal:
            engine.instant(expr, NOW_MS)
        assert refusal.value.kind == "execution"


def test_a_sample_is_seen_for_five_minutes_and_not_longer(engine: Engine) -> None:
    assert answer(engine, "limit", NOW_MS + 300_000) != {}
    assert answer(engine, "limit", NOW_MS + 300_001) == {}


def test_a_rate_that_starts_inside_the_window_is_extrapolated_by_half_a_distance() -> None:
    # three samples a minute apart, the last one now, in a window of 10 min: 120 s + 30 s at the left end
    engine = Engine(store_with(c=[1000, 1060, 1120]))
    assert answer(engine, "increase(c[10m])") == {"": pytest.approx(120 * (150 / 120))}
    assert answer(engine, "rate(c[10m])") == {"": pytest.approx(150 / 600)}


def test_a_counter_is_not_extrapolated_below_zero() -> None:
    # the counter would reach zero 10 s before its first sample: 120 s + 10 s instead of 30 s
    engine = Engine(store_with(c=[10, 70, 130]))
    assert answer(engine, "increase(c[10m])") == {"": pytest.approx(120 * (130 / 120))}


def test_a_series_that_is_no_longer_shown_is_stale_at_once() -> None:
    store = SeriesStore()
    store.scrape("x", 1_000, [Point("pod", {"pod": "old"}, 1)])
    store.scrape("x", 2_000, [Point("pod", {"pod": "new"}, 1)])
    assert answer(Engine(store), "pod", 2_000) == {"__name__=pod,pod=new": 1.0}
    assert answer(Engine(store), "count_over_time(pod[1m])", 2_000) == {"pod=new": 1.0, "pod=old": 1.0}


def test_old_samples_are_forgotten() -> None:
    store = SeriesStore(retention_ms=60_000)
    store.scrape("x", 100_000, [Point("gone", {}, 1)])
    store.scrape("x", 200_000, [Point("here", {}, 1)])
    assert len(store) == 2  # until its staleness marker is old, too
    store.scrape("x", 300_000, [Point("here", {}, 1)])
    assert len(store) == 1


def test_a_range_query_has_a_point_per_step_and_sorted_series(engine: Engine) -> None:
    matrix = engine.range("requests_total", NOW_MS - 120_000, NOW_MS, 60_000).value
    assert [(dict(labels)["job"], points) for labels, points in matrix] == [
        ("a", [(480_000, 180.0), (540_000, 240.0), (600_000, 300.0)]),
        ("b", [(480_000, 80.0), (540_000, 140.0), (600_000, 200.0)]),
    ]


def test_too_many_samples_and_too_much_time_are_refused() -> None:
    store = store_with(c=[1, 2, 3])
    with pytest.raises(PromqlError, match="too many samples"):
        Engine(store, max_samples=2).instant("c[5m]", NOW_MS)
    ticks = iter(range(100))
    with pytest.raises(PromqlError, match="timed out") as refusal:
        Engine(store, monotonic=lambda: float(next(ticks))).instant("c", NOW_MS, timeout=0.5)
    assert refusal.value.kind == "timeout"


VALUES = st.lists(st.integers(0, 10_000), min_size=2, max_size=10)


@settings(max_examples=50, deadline=None)
@given(VALUES)
@example([12, 11])
def test_a_rising_counters_increase_is_never_below_what_was_seen(values: list[int]) -> None:
    rising = [float(sum(values[: i + 1])) for i in range(len(values))]
    got = answer(Engine(store_with(c=list(rising))), "increase(c[20m])")
    assert isinstance(got, dict)
    assert got[""] >= rising[-1] - rising[0] - 1e-9
    # Prometheus extrapolates by at most 1.1 of the samples' distance on either side.
    assert got[""] <= (rising[-1] - rising[0]) * (1 + 2.2 / (len(rising) - 1)) + 1e-9


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab{}[]()=~!\"'1m5:,+-*/^ <>@#\\", max_size=20))
def test_any_text_is_an_answer_or_bad_data(text: str) -> None:
    engine = Engine(store_with(a=[1], b=[2]))
    with contextlib.suppress(PromqlError):  # anything else is a crash
        engine.instant(text, NOW_MS)
