"""The real daemon as a process of its own, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 60.0  # seconds; importing everything takes three on a quiet machine
STOPS_WITHIN = 15.0  # seconds; the daemon gives itself four (langraph/wiring.py), what it is stopped in lasts longer


class DaemonProcess:
    """`python -m langraph.main` with the settings given; started and killed any number of times.

    Args:
        settings: become its environment.
        directory: its working directory; holds STATE_DIR and its log.
        command: what python is given instead of `-m langraph.main`; `{port}` becomes the port.
    """

    def __init__(
        self, settings: Mapping[str, str], directory: Path, command: Sequence[str] = ("-m", "langraph.main")
    ) -> None:
        self.port = free_port()
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        self._settings = {"STATE_DIR": str(directory / "state"), **settings, "API_PORT": str(self.port)}
        self._directory = directory
        self._log = directory / "daemon.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def start(self, **more: str) -> None:
        """Start it, with more settings this time; does not wait."""
        environment = {name: value for name, value in os.environ.items() if name.isupper() and "PROXY" not in name}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=self._directory,
                env={**environment, "PYTHONPATH": str(ROOT), **self._settings, **more},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self._process is not None
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until_up(self) -> None:
        """Until /health answers; fails with the log when the process died."""
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if not self.is_running():
                raise AssertionError(f"the daemon died while starting:\n{self.log()[-4000:]}")
            if self.is_up():
                return
            time.sleep(0.05)
        raise AssertionError(f"the daemon did not start within {STARTS_WITHIN:g} s:\n{self.log()[-4000:]}")

    def is_up(self) -> bool:
        try:
            return self.client.get("/health").status_code == 200
        except httpx.HTTPError:
            return False

    def wait_for_end(self, seconds: float) -> int | None:
        """The exit code, None when it still runs; minus the signal's number when it was killed."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """kill -9, git children included."""
        self._end(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGINT) -> float:
        """Ctrl-C, or another signal; returns how many seconds it took to end."""
        started = time.monotonic()
        self._end(how)
        return time.monotonic() - started

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            if how is signal.SIGKILL:
                os.killpg(self._process.pid, how)
            else:
                self._process.send_signal(how)
        self._process.wait(30)

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def close(self) -> None:
        self.kill()
        self.client.close()
