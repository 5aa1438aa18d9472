"""kill -9 at any moment, at every named point: nothing is lost, nothing is done twice.

The real daemon as a process, a real git repository over smart HTTP with a person who pushes to the same branch
all the time, Loki over real HTTP. `LANGRAPH_KILLS` and `LANGRAPH_SEED` make it longer, or the same again.
"""

import asyncio
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from langraph.failpoint import NAMES
from langraph.invariants import check
from langraph.models.incident import Status
from services.git_history_tracker import GitHistoryTracker
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.sandbox.loki import SimulatedLoki
from tests.support.daemon_process import STARTS_WITHIN, STOPS_WITHIN, DaemonProcess
from tests.support.git_http import GitHttpServer
from tests.support.servers import serve_in_thread

KILLS = int(os.environ.get("LANGRAPH_KILLS") or 26)
SEED = int(os.environ.get("LANGRAPH_SEED") or random.SystemRandom().randrange(10**6))
APPS = 6  # at a time; each finished one is followed by a new one
LINES_PER_FAULT = 3
DIES_STARTING = 0.2  # of the random moments: while it starts
REACHES_WITHIN = 60.0  # seconds; a named point ends the life by itself, only one that is never reached costs this
POLICY = """\
approvers: [local:operator]
files: ["helm-values/*/values.yaml"]
budget: {changes_per_app_per_day: 4, changes_per_day: 10000}
rules:
  - {name: memory, keys: ["**.resources.limits.memory"], type: memory, direction: raise, max_step_factor: 2,
     min: 32Mi, max: 8Gi, insert_max: 1Gi, max_cumulative_factor: 4, cumulative_period: 7d, cooldown: 30m}
"""
VALUES = "# {app}\nresources:\n  limits:\n    memory: 512Mi\n  requests:\n    memory: 256Mi\nreplicaCount: 1\n"


class World:
    """Loki, git, a person at git, the daemon; and what we know must come out."""

    def __init__(self, directory: Path, dice: random.Random) -> None:
        self.directory = directory
        self.dice = dice
        self.loki = SimulatedLoki(time.time_ns)
        self.bare = directory / "gitops.git"
        self.pushed_lines: dict[str, int] = {}
        self.human_commits: list[str] = []
        self._stop = threading.Event()

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=Person", "-c", "user.email=person@example.org", *arguments],
            cwd=cwd or self.bare,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"},
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def make_repository(self, apps: int) -> None:
        self.git("init", "-q", "--bare", "-b", "main", str(self.bare), cwd=self.directory)
        self.git("config", "http.receivepack", "true")
        work = self.directory / "person"
        self.git("clone", "-q", str(self.bare), str(work), cwd=self.directory)
        for number in range(apps):
            file = work / f"helm-values/app-{number}/values.yaml"
            file.parent.mkdir(parents=True)
            file.write_text(VALUES.format(app=f"app-{number}"))
        (work / "helm-values/policy.yaml").write_text(POLICY)
        self.git("add", "-A", cwd=work)
        self.git("commit", "-q", "-m", "the cluster", cwd=work)
        self.git("push", "-q", "origin", "HEAD:main", cwd=work)

    @contextmanager
    def person_at_work(self) -> Iterator[None]:
        """Somebody edits other keys of the same files on the same branch, all the time."""
        person = threading.Thread(target=self._push_for_ever)
        person.start()
        try:
            yield
        finally:
            self._stop.set()
            person.join()

    def _push_for_ever(self) -> None:
        work = self.directory / "person"
        number = 0
        while not self._stop.wait(0.4):
            number += 1
            file = work / f"helm-values/app-{number % APPS}/values.yaml"
            try:
                self.git("pull", "-q", "--rebase", "origin", "main", cwd=work)
                text = file.read_text()
                file.write_text(text.replace(f"replicaCount: {_replicas(text)}", f"replicaCount: {number}"))
                self.git("commit", "-q", "-a", "-m", f"scale to {number}", cwd=work)
                self.git("push", "-q", "origin", "HEAD:main", cwd=work)
                self.human_commits.append(self.git("rev-parse", "HEAD", cwd=work).strip())
            except RuntimeError:
                self.git("reset", "-q", "--hard", "origin/main", cwd=work)  # lost the race; the next edit will do

    def break_app(self, number: int) -> None:
        app = f"app-{number}"
        labels = {"namespace": "shop", "app": app, "container": app}
        now = time.time_ns()
        text = "Memory cgroup out of memory: Killed process {} (main) total-vm:1kB"
        self.loki.push(labels, [(now + n, text.format(4000 + n)) for n in range(LINES_PER_FAULT)])
        plain = 'level=info msg="finished with 0 errors"'
        self.loki.push(labels, [(now, "level=info msg=started"), (now + 9, plain)])
        self.pushed_lines[app] = LINES_PER_FAULT


def _replicas(text: str) -> str:
    return text.partition("replicaCount: ")[2].split()[0]


