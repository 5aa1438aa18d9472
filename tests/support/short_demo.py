"""The demo at ten times the pace: the same daemon and cluster, whose apps fail at once and recover in seconds.

    python -m tests.support.short_demo
"""

from datetime import timedelta
from functools import partial

from langraph import ports

TIMES = 10
ports.SLOT /= TIMES  # before anybody else takes it: what counts as one episode of a fault is as much shorter

# ruff: noqa: E402
from langraph import demo
from langraph.commands.running import start_demo
from langraph.config.settings import load
from services.sandbox.cluster import Script
from services.sandbox.server import Sandbox

SCRIPT = Script(
    faults={"orders-api": 2.0, "grafana": 4.0, "mail-worker": 6.0},
    sync_delay=1.0,
    scrape_every=1.0,
    speed=TIMES,
    history=timedelta(minutes=5),
)
VERIFY_WINDOW = timedelta(seconds=8)  # a silence that five episodes of a second each make improbable
POLL = timedelta(seconds=1)


def main() -> None:
    demo.VERIFY_WINDOW, demo.POLL = VERIFY_WINDOW, POLL
    demo.Sandbox = partial(Sandbox, script=SCRIPT)  # type: ignore[misc, assignment]
    start_demo(load())


if __name__ == "__main__":
    main()
