"""Statements about Loki that need a clock, an option or a fault, which only the simulated server has.

The options are a real server's own; what they do was measured there.
"""

import asyncio
from typing import Any

import httpx
import pytest

from services.sandbox.loki import LokiConfig, StartUp
from services.sandbox.loki_api import QueryRules
from services.sandbox.loki_push import PushRules
from tests.support.loki import HOUR, MINUTE, SECOND, just_now, push_counted, simulated_loki
from tests.support.servers import serve


async def test_lines_older_than_the_ingesters_are_asked_for_appear_with_the_flush() -> None:
    clock = [1_795_164_000 * SECOND]
    async with simulated_loki(now=lambda: clock[0]) as loki:
        old = clock[0] - 3 * HOUR
        assert (await loki.push([(old, "old")])).status_code == 204
        assert await loki.page(old, old + 1) == []
        assert (await loki.client.post("/flush")).status_code == 204
        assert await loki.page(old, old + 1) == [(old, "old")]
        assert (await loki.push([(old, "older pod")], pod="x")).status_code == 204
        clock[0] += 31 * MINUTE
        assert len(await loki.page(old, old + 1)) == 2


async def test_a_batch_pushed_again_after_a_flush_is_returned_twice() -> None:
    async with simulated_loki() as loki:
        at = just_now(loki)
        await push_counted(loki, 50, at)
        await push_counted(loki, 50, at)
        assert len(await loki.page(at, at + 100)) == 50
        loki.sim.flush()
        await push_counted(loki, 50, at)
        await push_counted(loki, 50, at)
        page = await loki.page(at, at + 100)
        assert (len(page), len(set(page))) == (100, 50)


async def test_a_test_can_make_new_lines_appear_late() -> None:
    clock = [1_795_164_000 * SECOND]
    async with simulated_loki(now=lambda: clock[0]) as loki:
        loki.sim.faults.hide_new_lines_ns = 30 * SECOND
        await loki.push([(clock[0], "late to appear")])
        loki.sim.faults.hide_new_lines_ns = 0
        assert await loki.page(clock[0] - 1, clock[0] + 1) == []
        clock[0] += 30 * SECOND
        assert len(await loki.page(clock[0] - MINUTE, clock[0])) == 1


async def test_bytes_that_are_no_utf8_come_back_as_replacement_characters() -> None:
    async with simulated_loki() as loki:
        at = just_now(loki)
        loki.sim.push(
            {"r": loki.run}, [(at, b"caf\xe9 end"), (at + 1, b"\xed\xa0\x80 x"), (at + 2, "nul \x00 esc \x1b")]
        )
        texts = [text for _, text in await loki.page(at, at + 9)]
        assert texts == ["caf\ufffd end", "\ufffd\ufffd\ufffd x", "nul \x00 esc \x1b"]


async def test_a_full_store_forgets_the_oldest_lines() -> None:
    async with simulated_loki(LokiConfig(max_lines=1000)) as loki:
        at = just_now(loki)
        for part in range(3):
            lines = [(at + i, f"line {i}") for i in range(part * 500, part * 500 + 500)]
            await loki.push(lines)
        page = await loki.page(at, at + 10_000)
        assert [text for _, text in page] == [f"line {i}" for i in range(500, 1500)]


async def test_ingestion_above_the_rate_is_429() -> None:
    async with simulated_loki(LokiConfig(pushes=PushRules(rate_bytes=4_194_304))) as loki:
        refused = await loki.push([(just_now(loki) + i, "x" * 9000) for i in range(1000)])
        assert refused.status_code == 429
        assert refused.text.startswith(
            "ingestion rate limit exceeded for user fake (limit: 4194304 bytes/sec) while "
            "attempting to ingest '1000' lines totaling '9000000' bytes"
        )


async def test_too_many_series_are_refused() -> None:
    async with simulated_loki(LokiConfig(queries=QueryRules(max_series=5))) as loki:
        at = just_now(loki)
        for pod in range(6):
            await loki.push([(at, "x")], pod=str(pod))
        answer = await loki.get("query", query=f"count_over_time({loki.selector()}[1m])", time=at + 1)
        assert answer.status_code == 400
        assert answer.text.startswith("maximum number of series (5) reached for a single query; consider reducing")


