"""The daemon as a process: started, stopped, killed, starved; what it promised before still holds after."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from services.sandbox.loki import SimulatedLoki
from tests.support.daemon_process import STARTS_WITHIN, STOPS_WITHIN, DaemonProcess
from tests.support.gitops import GitOps, values, values_file
from tests.support.servers import serve_in_thread
from tests.support.visitor import Visitor

OOM = "Memory cgroup out of memory: Killed process {} (main) total-vm:1kB"
FIX = "fix({app}): resources.limits.memory 512Mi -> 1Gi"
QUICK = {
    "LOG_MONITOR_INTERVAL": "300ms",
    "LOKI_OVERLAP": "60s",
    "VERIFY_WINDOW": "2s",
    "SYSTEMIC_APPS": "1000",  # each test breaks apps of its own
    "ROLLOUT_TIMEOUT": "10s",
    "LOG_FORMAT": "json",
    "LOG_FILES": "app.log",
}
COMMITTED = ("verifying", "recovered", "not_recovered", "inconclusive")  # a slow look finds it further on
BACKED_OFF = 150.0  # seconds; after some failures the daemon itself pauses for up to a minute


@contextmanager
def running(directory: Path, gitops: GitOps, **settings: str) -> Iterator[tuple[DaemonProcess, Visitor]]:
    """A daemon that has just been started; killed at the end."""
    daemon = DaemonProcess({**QUICK, "GIT_REPO_PATH": gitops.url, **settings}, directory)
    daemon.start()
    try:
        daemon.wait_until_up()
        yield daemon, Visitor(daemon)
    finally:
        daemon.close()


def push(loki: SimulatedLoki, app: str, lines: int) -> None:
    """So many kills of the app, all different lines."""
    now = time.time_ns()
    labels = {"namespace": "shop", "app": app, "container": app}
    loki.push(labels, [(now + number, OOM.format(4000 + number)) for number in range(lines)])


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_followed_file_is_counted_to_the_line_across_its_rotation(tmp_path: Path) -> None:
    gitops, followed = GitOps(tmp_path, "cart"), tmp_path / "app.log"
    line = 'level=error namespace=shop app=cart msg="java.lang.OutOfMemoryError: Java heap space" id={}\n'
    followed.write_text("level=info msg=started\n")
    with running(tmp_path, gitops) as (_, visitor):
        visitor.until("the file is read", lambda: visitor.metric("langraph_log_lines_total", source="files") >= 1)
        with followed.open("a") as writer:
            writer.write(line.format(1) + line.format(2))
            writer.flush()
            followed.rename(tmp_path / "app.log.1")
            followed.write_text(line.format(4) + line.format(5))
            writer.write(line.format(3))  # programs write on to the old file until they are told to reopen
        asked = visitor.wait_for("cart", "awaiting_approval")
        visitor.until("all five", lambda: visitor.incident(asked["id"])["count"] == 5)
        assert asked["category"] == "oom"
        assert asked["source"] == "file"
        assert asked["proposal"]["changes"][0]["new"] == "1Gi"


# --- stopping --------------------------------------------------------------------------------------------------------


def test_at_any_moment_a_stop_waits_for_nothing_long_and_ends_with_zero(tmp_path: Path) -> None:
    gitops = GitOps(tmp_path, "cart", "orders")
    slow_push(gitops)
    daemon = DaemonProcess({**QUICK, "GIT_REPO_PATH": gitops.url}, tmp_path)
    visitor = Visitor(daemon)

    def stops_well(how: signal.Signals) -> None:
        assert daemon.stop(how) < STOPS_WITHIN
        assert daemon.wait_for_end(0) == 0, daemon.log()[-3000:]
        assert "Traceback" not in daemon.log()

    try:
        daemon.start()
        daemon.wait_until_up()
        visitor.trigger("cart")
        visitor.wait_for("cart", "awaiting_approval")
        stops_well(signal.SIGINT)  # while people are asked

        daemon.start()
        daemon.wait_until_up()
        assert visitor.decide(visitor.wait_for("cart", "awaiting_approval")).status_code == 200
        visitor.until("the push is under way", (gitops.bare / "pushing").exists)
        stops_well(signal.SIGTERM)  # in the middle of a push that takes longer than we have

        (gitops.bare / "hooks/pre-receive").unlink()
        daemon.start()
        daemon.wait_until_up()
        visitor.wait_for("cart", *COMMITTED)
        stops_well(signal.SIGINT)  # while the service is watched
        assert gitops.touching(values_file("cart")) == ["the cluster", FIX.format(app="cart")]
    finally:
        daemon.close()


def slow_push(gitops: GitOps) -> None:
    """A repository that takes its time to think about every push but the person's."""
    hook = gitops.bare / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {gitops.bare}/pushing\nsleep 30\n")
    hook.chmod(0o755)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_in_the_middle_of_the_start_ends_the_process(tmp_path: Path, how: signal.Signals) -> None:
    gitops = GitOps(tmp_path, "cart")
    daemon = DaemonProcess({**QUICK, "GIT_REPO_PATH": gitops.url}, tmp_path)
    try:
        daemon.start()
        deadline = time.monotonic() + STARTS_WITHIN
        while not (tmp_path / "state/lock").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert daemon.stop(how) < STOPS_WITHIN
        assert daemon.wait_for_end(0) == 0, daemon.log()
        assert "Traceback" not in daemon.log()
    finally:
        daemon.close()


