"""What our way costs against the plain way, in one run on one machine: ratios, not seconds. `make bench`."""

import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from langraph.ports import Batch
from langraph.runbooks.catalogue import load
from langraph.runbooks.matcher import Matcher
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.loki_wire import decode_page
from tests.support.nouns import NOON, NOON_NS, key

LINES = 5000  # one page of Loki
ROUNDS = 5


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


def main() -> None:
    decoding()
    matching()
    asyncio.run(counting())


if __name__ == "__main__":
    main()
