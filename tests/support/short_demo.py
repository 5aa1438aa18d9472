"""The demo at ten times the pace: the same daemon and cluster, whose apps fail when they are told to and recover soon.

`python -m tests.support.short_demo`: an app fails from the moment that a file of its name lies in the folder `faults`.
"""

# ruff: noqa: E402
from datetime import timedelta
from functools import partial
from pathlib import Path

from langraph import ports

TIMES = 10
ports.SLOT /= TIMES  # before anybody else takes it: what counts as one episode of a fault is as much shorter

from langraph import demo
from langraph.commands.running import start_demo
from langraph.config.settings import load
from services.sandbox.cluster import Script
from services.sandbox.server import Sandbox

FAULTS = "faults"
VERIFY_WINDOW = timedelta(seconds=8)  # of three at most: twice the time that a rollout takes to be noticed
POLL = timedelta(seconds=1)


class WhenTold(dict[str, float]):
    """When which fault begins: a busy machine may take long to start the daemon, the story waits for it."""

    def get(self, app: str, otherwise: float | None = None) -> float | None:  # type: ignore[override]
        return 0.0 if (Path(FAULTS) / app).exists() else otherwise


def main() -> None:
    script = Script(
        faults=WhenTold(), sync_delay=1.0, scrape_every=1.0, speed=TIMES, history=timedelta(minutes=5)
    )  # fmt: skip
    demo.VERIFY_WINDOW, demo.POLL = VERIFY_WINDOW, POLL
    demo.Sandbox = partial(Sandbox, script=script)  # type: ignore[misc, assignment]
    start_demo(load())


if __name__ == "__main__":
    main()
