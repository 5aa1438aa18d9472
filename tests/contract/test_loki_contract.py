"""Statements about Loki, true of a real server and of ours. `make test-loki LOKI_URL=...` asks a real one.

What needs a clock, an option or a fault is said of ours alone, in `test_loki_simulated.py`.
"""

import gzip
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.loki import HOUR, MINUTE, SECOND, LokiUnderTest, any_loki, just_now, push_counted


@pytest.fixture
async def loki() -> AsyncIterator[LokiUnderTest]:
    async with any_loki() as server:
        yield server


# --- windows, limits, directions ------------------------------------------------------------------------------------


async def test_without_limit_and_direction_the_newest_hundred_lines_come_newest_first(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await push_counted(loki, 150, at)
    answer = await loki.get("query_range", query=loki.selector(), start=at, end=at + 1000)
    (stream,) = answer.json()["data"]["result"]
    assert [line for _, line in stream["values"]] == [f"line {i}" for i in range(149, 49, -1)]
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert "content-length" not in answer.headers
    assert "summary" in answer.json()["data"]["stats"]


async def test_a_window_contains_its_start_and_not_its_end(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await push_counted(loki, 20, at)
    assert await loki.page(at + 10, at + 13) == [(at + i, f"line {i}") for i in (10, 11, 12)]
    assert await loki.page(at + 10, at + 10) == []


async def test_an_empty_answer_still_carries_the_statistics(loki: LokiUnderTest) -> None:
    answer = await loki.get("query_range", query=loki.selector())
    assert answer.json()["data"]["result"] == []
    assert len(answer.content) > 3000


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"limit": "5001"}, "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)"),
        ({"limit": "0"}, "limit must be a positive value"),
        ({"limit": "-1"}, "limit must be a positive value"),
        ({"limit": "abc"}, 'strconv.Atoi: parsing "abc": invalid syntax'),
        ({"direction": "sideways"}, "invalid direction 'sideways'"),
        ({"start": "13", "end": "10"}, "end timestamp must not be before or equal to start time"),
        ({"start": "x"}, "could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax"),
        ({"query": "{}"}, "parse error : queries require at least one regexp or equality matcher"),
        ({"query": '{a="b"'}, "parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,"),
        ({"query": '{a="b"} |~ "("'}, "parse error : stage '|~ \"(\"' : error parsing regexp: missing closing ): `(`"),
        ({"query": '{a="b"} |= "' + "x" * 140_000 + '"'}, "parse error : input size too long (140013 > 131072)"),
    ],
)
async def test_a_refusal_is_400_in_plain_text(loki: LokiUnderTest, asked: dict[str, str], text: str) -> None:
    form = {"query": loki.selector(), **asked}
    answer = await loki.client.post("/loki/api/v1/query_range", data=form, headers=loki.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert answer.text.startswith(text)


async def test_a_range_beyond_the_limit_is_refused_and_names_both(loki: LokiUnderTest) -> None:
    end = loki.now()
    answer = await loki.get("query_range", query=loki.selector(), start=end - 31 * 24 * HOUR, end=end)
    assert answer.status_code == 400
    assert answer.text == "the query time range exceeds the limit (query length: 744h0m0s, limit: 30d1h)"


async def test_the_limits_can_be_asked_for(loki: LokiUnderTest) -> None:
    limits = (await loki.get("drilldown-limits")).json()["limits"]
    assert limits["max_entries_limit_per_query"] == 5000
    assert limits["max_query_length"] == "30d1h"


async def test_the_limit_counts_over_all_streams(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    for pod in "abc":
        await push_counted(loki, 100, at, pod=pod)
    result = await loki.result("query_range", loki.selector(), start=at, end=at + 1000, limit=100, direction="forward")
    assert sorted(len(stream["values"]) for stream in result) == [33, 33, 34]


async def test_results_are_sorted_by_label_string_and_lines_by_time(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    for pod in "cab":
        await loki.push([(at + 3, "third"), (at + 1, "first"), (at + 2, "second")], pod=pod)
    for direction, order in (("forward", [1, 2, 3]), ("backward", [3, 2, 1])):
        result = await loki.result("query_range", loki.selector(), start=at, end=at + 9, direction=direction)
        assert [stream["stream"]["pod"] for stream in result] == ["a", "b", "c"]
        assert all([int(v[0]) - at for v in stream["values"]] == order for stream in result)


async def test_times_are_nanoseconds_or_seconds_or_rfc3339(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await push_counted(loki, 1, at)
    seconds = at // SECOND
    named = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for start, end in ((at, at + 1), (seconds, seconds + 1), (f"{seconds}.0", f"{seconds}.5"), (named, seconds + 1)):
        answer = await loki.get("query_range", query=loki.selector(), start=start, end=end)
        assert len(answer.json()["data"]["result"]) == 1, (start, end)


async def test_a_form_by_post_asks_the_same(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await push_counted(loki, 3, at)
    form = {"query": loki.selector(), "start": str(at), "end": str(at + 10), "limit": "2", "direction": "forward"}
    answer = await loki.client.post("/loki/api/v1/query_range", data=form, headers=loki.headers)
    assert [v[1] for v in answer.json()["data"]["result"][0]["values"]] == ["line 0", "line 1"]


# --- labels and metadata --------------------------------------------------------------------------------------------


async def test_metadata_is_folded_into_the_labels_unless_the_client_asks_otherwise(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at + i, f"level=info {i}", {"trace_id": f"t{i}"}) for i in range(20)])
    window: dict[str, Any] = {"start": at, "end": at + 100, "direction": "forward"}
    folded = await loki.result("query_range", loki.selector(), **window)
    assert len(folded) == 20
    assert {s["stream"]["trace_id"] for s in folded} == {f"t{i}" for i in range(20)}
    asked = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
    data = (await loki.get("query_range", asked, query=loki.selector(), **window)).json()["data"]
    assert data["encodingFlags"] == ["categorize-labels"]
    (stream,) = data["result"]
    assert "trace_id" not in stream["stream"]
    assert stream["values"][0][2] == {"structuredMetadata": {"detected_level": "info", "trace_id": "t0"}}


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("level=error msg=x", "error"),
        ('{"level":"warn","a":1}', "warn"),
        ("plain ERROR text", "error"),
        ("[INFO] hi", "info"),
        ("nothing here", "unknown"),
    ],
)
async def test_every_line_gets_a_level_and_every_stream_a_service(loki: LokiUnderTest, line: str, level: str) -> None:
    at = just_now(loki)
    await loki.push([(at, line)])
    (stream,) = await loki.result("query_range", loki.selector(), start=at, end=at + 1)
    assert (stream["stream"]["detected_level"], stream["stream"]["service_name"]) == (level, "contract")


async def test_labels_without_values_have_no_data_key(loki: LokiUnderTest) -> None:
    assert (await loki.get("label/nosuch/values")).json() == {"status": "success"}
    at = just_now(loki)
    await push_counted(loki, 1, at)
    window: dict[str, Any] = {"start": at, "end": at + SECOND}
    assert (await loki.get("label/app/values", query=loki.selector(), **window)).json()["data"] == ["contract"]
    (series,) = (await loki.get("series", **{"match[]": loki.selector(), **window})).json()["data"]
    assert series == {"app": "contract", "r": loki.run, "service_name": "contract"}


async def test_a_number_filter_after_json_is_silently_blind_to_other_lines(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at, "n=7 plain"), (at + 1, '{"n": 7}')])
    assert await loki.page(at, at + 9, loki.selector() + " | json | n > 5") == [(at + 1, '{"n": 7}')]
    failed = loki.selector() + ' | json | __error__="JSONParserErr"'
    assert await loki.page(at, at + 9, failed) == [(at, "n=7 plain")]