def approve_what_waits(daemon: DaemonProcess) -> set[str]:
    """Say yes to everything that waits; returns the apps whose incident is closed. Tolerates a dying daemon."""
    closed = set()
    try:
        for item in daemon.client.get("/api/incidents", params={"limit": 200}).json()["items"]:
            if item["status"] == "awaiting_approval":
                detail = daemon.client.get(f"/api/incidents/{item['id']}").json()
                body = {"action": "approve", "proposal_digest": detail["proposal"]["digest"]}
                daemon.client.post(f"/api/incidents/{item['id']}/decision", json=body)
            elif not Status(item["status"]).is_open:
                closed.add(item["app"])
    except (httpx.HTTPError, KeyError, ValueError, TypeError):
        return closed
    return closed


def plan(dice: random.Random) -> list[str | None]:
    """Each named point at least once, the rest at random moments, in random order."""
    named: list[str | None] = [f"{name}:{dice.choice((1, 1, 2))}" for name in sorted(NAMES)]
    moments: list[str | None] = [None] * max(0, KILLS - len(named))
    kills = named + moments
    dice.shuffle(kills)
    return kills


def live_until_killed(world: World, daemon: DaemonProcess, point: str | None) -> bool:
    """One life of the daemon. Returns whether the named point was reached."""
    more = {"LANGRAPH_CRASH_AT": point} if point else {}
    daemon.start(**more)
    if point is not None:
        starting = time.monotonic() + STARTS_WITHIN  # some points are reached on the way
        while time.monotonic() < starting and daemon.is_running() and not daemon.is_up():
            time.sleep(0.1)
        life = REACHES_WITHIN
    elif world.dice.random() < DIES_STARTING:
        life = world.dice.uniform(0.2, 3.0)
    else:
        daemon.wait_until_up()
        life = world.dice.uniform(0.1, 2.5)
    deadline = time.monotonic() + life
    while time.monotonic() < deadline and daemon.is_running():
        approve_what_waits(daemon)
        time.sleep(0.1)
    died_by_itself = not daemon.is_running()
    daemon.kill()
    return died_by_itself


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_whatever_moment_it_is_killed_every_fault_is_committed_exactly_once(tmp_path: Path) -> None:
    print(f"\nkill test: LANGRAPH_SEED={SEED} LANGRAPH_KILLS={KILLS}")
    dice = random.Random(SEED)
    world = World(tmp_path, dice)
    kills = plan(dice)
    apps = len(kills) + APPS
    world.make_repository(apps)
    with GitHttpServer(tmp_path) as http, serve_in_thread(world.loki) as loki_url:
        settings = {
            "LOKI_URL": loki_url,
            "GIT_REPO_PATH": http.url("gitops.git"),
            "LOG_MONITOR_INTERVAL": "300ms",
            "LOKI_OVERLAP": "60s",
            "VERIFY_WINDOW": "1s",
            "ROLLOUT_TIMEOUT": "30s",
            "SYSTEMIC_APPS": "100000",  # here every app has its own fault
            "LOG_FORMAT": "json",
        }
        daemon = DaemonProcess(settings, tmp_path)
        reached = 0
        try:
            with world.person_at_work():
                for number, point in enumerate(kills):
                    world.break_app(number)
                    http.cut_before_answer = dice.choice((0, 0, 0, 1))
                    reached += live_until_killed(world, daemon, point)
                http.cut_before_answer = 0
                for number in range(len(kills), apps):
                    world.break_app(number)
                finish(daemon, apps)
                stop_seconds = daemon.stop()
        finally:
            daemon.close()
            print(f"kill test: {len(kills)} kills, {reached} at a named point, {len(world.human_commits)} human pushes")
        assert stop_seconds < STOPS_WITHIN
        asyncio.run(examine(world, http.url("gitops.git"), apps))
    named = sum(point is not None for point in kills)
    assert reached >= named * 3 // 4, "the named points were hardly reached; the test proves too little"


def finish(daemon: DaemonProcess, apps: int) -> None:
    """A last life without accidents, until every incident is closed."""
    daemon.start()
    daemon.wait_until_up()
    deadline = time.monotonic() + 600
    closed: set[str] = set()
    while len(closed) < apps and time.monotonic() < deadline:
        closed = approve_what_waits(daemon)
        time.sleep(0.2)
    assert len(closed) == apps, f"{apps - len(closed)} incidents did not close:\n{daemon.log()[-3000:]}"


async def examine(world: World, url: str, apps: int) -> None:
    """What came out, from ledger and branch."""
    tracker = GitHistoryTracker(
        url, "main", world.directory / "examiner", committer_name="langraph", committer_email="langraph@localhost"
    )
    ledger = SqlLedger(sqlite_url(world.directory / "state/ledger.db"), cooldown=timedelta(minutes=15))
    books = await ledger.books()
    await ledger.close_database()
    operations = await tracker.operations("helm-values/policy.yaml")
    assert check(books, operations) == []
    assert {i.app: i.count for i in books.incidents} == world.pushed_lines
    assert len(books.incidents) == apps
    applied = [operation for operation in operations if operation.op_id.startswith("apply:")]
    assert len(applied) == apps
    for number in range(apps):
        blob = await tracker.read(f"helm-values/app-{number}/values.yaml")
        assert blob is not None
        assert b"memory: 1Gi\n" in blob.data
    history = set(world.git("rev-list", "main").split())
    assert set(world.human_commits) <= history
    world.git("fsck", "--strict")