# --- two of them, none of them ---------------------------------------------------------------------------------------


def test_a_second_daemon_on_the_same_state_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    gitops = GitOps(tmp_path, "cart")
    with running(tmp_path, gitops) as (first, visitor):
        (tmp_path / "second").mkdir()
        second = DaemonProcess({**QUICK, "GIT_REPO_PATH": gitops.url}, tmp_path / "second")
        try:
            second.start(STATE_DIR=str(tmp_path / "state"))
            assert second.wait_for_end(STARTS_WITHIN) == 2, second.log()
            said = [line for line in second.log().splitlines() if line.startswith("langraph: ")]
            assert len(said) == 1
            assert f"STATE_DIR={tmp_path / 'state'} is in use" in said[0]
            assert "STATE_DIR of its own" in said[0]
            assert "Traceback" not in second.log()
        finally:
            second.close()
        assert first.is_up()
        assert visitor.trigger("cart").status_code == 202
        visitor.wait_for("cart", "awaiting_approval")


def test_killed_while_an_approval_waits_it_commits_exactly_once_after_the_restart(tmp_path: Path) -> None:
    gitops = GitOps(tmp_path, "cart")
    with running(tmp_path, gitops) as (daemon, visitor):
        visitor.trigger("cart")
        before = visitor.wait_for("cart", "awaiting_approval")
        daemon.kill()
        assert daemon.wait_for_end(0) == -signal.SIGKILL
        daemon.start()
        daemon.wait_until_up()
        after = visitor.wait_for("cart", "awaiting_approval")
        assert (after["id"], after["proposal"]) == (before["id"], before["proposal"])
        assert [visitor.decide(after).status_code for _ in range(2)] == [200, 200]
        visitor.wait_for("cart", *COMMITTED)
        assert gitops.touching(values_file("cart")) == ["the cluster", FIX.format(app="cart")]
        assert gitops.show(values_file("cart")).decode() == values("cart", "1Gi")


def test_uvicorn_can_serve_it_too(tmp_path: Path) -> None:
    gitops = GitOps(tmp_path, "cart")
    command = ("-m", "uvicorn", "langraph.main:app", "--host", "127.0.0.1", "--port", "{port}")
    daemon = DaemonProcess({**QUICK, "GIT_REPO_PATH": gitops.url}, tmp_path, command)
    visitor = Visitor(daemon)
    try:
        daemon.start()
        daemon.wait_until_up()
        assert daemon.client.get("/ready").json()["dependencies"] == {"ledger": None, "git": None}
        visitor.trigger("cart")
        visitor.wait_for("cart", "awaiting_approval")
        assert daemon.stop() < STOPS_WITHIN
    finally:
        daemon.close()


# --- what it needs is away -------------------------------------------------------------------------------------------