async def test_dropping_a_label_makes_distinct_lines_look_the_same(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    for pod in "ab":
        await loki.push([(at, "same")], pod=pod)
    assert await loki.page(at, at + 9, loki.selector() + " | drop pod") == [(at, "same"), (at, "same")]


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        ('|= "refused"', [1]),
        ('|~ "(?i)refused"', [0, 1]),
        ("|= `refused` or `stack`", [1, 2]),
        ('!= "refused" != "REFUSED"', [2]),
        ('|~ "multi.*stack"', []),
        ('|~ "(?s)multi.*stack"', [2]),
        ('|~ ""', [0, 1, 2]),
        ('|= "refused" # a comment', [1]),
    ],
)
async def test_line_filters_see_the_text_as_it_is(loki: LokiUnderTest, tail: str, found: list[int]) -> None:
    at = just_now(loki)
    lines = ["Connection REFUSED by peer", "connection refused", "multi\nline\nstack"]
    await loki.push([(at + i, line) for i, line in enumerate(lines)])
    assert await loki.page(at, at + 9, f"{loki.selector()} {tail}") == [(at + i, lines[i]) for i in found]


# --- one nanosecond -------------------------------------------------------------------------------------------------


async def test_equal_lines_of_one_nanosecond_are_one_line(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at, text) for text in "AABA"])
    assert sorted(await loki.page(at, at + 1)) == [(at, "A"), (at, "B")]


