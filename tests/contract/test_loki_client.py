"""LokiClient and LogMonitor against the simulated Loki over real HTTP: nothing lost, nothing twice."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from langraph.errors import BadQuery, LedgerBusy, SourceUnavailable
from langraph.ports import Gap, LogPage
from services.bounded_http import Endpoint
from services.log_monitor import LogMonitor, Reach
from services.loki_client import LokiClient, LokiQuery
from services.sandbox.loki import LokiConfig, SimulatedLoki
from services.sandbox.loki_api import QueryRules
from tests.support.fake_ledger import FakeLedger
from tests.support.fake_logs import EveryLine, RememberingQueue
from tests.support.servers import serve
from tests.support.virtual_time import VirtualTime

SECOND = 10**9
PATIENT = 10  # seconds; reached on no machine by an answer that comes
SHOP = {"app": "shop", "namespace": "prod"}


class Peer:
    """A Loki, a client of it, and a monitor."""

    def __init__(self, loki: SimulatedLoki, url: str, time: VirtualTime, **options: object) -> None:
        self.loki = loki
        self.url = url
        self.time = time
        self.options = options
        self.ledger = FakeLedger()
        self.clients: list[LokiClient] = []
        self.client = self.new_client()

    def new_client(self, selector: str = '{app=~".+"}', line_filter: str = "", **endpoint: object) -> LokiClient:
        options = {"timeout_s": PATIENT, **endpoint}
        tenant = str(self.options.get("tenant", ""))
        where = Endpoint(self.url, "LOKI_URL", **options)  # type: ignore[arg-type]  # keyword options of tests
        parts = int(str(self.options.get("max_tie_parts", 128)))
        client = LokiClient(where, LokiQuery(selector, line_filter, tenant), self.time, max_tie_parts=parts)
        self.clients.append(client)
        return client

    def monitor(self, reach: Reach | None = None) -> LogMonitor:
        """As after a restart: nothing remembered but the ledger."""
        return LogMonitor(self.client, self.ledger, EveryLine(), RememberingQueue(), self.time, reach=reach)

    def push(self, *lines: tuple[int, str], labels: dict[str, str] | None = None) -> None:
        self.loki.push(labels or SHOP, lines)

    def assert_counted(self, expected: set[str]) -> None:
        counted = [one.text for one in self.ledger.counted]
        assert len(counted) == len(set(counted))
        assert set(counted) == expected


@asynccontextmanager
async def peer(config: LokiConfig | None = None, **options: object) -> AsyncIterator[Peer]:
    """A simulated Loki on a port of its own."""
    time = VirtualTime()
    loki = SimulatedLoki(lambda: time.ns, config)
    async with serve(loki) as url:
        one = Peer(loki, url, time, **options)
        try:
            yield one
        finally:
            for client in one.clients:
                await client.aclose()


async def read_all(client: LokiClient, since: int, until: int) -> tuple[list[str], list[Gap]]:
    texts: dict[bytes, str] = {}
    gaps = []
    async for item in client.read(since, until):
        if isinstance(item, LogPage):
            assert list(item.at_ns) == sorted(item.at_ns)
            texts |= dict(zip(item.keys, item.texts, strict=True))
        else:
            gaps.append(item)
    return list(texts.values()), gaps


async def test_a_full_page_is_continued_at_its_last_timestamp() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_entries=100))) as one:
        base = one.time.ns - 60 * SECOND
        lines = [(base + i // 7, f"line {i}") for i in range(1_000)]
        one.push(*lines)
        texts, gaps = await read_all(one.client, base, one.time.ns)
        assert (sorted(texts), gaps) == (sorted(text for _, text in lines), [])


async def test_more_lines_in_one_nanosecond_than_both_ends_of_it_hold_are_split_until_all_are_read() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_entries=100))) as one:
        at = one.time.ns - 60 * SECOND
        one.push(*[(at, f"worker {i} failed") for i in range(1_234)], (at + 1, "after"), (at - 1, "before"))
        texts, gaps = await read_all(one.client, at - SECOND, one.time.ns)
        assert len(texts) == 1_236
        assert gaps == []


async def test_lines_of_one_nanosecond_and_one_text_are_split_by_their_labels() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_entries=50))) as one:
        at = one.time.ns - 60 * SECOND
        for i in range(300):
            one.push((at, "same words"), labels={**SHOP, "pod": f"shop-{i:03d}"})
        keys: set[bytes] = set()
        async for item in one.client.read(at, at + 1):
            assert isinstance(item, LogPage)
            keys.update(item.keys)
        assert len(keys) == 300


async def test_what_the_split_may_not_reach_is_a_gap_with_the_exact_number_of_lines() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_entries=100)), max_tie_parts=1) as one:
        at = one.time.ns - 60 * SECOND
        one.push(*[(at, f"worker {i} failed") for i in range(1_000)], (at + 5, "after"))
        texts, gaps = await read_all(one.client, at, one.time.ns)
        assert len(texts) == 201
        assert "after" in texts
        assert [(gap.since_ns, gap.until_ns, gap.lines) for gap in gaps] == [(at, at + 1, 800)]


async def test_pages_that_would_never_arrive_are_asked_for_in_smaller_pieces() -> None:
    async with peer() as one:
        one.client = one.new_client(timeout_s=2)
        base = one.time.ns - 120 * SECOND
        lines = [(base + i, f"{i} " + "x" * 40_000) for i in range(400)]
        one.push(*lines)
        texts, gaps = await read_all(one.client, base, one.time.ns)
        assert len(texts) == 400
        assert gaps == []


@pytest.mark.parametrize("answers_timeout", [True, False])
async def test_a_line_of_the_largest_size_is_read_however_loki_fails_on_the_page(answers_timeout: bool) -> None:
    rules = QueryRules(answers_timeout=answers_timeout, query_timeout_seconds=0.05)
    async with peer(LokiConfig(queries=rules)) as one:
        base = one.time.ns - 120 * SECOND
        one.push(*[(base + i, f"{i}" + "y" * 255_000) for i in range(40)])
        texts, _ = await read_all(one.client, base, one.time.ns)
        assert len(texts) == 40


async def test_the_limit_that_the_server_names_is_adopted() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_entries=70))) as one:
        one.loki.faults.answer(404, "404 page not found", path="drilldown-limits")
        base = one.time.ns - 60 * SECOND
        one.push(*[(base + i, f"line {i}") for i in range(500)])
        texts, _ = await read_all(one.client, base, one.time.ns)
        assert len(texts) == 500


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, "no org id", BadQuery, "LOKI_TENANT"),
        (403, "forbidden", BadQuery, "LOKI_TENANT"),
        (400, "parse error at line 1, col 9: syntax error", BadQuery, "parse error at line 1"),
        (404, "404 page not found", BadQuery, "without /loki/api/v1"),
        (302, "", BadQuery, "no Loki"),
        (429, "too many outstanding requests", SourceUnavailable, "too many outstanding requests"),
        (502, "bad gateway", SourceUnavailable, "502"),
        (503, "no", SourceUnavailable, "503"),
    ],
)
async def test_refusals_say_whose_fault_it_is(status: int, body: str, error: type[Exception], words: str) -> None:
    async with peer() as one:
        one.loki.faults.answer(status, body)
        with pytest.raises(error, match=words):
            await read_all(one.client, one.time.ns - SECOND, one.time.ns)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"status":"success","data":{"resultType":"matrix","result":[]}}', b"<html>"]
)
async def test_an_answer_that_is_not_lokis_says_nothing_about_lines(body: bytes) -> None:
    async with peer() as one:
        one.loki.faults.answer(200, body.decode())
        with pytest.raises(SourceUnavailable):
            await read_all(one.client, one.time.ns - SECOND, one.time.ns)


async def test_a_broken_answer_is_asked_for_again_in_a_smaller_piece() -> None:
    async with peer() as one:
        one.push((one.time.ns - 5, "here"))
        one.loki.faults.cut(20, times=2)
        one.loki.faults.drop()
        one.loki.faults.answer(500, "internal")
        assert (await read_all(one.client, one.time.ns - SECOND, one.time.ns))[0] == ["here"]


async def test_a_server_that_never_answers_is_unavailable_once_even_a_single_line_does_not_come() -> None:
    async with peer() as one:
        one.client = one.new_client(timeout_s=1)
        one.loki.faults.hang(times=20)
        with pytest.raises(SourceUnavailable, match="within"):
            await read_all(one.client, one.time.ns - SECOND, one.time.ns)
        assert len(one.loki.faults) == 20 - 6  # 1000, 250, 62, 15, 3, 1


async def test_an_answer_larger_than_we_take_is_asked_for_in_pieces() -> None:
    async with peer() as one:
        one.client = one.new_client(max_bytes=30_000)
        base = one.time.ns - 60 * SECOND
        one.push(*[(base + i, f"{i} " + "z" * 300) for i in range(300)])
        assert len((await read_all(one.client, base, one.time.ns))[0]) == 300


async def test_a_refused_connection_is_unavailable_and_names_the_setting() -> None:
    async with peer() as one:
        one.url = "http://127.0.0.1:1"
        with pytest.raises(SourceUnavailable, match=r"LOKI_URL=http://127\.0\.0\.1:1 cannot be reached"):
            await read_all(one.new_client(), 0, 1)


async def test_tenant_basic_auth_and_bearer_reach_the_server() -> None:
    async with peer(LokiConfig(auth_enabled=True, basic_auth=("ann", "secret")), tenant="team-a") as one:
        one.loki.push(SHOP, [(one.time.ns - 5, "ours")], tenant="team-a")
        one.client = one.new_client(username="ann", password="secret")
        assert (await read_all(one.client, one.time.ns - SECOND, one.time.ns))[0] == ["ours"]
    async with peer(LokiConfig(bearer_token="t0ken")) as one:
        one.push((one.time.ns - 5, "ours"))
        one.client = one.new_client(bearer="t0ken")
        assert (await read_all(one.client, one.time.ns - SECOND, one.time.ns))[0] == ["ours"]


async def test_metadata_tells_lines_apart_and_the_shard_label_does_not() -> None:
    async with peer() as one:
        at = one.time.ns - 5 * SECOND
        one.loki.push(SHOP, [(at, "same", {"trace_id": "a"}), (at, "same", {"trace_id": "b"})])
        keys = [key async for item in one.client.read(at, at + 1) if isinstance(item, LogPage) for key in item.keys]
        assert len(set(keys)) == 2


async def test_counts_and_reads_agree_on_what_a_minute_is() -> None:
    async with peer() as one:
        minute = 60 * SECOND
        edge = (one.time.ns // minute - 5) * minute
        one.push(*[(edge + offset, f"at {offset}") for offset in (-1, 0, 1, minute, minute + 1)])
        counts = await one.client.counts(edge - 3 * minute, edge + 4 * minute)
        assert counts == {edge + 1: 2, edge + minute + 1: 2, edge + 2 * minute + 1: 1}
        for key, count in counts.items():
            assert len((await read_all(one.client, key - minute, key))[0]) == count


async def test_a_week_of_counts_is_asked_for_in_as_many_pieces_as_the_server_wants() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_length_ns=24 * 3600 * SECOND))) as one:
        minute = 60 * SECOND
        now = one.time.ns // minute * minute
        for days in range(7):
            one.push((now - days * 86_400 * SECOND - SECOND, f"day {days}"), labels={"app": f"a{days}"})
        one.loki.flush()
        counts = await one.client.counts(now - 7 * 86_400 * SECOND, now + 1)
        assert sum((counts or {}).values()) == 7


async def test_traffic_counts_lines_of_any_kind_and_is_unknown_when_loki_is() -> None:
    async with peer() as one:
        one.client = one.new_client(line_filter="error")
        since, until = one.time.now(), one.time.now()
        one.time.pass_(minutes=5)
        until = one.time.now()
        one.push(*[(one.time.ns - i * SECOND, f"GET / {i}") for i in range(1, 11)])
        assert await one.client.traffic({"app": "shop"}, since, until) == 10
        assert await one.client.traffic({"app": 'sh"op\\'}, since, until) == 0
        assert await one.client.traffic({}, since, until) is None
        one.loki.faults.answer(503, "no", path="query")
        assert await one.client.traffic({"app": "shop"}, since, until) is None


async def test_lines_beyond_the_lookback_are_a_gap_not_silence() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_lookback_ns=3600 * SECOND))) as one:
        since = one.time.ns - 7200 * SECOND
        _, gaps = await read_all(one.client, since, one.time.ns)
        assert [(gap.since_ns, gap.until_ns) for gap in gaps] == [(since, one.time.ns - 3600 * SECOND)]


async def test_an_old_minute_is_read_past_a_results_cache_that_calls_it_empty() -> None:
    async with peer(LokiConfig(queries=QueryRules(cache_results=True))) as one:
        one.client = one.new_client(line_filter="late")
        since = one.time.ns - 3000 * SECOND
        until = since + 60 * SECOND
        assert (await read_all(one.client, since, until))[0] == []
        one.push((since + 5, "late line"))
        assert (await read_all(one.client, since, until))[0] == ["late line"]


async def test_ready_tries_the_real_query() -> None:
    async with peer() as one:
        await one.client.ready()
        with pytest.raises(BadQuery, match="parse error"):
            await one.new_client(selector='{app=~"("}').ready()


async def test_a_storm_of_lines_is_counted_to_the_last_one_page_by_page() -> None:
    async with peer() as one:
        base = one.time.ns - 50 * SECOND
        for pod in range(10):
            labels = {**SHOP, "pod": f"shop-{pod}"}
            one.push(*[(base + i * 4_000_000, f"error {pod} {i}") for i in range(3_000)], labels=labels)
        assert await one.monitor().poll_once() == 30_000
        assert await one.monitor().poll_once() == 0


async def test_a_monitor_restarted_in_the_middle_of_a_window_counts_each_line_once() -> None:
    async with peer(LokiConfig(queries=QueryRules(max_entries=50))) as one:
        base = one.time.ns - 60 * SECOND
        one.push(*[(base + i // 3, f"line {i}") for i in range(300)])
        for good_pages in range(1, 6):
            for _ in range(good_pages):
                one.loki.faults.slow(0.0)
            one.loki.faults.answer(503, "gone")
            with pytest.raises(SourceUnavailable):
                await one.monitor().poll_once()
            assert one.ledger.cursors.get(one.client.name) is None
        one.loki.faults.clear()
        await one.monitor().poll_once()
        one.assert_counted({f"line {i}" for i in range(300)})


@pytest.mark.parametrize("seed", range(3))
async def test_chaos_in_the_source_the_network_and_ourselves_loses_and_repeats_nothing(seed: int) -> None:
    dice = random.Random(seed)
    rules = QueryRules(max_entries=dice.choice([20, 60, 200]), cache_results=True)
    async with peer(LokiConfig(queries=rules)) as one:
        one.client = one.new_client(timeout_s=0.2)
        monitor = one.monitor()
        pushed: set[str] = set()
        await monitor.poll_once()
        await monitor.sweep_due()
        for _ in range(40):
            pushed |= _push_something(one, dice)
            _break_something(one, dice)
            one.time.pass_(seconds=dice.choice([1, 5, 10, 10, 45]))
            if dice.random() < 0.15:
                monitor = one.monitor()
            if dice.random() < 0.1:
                one.ledger.busy = dice.randrange(3)
            for step in (monitor.poll_once, monitor.sweep_due):
                with suppress(SourceUnavailable, LedgerBusy):
                    await step()
        one.loki.faults.clear()
        one.ledger.busy = 0
        one.client = one.new_client()  # what is left unread now is lost, not late
        one.time.pass_(minutes=12)
        await one.monitor().poll_once()
        await one.monitor().sweep(timedelta(hours=24))
        one.assert_counted(pushed)
        assert await one.ledger.gaps() == []


def _push_something(one: Peer, dice: random.Random) -> set[str]:
    """A batch as agents make them: in order, late, ahead, many of one nanosecond, cut to seconds."""
    kind = dice.choice(["in order", "late", "very late", "ahead", "tie", "seconds"])
    now = one.time.ns
    number = dice.randrange(10**12)
    size = dice.randrange(1, 40) if kind != "tie" else dice.randrange(1, 260)
    at = {
        "in order": lambda i: now - i,
        "late": lambda i: now - dice.randrange(60 * SECOND),
        "very late": lambda i: now - dice.randrange(240 * SECOND, 3000 * SECOND),
        "ahead": lambda i: now + dice.randrange(500 * SECOND),
        "tie": lambda i: now - 7,
        "seconds": lambda i: (now - dice.randrange(30 * SECOND)) // SECOND * SECOND,
    }[kind]
    lines = [(at(i), f"{kind} {number} {i}") for i in range(size)]
    one.push(*lines, labels={"app": "shop", "pod": f"p{number}"})
    return {text for _, text in lines}


def _break_something(one: Peer, dice: random.Random) -> None:
    faults = one.loki.faults
    match dice.randrange(12):
        case 0:
            faults.answer(503, "no")
        case 1:
            faults.answer(429, "too many outstanding requests")
        case 2:
            faults.cut(dice.randrange(400))
        case 3:
            faults.drop()
        case 4:
            faults.answer(200, '{"status":"success","data":{"resu')
        case 5:
            faults.hang()
        case 6:
            faults.answer(504, "request timed out")
