"""The demo at ten times the pace: the same daemon and cluster, whose apps fail at once and recover in seconds.

Started as `python -m tests.support.short_demo PATTERNS`, with a folder of compiled patterns of another daemon: compiling
them would stop the whole cluster for seconds, which then looks like a pause of the fault.
"""

# ruff: noqa: E402
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

from langraph import ports

TIMES = 10
ports.SLOT /= TIMES  # before anybody else takes it: what counts as one episode of a fault is as much shorter

from langraph import demo, wiring
from langraph.commands.running import start_demo
from langraph.config.settings import load
from services.pattern_cache import PatternCache
from services.sandbox.cluster import Script
from services.sandbox.server import Sandbox

SCRIPT = Script(
    faults={"orders-api": 2.0, "grafana": 4.0, "mail-worker": 6.0},
    sync_delay=1.0,
    scrape_every=1.0,
    speed=TIMES,
    history=timedelta(minutes=5),
)
VERIFY_WINDOW = timedelta(seconds=8)  # of three at most: twice the time that a rollout takes to be noticed
POLL = timedelta(seconds=1)


def main() -> None:
    demo.VERIFY_WINDOW, demo.POLL = VERIFY_WINDOW, POLL
    demo.Sandbox = partial(Sandbox, script=SCRIPT)  # type: ignore[misc, assignment]
    wiring.PatternCache = lambda _: PatternCache(Path(sys.argv[1]))  # type: ignore[misc, assignment]
    start_demo(load())


if __name__ == "__main__":
    main()