async def test_more_than_twelve_lines_of_one_nanosecond_come_in_an_order_that_is_not_theirs(
    loki: LokiUnderTest,
) -> None:
    at = just_now(loki)
    pushed = [(at, f"line {i}") for i in range(13)]
    await loki.push(pushed)
    first = await loki.page(at, at + 1)
    assert first != pushed
    assert sorted(first) == sorted(pushed)
    assert await loki.page(at, at + 1) == first


async def test_a_truncated_page_takes_the_first_arrivals_forward_and_the_last_backward(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at, f"line {i}") for i in range(40)])
    forward = await loki.page(at, at + 1, limit=10)
    backward = await loki.page(at, at + 1, limit=10, direction="backward")
    assert sorted(forward) == sorted((at, f"line {i}") for i in range(10))
    assert sorted(backward) == sorted((at, f"line {i}") for i in range(30, 40))


async def test_a_truncated_forward_page_is_complete_before_its_last_timestamp(loki: LokiUnderTest) -> None:
    at, rng = just_now(loki), random.Random(7)
    truth: set[tuple[int, str]] = set()
    for pod in "abcd":
        lines = [(at + rng.randrange(40), f"{pod} {i}") for i in range(300)]
        truth |= set(lines)
        await loki.push(lines, pod=pod)
    for limit in (5, 17, 100, 999):
        start = at + rng.randrange(5)
        page = await loki.page(start, at + 100, limit=limit)
        assert len(page) == limit
        last = page[-1][0]
        assert {line for line in page if line[0] < last} == {line for line in truth if start <= line[0] < last}


@pytest.mark.parametrize("limit", [100, 700, 2000])
async def test_paging_at_the_last_timestamp_inclusive_loses_nothing(loki: LokiUnderTest, limit: int) -> None:
    at = just_now(loki)
    truth: set[tuple[int, str]] = set()
    for pod in "abc":
        lines = [(at + 50, f"{pod} same {i}") for i in range(600)]
        lines += [(at + i, f"{pod} other {i}") for i in range(100)]
        truth |= set(lines)
        assert (await loki.push(lines, pod=pod)).status_code == 204
    seen: set[tuple[int, str]] = set()
    position, asked = at, limit
    while True:
        page = await loki.page(position, at + 1000, limit=asked)
        seen |= set(page)
        if len(page) < asked:
            break
        stuck = page[-1][0] == position
        asked = 5000 if stuck else limit
        position = page[-1][0]
    assert seen == truth


