"""What our way costs against the plain way, in one run on one machine: ratios, not seconds. `make bench`."""

import asyncio
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parent.parent))

from api.counter import Counter
from api.keys import ApiKeys
from benchmarks.against_ripgrep import against_ripgrep
from langraph.decisions import Desk
from langraph.feedback import Feedback
from langraph.models.incident import Category
from langraph.ports import Batch
from langraph.rulebook import Rulebook
from langraph.runbooks.catalogue import load
from langraph.runbooks.matcher import Matcher
from services.api_server import build_app
from services.event_queue import EventQueue
from services.feedback_loop import FeedbackLoop
from services.git_history_tracker import GitHistoryTracker
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.loki_wire import decode_page
from services.system_clock import SystemClock
from tests.support.counter import NOBODY, POLICY, FakeMetrics, FakeReception
from tests.support.nouns import NOON, NOON_NS, key
from tests.support.pages import a_record
from tests.support.servers import serve_in_thread

LINES = 5000  # one page of Loki
ROUNDS = 5
RECORDS = 5000  # incidents in git: fourteen a day for a year
REQUESTS = 30  # the median of so many; the first ones, which read the history, apart


def lines(seed: int) -> list[str]:
    """A page of realistic lines, one in a hundred a fault."""
    dice = random.Random(seed)
    faults = [
        "Memory cgroup out of memory: Killed process {} (java) total-vm:4096kB",
        "HikariPool-1 - Connection is not available, request timed out after {}ms",
        "dial tcp 10.0.0.{}:5432: connect: connection refused",
    ]
    plain = "2026-11-20T12:00:00Z INFO  [http-nio-8080-exec-{}] GET /api/orders/{} 200 in {} ms"
    return [
        dice.choice(faults).format(dice.randrange(9999))
        if dice.random() < 0.01
        else plain.format(dice.randrange(200), dice.randrange(10**6), dice.randrange(900))
        for _ in range(LINES)
    ]


def seconds(work: Callable[[], object]) -> float:
    """The best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def tell(what: str, ours: float, plain: float, against: str) -> None:
    rates = f"{LINES / ours:,.0f} lines/s against {LINES / plain:,.0f}"
    print(f"{what:<32} {plain / ours:7.1f} x as fast as {against}  ({rates})")


def decoding() -> None:
    """Loki's JSON page into columns, against json.loads and a tuple per line."""
    values = [[str(NOON_NS + n), text, {}] for n, text in enumerate(lines(1))]
    page = {"stream": {"app": "orders", "namespace": "shop"}, "values": values}
    flags = ["categorize-labels"]
    body = json.dumps(
        {"status": "success", "data": {"resultType": "streams", "encodingFlags": flags, "result": [page]}}
    ).encode()

    def plainly() -> list[tuple[int, str, str]]:
        result = json.loads(body)["data"]["result"]
        return [(int(at), text, str(stream["stream"])) for stream in result for at, text, *_ in stream["values"]]

    tell(
        "decode a page, with identities",
        seconds(lambda: decode_page(body, "")),
        seconds(plainly),
        "json.loads, without",
    )


def matching() -> None:
    """One scan per page, against each pattern of the runbooks on each line."""
    catalogue = load()
    matcher, texts = Matcher(catalogue), lines(2)
    patterns = [re.compile(pattern.regex) for runbook in catalogue.runbooks.values() for pattern in runbook.patterns]

    def one_by_one() -> int:
        return sum(any(pattern.search(text) for pattern in patterns) for text in texts[: LINES // 10])

    tell(
        "match against every runbook", seconds(lambda: matcher.scan(texts)), 10 * seconds(one_by_one), "re, one by one"
    )


async def counting() -> None:
    """A page in one transaction, against a transaction for each line."""
    with tempfile.TemporaryDirectory() as directory:
        ledger = SqlLedger(sqlite_url(Path(directory) / "ledger.db"), cooldown=timedelta(minutes=15))
        await ledger.open()
        started = time.perf_counter()
        await ledger.ingest(Batch("loki", [key(f"page-{n}") for n in range(LINES)], []), NOON)
        ours = time.perf_counter() - started
        started = time.perf_counter()
        for n in range(LINES // 20):
            await ledger.ingest(Batch("loki", [key(f"line-{n}")], []), NOON)
        plain = 20 * (time.perf_counter() - started)
        await ledger.close_database()
    tell("count a page durably", ours, plain, "a transaction per line")


def remember(repository: Path) -> None:
    """A branch on which so many incidents are recorded, in one commit."""
    now, kinds = datetime.now(UTC).replace(microsecond=0), list(Category)
    files = {"helm-values/policy.yaml": POLICY}
    for n in range(RECORDS):
        made = a_record(n, now - timedelta(minutes=105 * n), app=f"app-{n % 40}", category=kinds[n % len(kinds)])
        files[f"examples/{made[0]}/metadata.json"] = json.dumps(made[1]).encode()
    stream = b"commit refs/heads/main\ncommitter x <x@localhost> 1 +0000\ndata 0\n" + b"".join(
        b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data) for path, data in files.items()
    )
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(repository)], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repository, input=stream, check=True)


@asynccontextmanager
async def counter(home: Path) -> AsyncIterator[Counter]:
    """As the daemon opens it, over a real ledger and a real repository."""
    ledger = SqlLedger(sqlite_url(home / "ledger.db"), cooldown=timedelta(minutes=15))
    await ledger.open()
    clock, queue = SystemClock(), EventQueue()
    git = GitHistoryTracker(
        f"file://{home / 'gitops.git'}", "main", home / "cache", committer_name="x", committer_email="x@localhost"
    )
    await git.recorded()  # as the daemon does when it starts
    rulebook = Rulebook(git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml")

    async def ready() -> Mapping[str, str | None]:
        return {}

    desk, feedback = Desk(ledger, rulebook, queue, clock), Feedback(ledger, git, clock, lambda: None)
    learning = FeedbackLoop(git, ledger, clock, NOBODY, {}, cron="")
    keys, reception = ApiKeys.parse(()), FakeReception()
    yield Counter(ledger, git, desk, feedback, learning, reception, clock, FakeMetrics(), keys, "en", ready)
    await ledger.close_database()


def milliseconds(client: httpx.Client, path: str) -> float:
    """Of one request, the median of many."""
    took = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        client.get(path).raise_for_status()
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def showing() -> None:
    """The list and a search over thousands of recorded incidents, against an endpoint that says hello."""
    plain = FastAPI()

    @plain.get("/")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        remember(home / "gitops.git")
        ours = build_app(lambda: counter(home), keys=ApiKeys.parse(()))
        with serve_in_thread(plain) as bare, serve_in_thread(ours) as url, httpx.Client(trust_env=False) as client:
            assert f"of {RECORDS:,}" in client.get(url, timeout=60).text, "the history was not read"
            least = milliseconds(client, bare)
            for what, path in (("list", "/"), ("search", "/?q=memory+app-7&days=90"), ("REST", "/api/incidents")):
                took = milliseconds(client, f"{url}{path}")
                print(
                    f"{f'{what}, {RECORDS:,} incidents':<32} {took / least:7.1f} x as long as a bare endpoint"
                    f"  ({took:,.1f} ms against {least:,.1f})"
                )


def main() -> None:
    decoding()
    matching()
    print(against_ripgrep(lines, seconds))
    asyncio.run(counting())
    showing()


if __name__ == "__main__":
    main()