async def test_a_cached_empty_answer_hides_late_lines_until_a_nonce_asks_anew() -> None:
    clock = [1_795_164_000 * SECOND]
    async with simulated_loki(LokiConfig(queries=QueryRules(cache_results=True)), lambda: clock[0]) as loki:
        at = clock[0] - 30 * MINUTE
        query, window = loki.selector() + ' |= "error"', (at, at + MINUTE)
        assert await loki.page(*window, query) == []
        await loki.push([(at + 30 * SECOND, "error late"), (at + 5 * MINUTE, "error other")])
        assert await loki.page(*window, query) == []
        assert await loki.page(at - 1, at + MINUTE + 1, query) == []
        assert await loki.page(at + 20 * SECOND, at + 40 * SECOND, query, limit=7) == []
        assert [text for _, text in await loki.page(at, at + 10 * MINUTE, query)] == ["error other"]
        assert [text for _, text in await loki.page(*window, query + " # nonce-1")] == ["error late"]
        assert [text for _, text in await loki.page(*window)] == ["error late"]


async def test_answers_about_the_last_ten_minutes_are_not_cached() -> None:
    clock = [1_795_164_000 * SECOND]
    async with simulated_loki(LokiConfig(queries=QueryRules(cache_results=True)), lambda: clock[0]) as loki:
        at = clock[0] - 8 * MINUTE
        query = loki.selector() + ' |= "error"'
        assert await loki.page(at, at + MINUTE, query) == []
        await loki.push([(at, "error late")])
        assert len(await loki.page(at, at + MINUTE, query)) == 1


async def test_cached_points_of_a_metric_query_stay_as_they_were() -> None:
    clock = [1_795_164_000 * SECOND]
    async with simulated_loki(LokiConfig(queries=QueryRules(cache_results=True)), lambda: clock[0]) as loki:
        at = clock[0] - 30 * MINUTE
        query = f"sum(count_over_time({loki.selector()}[60s]))"
        window: dict[str, Any] = {"start": at, "end": clock[0], "step": "60s"}
        assert await loki.result("query_range", query, **window) == []
        await loki.push([(at, "late"), (clock[0] - MINUTE, "recent")])
        (stale,) = await loki.result("query_range", query, **window)
        (fresh,) = await loki.result("query_range", query + " # 1", **window)
        assert [value for _, value in stale["values"]] == ["1"]
        assert [value for _, value in fresh["values"]] == ["1", "1"]


async def test_a_page_beyond_four_mebibytes_never_arrives_and_a_smaller_one_does() -> None:
    async with simulated_loki(LokiConfig(queries=QueryRules(query_timeout_seconds=0.05))) as loki:
        at = just_now(loki)
        await loki.push([(at + i, f"{i} " + "x" * 800) for i in range(5000)])
        with pytest.raises(httpx.RemoteProtocolError):
            await loki.page(at, at + 10_000)
        assert len(await loki.page(at, at + 10_000, limit=1250)) == 1250


async def test_a_page_of_seven_hundred_bytes_a_line_arrives() -> None:
    async with simulated_loki() as loki:
        at = just_now(loki)
        await loki.push([(at + i, f"{i:06}" + "x" * 694) for i in range(5000)])
        assert len(await loki.page(at, at + 10_000)) == 5000


async def test_with_a_long_write_timeout_the_page_that_is_too_large_is_504() -> None:
    rules = QueryRules(query_timeout_seconds=0.05, answers_timeout=True)
    async with simulated_loki(LokiConfig(queries=rules)) as loki:
        at = just_now(loki)
        await loki.push([(at + i, "x" * 200_000 + str(i)) for i in range(22)])
        answer = await loki.get("query_range", query=loki.selector(), start=at, end=at + 99)
        assert answer.status_code == 504
        assert answer.text.startswith("request timed out, decrease the duration of the request")


async def test_answers_are_compressed_only_when_the_server_is_told_to() -> None:
    for told in (False, True):
        async with simulated_loki(LokiConfig(queries=QueryRules(gzip_answers=told))) as loki:
            answer = await loki.get("query_range", query=loki.selector())
            assert answer.headers.get("content-encoding") == ("gzip" if told else None)
            assert answer.json()["status"] == "success"


async def test_tenants_do_not_see_each_other() -> None:
    async with simulated_loki(LokiConfig(auth_enabled=True, many_tenants_seconds=0.0)) as loki:
        at = just_now(loki)
        loki.headers["X-Scope-OrgID"] = "team-a"
        await push_counted(loki, 1, at)
        assert len(await loki.page(at, at + 1)) == 1
        for name, status, text in (
            ("team-b", 200, ""),
            ("", 401, "no org id\n"),
            ("a/b", 400, "rpc error: code = Code(400) desc = tenant ID 'a/b' contains unsupported character '/'"),
            ("x" * 151, 400, "rpc error: code = Code(400) desc = tenant ID is too long: max 150 characters"),
            ("team-a|team-b", 500, "multiple org IDs present"),
        ):
            answer = await loki.get("query_range", {"X-Scope-OrgID": name}, query=loki.selector())
            assert answer.status_code == status, name
            assert answer.text == text or answer.json()["data"]["result"] == []
        assert (await loki.client.get("/ready")).text == "ready\n"