async def test_a_burst_larger_than_a_page_is_read_from_both_ends(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    truth = {(at, f"line {i}") for i in range(8000)}
    assert (await loki.push([(at, f"line {i}") for i in range(8000)])).status_code == 204
    forward = await loki.page(at, at + 1)
    backward = await loki.page(at, at + 1, direction="backward")
    assert len(forward) == len(backward) == 5000
    assert set(forward) | set(backward) == truth


async def test_at_one_nanosecond_both_directions_start_with_the_same_stream(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    for pod in "ab":
        await loki.push([(at, f"{pod} {i}") for i in range(10)], pod=pod)
    forward = {text[0] for _, text in await loki.page(at, at + 1, limit=10)}
    backward = {text[0] for _, text in await loki.page(at, at + 1, limit=10, direction="backward")}
    assert forward == backward
    assert len(forward) == 1


# --- what is taken, and when it is seen -----------------------------------------------------------------------------


async def test_a_line_is_visible_once_its_push_is_answered(loki: LokiUnderTest) -> None:
    for i in range(20):
        at = loki.now()
        await loki.push([(at, f"line {i}")])
        assert await loki.page(at, at + 1) == [(at, f"line {i}")]


async def test_lines_of_the_future_are_taken_up_to_ten_minutes_and_hidden_from_queries_that_end_now(
    loki: LokiUnderTest,
) -> None:
    now = loki.now()
    assert (await loki.push([(now + 5 * MINUTE, "ahead")])).status_code == 204
    assert await loki.page(now - MINUTE, now) == []
    assert await loki.page(now - MINUTE, now + 11 * MINUTE) == [(now + 5 * MINUTE, "ahead")]
    refused = await loki.push([(now + 11 * MINUTE, "too far")])
    assert refused.status_code == 400
    assert "has timestamp too new" in refused.text


async def test_an_active_stream_takes_lines_up_to_an_hour_behind_and_keeps_the_good_ones_of_a_bad_push(
    loki: LokiUnderTest,
) -> None:
    now = loki.now()
    await loki.push([(now, "newest")])
    assert (await loki.push([(now - 50 * MINUTE, "late")])).status_code == 204
    refused = await loki.push([(now - 2 * HOUR, "too late"), (now - MINUTE, "good")])
    assert refused.status_code == 400
    assert "entry too far behind" in refused.text
    assert "total ignored: 1 out of 2" in refused.text
    found = [text for _, text in await loki.page(now - HOUR, now + 1)]
    assert found == ["late", "good", "newest"]


async def test_a_new_stream_takes_lines_up_to_a_week_old(loki: LokiUnderTest) -> None:
    now = loki.now()
    assert (await loki.push([(now - 6 * 24 * HOUR, "old")], pod="a")).status_code == 204
    refused = await loki.push([(now - 8 * 24 * HOUR, "older")], pod="b")
    assert refused.status_code == 400
    assert "has timestamp too old" in refused.text


async def test_a_push_without_streams_is_422_and_without_json_400(loki: LokiUnderTest) -> None:
    empty = await loki.client.post("/loki/api/v1/push", json={"streams": []}, headers=loki.headers)
    assert (empty.status_code, empty.text) == (422, "error at least one valid stream is required for ingestion\n")
    asked = {**loki.headers, "Content-Type": "application/json"}
    broken = await loki.client.post("/loki/api/v1/push", content=b"{bad json", headers=asked)
    assert (broken.status_code, broken.text[:19]) == (400, "loghttp.PushRequest")


async def test_a_push_may_be_compressed(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    body = {"streams": [{"stream": {"app": "contract", "r": loki.run}, "values": [[str(at), "packed"]]}]}
    asked = {**loki.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    content = gzip.compress(json.dumps(body).encode())
    answer = await loki.client.post("/loki/api/v1/push", content=content, headers=asked)
    assert answer.status_code == 204
    assert await loki.page(at, at + 1) == [(at, "packed")]


async def test_a_line_beyond_256_kib_is_refused(loki: LokiUnderTest) -> None:
    refused = await loki.push([(just_now(loki), "x" * 300_000)])
    assert refused.status_code == 400
    assert refused.text.startswith("max entry size '262144' bytes exceeded for stream ")


# --- metric queries -------------------------------------------------------------------------------------------------


async def test_a_bucket_excludes_its_start_and_includes_its_end(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at - MINUTE, "at the start"), (at - MINUTE + 1, "inside"), (at, "at the end"), (at + 1, "after")])
    (one,) = await loki.result("query", f"sum(count_over_time({loki.selector()}[60s]))", time=at)
    assert one == {"metric": {}, "value": [at // SECOND, "2"]}
    assert [text for _, text in await loki.page(at - MINUTE + 1, at + 1)] == ["inside", "at the end"]


async def test_points_are_on_multiples_of_the_step_and_absent_without_lines(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at + 5 * SECOND, "one"), (at + 50 * SECOND, "two")])
    query = f"sum(count_over_time({loki.selector()}[20s])) # sweep"
    (series,) = await loki.result("query_range", query, start=at + 7 * SECOND, end=at + 59 * SECOND, step="20s")
    seconds = at // SECOND
    assert series["values"] == [[seconds + 20, "1"], [seconds + 60, "1"]]


async def test_no_lines_are_no_data_and_never_zero(loki: LokiUnderTest) -> None:
    query = f"sum(count_over_time({loki.selector()}[60s]))"
    assert await loki.result("query", query) == []
    (zero,) = await loki.result("query", query + " or vector(0)", time=just_now(loki))
    assert (zero["metric"], zero["value"][1]) == ({}, "0")


async def test_sums_are_grouped_by_stream_labels_and_by_detected_level(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    for pod in "ab":
        await loki.push([(at, "level=error x"), (at + 1, "level=info x"), (at + 2, "level=error y")], pod=pod)
    for by, expected in (("pod", {"a": "3", "b": "3"}), ("detected_level", {"error": "4", "info": "2"})):
        result = await loki.result("query", f"sum by ({by})(count_over_time({loki.selector()}[1m]))", time=at + SECOND)
        assert {series["metric"][by]: series["value"][1] for series in result} == expected
    filtered = f'sum(count_over_time({loki.selector()} |= "error" [1m]))'
    (one,) = await loki.result("query", filtered, time=at + SECOND)
    assert one["value"][1] == "4"


async def test_a_rate_is_per_second(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await push_counted(loki, 30, at)
    (one,) = await loki.result("query", f"sum(rate({loki.selector()}[1m]))", time=at + SECOND)
    assert one["value"][1] == "0.5"


async def test_lines_that_cannot_be_parsed_fail_a_metric_query(loki: LokiUnderTest) -> None:
    at = just_now(loki)
    await loki.push([(at, "not json")])
    query = f"sum(count_over_time({loki.selector()} | json [1m]))"
    answer = await loki.get("query", query=query, time=at + SECOND)
    assert answer.status_code == 400
    assert answer.text.startswith("pipeline error: 'JSONParserErr' for series: '{__error__=\"JSONParserErr\"")


async def test_a_log_query_is_no_instant_query(loki: LokiUnderTest) -> None:
    answer = await loki.get("query", query=loki.selector())
    assert answer.status_code == 400
    assert answer.text.startswith("log queries are not supported as an instant query type")


async def test_too_many_points_are_refused(loki: LokiUnderTest) -> None:
    now = loki.now()
    query = f"sum(count_over_time({loki.selector()}[1s]))"
    answer = await loki.get("query_range", query=query, start=now - 24 * HOUR, end=now, step="1s")
    assert answer.status_code == 400
    assert answer.text.startswith("exceeded maximum resolution of 11,000 points per time series.")


# --- pages that never arrive, options, tenants ----------------------------------------------------------------------


async def test_unknown_paths_are_404_and_wrong_methods_405(loki: LokiUnderTest) -> None:
    missing = await loki.get("nosuch")
    assert (missing.status_code, missing.text) == (404, "404 page not found\n")
    wrong = await loki.client.delete("/loki/api/v1/query_range", headers=loki.headers)
    assert (wrong.status_code, wrong.content) == (405, b"")