@pytest.mark.timeout(900)
def test_a_loki_that_is_away_or_ill_costs_time_and_no_line(tmp_path: Path) -> None:
    gitops, loki = GitOps(tmp_path, "cart", "orders"), SimulatedLoki(time.time_ns)
    push(loki, "cart", 3)
    with serve_in_thread(loki) as url:
        port = int(url.rpartition(":")[2])
    with running(tmp_path, gitops, LOKI_URL=url) as (daemon, visitor):

        def errors() -> float:
            return visitor.metric("langraph_source_errors_total", source="loki", kind="unavailable")

        visitor.until("a refused connection is counted", lambda: errors() >= 1)
        told = daemon.client.get("/ready")
        assert told.status_code == 503
        assert "loki" in told.json()["detail"]
        assert url in told.json()["dependencies"]["loki"]
        assert visitor.metric("langraph_log_lines_total", source="loki") == 0
        refused = errors()
        loki.faults.answer(503, "Ingester not ready")
        loki.faults.answer(200, '{"status":"success","data":{"resultType":"streams","resu')
        loki.faults.cut(40)
        with serve_in_thread(loki, port=port):
            visitor.until("a 503 and half a JSON body are counted", lambda: errors() >= refused + 2, BACKED_OFF)
            caught_up = visitor.wait_for("cart", "awaiting_approval", patience=BACKED_OFF)
            assert caught_up["count"] == 3
            visitor.until("ready again", lambda: daemon.client.get("/ready").status_code == 200, BACKED_OFF)
        push(loki, "orders", 2)  # while it is away once more
        visitor.until("away again is counted", lambda: errors() > refused + 2, BACKED_OFF)
        with serve_in_thread(loki, port=port):
            assert visitor.wait_for("orders", "awaiting_approval", patience=BACKED_OFF)["count"] == 2
        assert visitor.incident(caught_up["id"])["count"] == 3


# --- a full disk -----------------------------------------------------------------------------------------------------

DISK_BYTES = 24 * 1024 * 1024
FILE_BYTES = 64 * 1024  # less than the ledger has, more than the log and git's files


class SmallDisk:
    """A tmpfs that is filled to the last byte."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self, _daemon: DaemonProcess) -> None:
        with self._ballast.open("wb", buffering=0) as out:
            for size in (1 << 20, 4096, 1):
                with suppress(OSError):
                    while out.write(b"x" * size):
                        pass

    def free(self, _daemon: DaemonProcess) -> None:
        self._ballast.unlink()


class SmallFiles:
    """For those who may mount nothing: no file of the daemon may grow beyond a size, as with a quota."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self, daemon: DaemonProcess) -> None:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))

    def free(self, daemon: DaemonProcess) -> None:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk | SmallFiles]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "langraph-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        yield SmallFiles(place)
        return
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.timeout(900)
def test_a_full_disk_delays_everything_and_loses_nothing(tmp_path: Path, disk: SmallDisk | SmallFiles) -> None:
    gitops, loki = GitOps(tmp_path, "cart", "orders"), SimulatedLoki(time.time_ns)
    state = str(disk.place / "state")
    with serve_in_thread(loki) as url, running(tmp_path, gitops, LOKI_URL=url, STATE_DIR=state) as (daemon, visitor):
        push(loki, "cart", 4)
        asked = visitor.wait_for("cart", "awaiting_approval")
        disk.fill(daemon)
        push(loki, "orders", 300)

        def failures() -> float:
            return visitor.metric("langraph_source_errors_total", source="loki", kind="ledger")

        visitor.until("a failing ledger is counted", lambda: failures() >= 1)
        refused = visitor.decide(asked)
        assert refused.status_code == 503, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert "free its disk" in refused.json()["detail"]
        assert gitops.subjects() == ["the cluster"]
        disk.free(daemon)
        visitor.until("the decision is taken", lambda: visitor.decide(asked).status_code == 200)
        visitor.wait_for("cart", *COMMITTED)
        assert visitor.wait_for("orders", "awaiting_approval", patience=BACKED_OFF)["count"] == 300
        assert visitor.incident(asked["id"])["count"] == 4
        assert gitops.touching(values_file("cart")) == ["the cluster", FIX.format(app="cart")]