@pytest.mark.parametrize(
    ("config", "auth", "header"),
    [
        (LokiConfig(basic_auth=("me", "secret")), httpx.BasicAuth("me", "secret"), {}),
        (LokiConfig(bearer_token="t0ken"), None, {"Authorization": "Bearer t0ken"}),
    ],
)
async def test_a_gateway_in_front_asks_who_it_is(
    config: LokiConfig, auth: httpx.BasicAuth | None, header: dict[str, str]
) -> None:
    async with simulated_loki(config) as loki:
        url = "/loki/api/v1/labels"
        assert (await loki.client.get(url)).status_code == 401
        assert (await loki.client.get(url, auth=httpx.BasicAuth("me", "wrong"))).status_code == 401
        allowed = await (loki.client.get(url, auth=auth) if auth else loki.client.get(url, headers=header))
        assert allowed.status_code == 200


async def test_beyond_the_lookback_there_is_nothing_and_no_hint() -> None:
    async with simulated_loki(LokiConfig(queries=QueryRules(max_lookback_ns=HOUR))) as loki:
        at = loki.now() - 2 * HOUR
        await push_counted(loki, 1, at)
        assert await loki.page(at, at + MINUTE) == []


async def test_scripted_errors_are_used_up_one_by_one() -> None:
    async with simulated_loki() as loki:
        loki.sim.faults.answer(429, "too many outstanding requests", times=2)
        statuses = [(await loki.get("query_range", query=loki.selector())).status_code for _ in range(3)]
        assert statuses == [429, 429, 200]
        assert [served.status for served in loki.sim.served] == statuses


async def test_a_scripted_break_reaches_the_client_as_a_broken_connection() -> None:
    async with simulated_loki() as loki:
        loki.sim.faults.cut(100)
        loki.sim.faults.drop()
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                await loki.get("query_range", query=loki.selector())
        assert (await loki.get("query_range", query=loki.selector())).status_code == 200


GIVES_UP = httpx.Timeout(10, read=0.5)  # the connection is made and the question asked in any case


async def test_a_hanging_request_ends_with_the_client() -> None:
    async with simulated_loki() as loki:
        loki.sim.faults.hang()
        loki.sim.faults.slow(0.01)
        with pytest.raises(httpx.ReadTimeout):
            await loki.client.get("/loki/api/v1/query_range", params={"query": loki.selector()}, timeout=GIVES_UP)
        assert (await loki.get("query_range", query=loki.selector())).status_code == 200


async def test_queries_beyond_the_queue_are_429() -> None:
    async with simulated_loki(LokiConfig(max_outstanding=2)) as loki:
        loki.sim.faults.slow(2, times=2)
        answers = await asyncio.gather(*(loki.get("query_range", query=loki.selector()) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429, 429]
        assert {answer.text for answer in answers if answer.status_code == 429} == {"too many outstanding requests"}


async def test_a_starting_server_is_not_ready_and_lets_queries_wait() -> None:
    clock = [1_795_164_000 * SECOND]
    async with simulated_loki(LokiConfig(start_up=StartUp()), lambda: clock[0]) as loki:
        first = await loki.client.get("/ready")
        assert (first.status_code, first.text.splitlines()[0]) == (503, "Some services are not Running:")
        with pytest.raises(httpx.ReadTimeout):
            await loki.client.get("/loki/api/v1/query_range", params={"query": loki.selector()}, timeout=GIVES_UP)
        clock[0] += 10_190_000_000  # 10 ms before queries are answered
        assert (await loki.get("query_range", query=loki.selector())).status_code == 200
        assert (await loki.client.get("/ready")).text.startswith("Ingester not ready: waiting for 15s")
        clock[0] += 16 * SECOND
        assert ((await loki.client.get("/ready")).status_code) == 200
        loki.sim.stopping = True
        assert (await loki.client.get("/ready")).text == "Application is stopping\n"


async def test_a_server_that_is_down_refuses_connections_and_comes_back_with_its_lines() -> None:
    async with simulated_loki() as loki:
        at = just_now(loki)
        await push_counted(loki, 3, at)
        async with serve(loki.sim) as url:
            port = int(url.rpartition(":")[2])
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("/ready")
            async with serve(loki.sim, port=port):
                assert (await client.get("/ready")).status_code == 200
