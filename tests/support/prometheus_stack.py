"""A real Prometheus and a real Alertmanager on loopback, scraping a small cluster that a test plays by hand."""

import json
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import httpx

from tests.support.ports import free_port

NAMESPACE = "shop"
GIB = 1024**3
READY_WITHIN = 90.0  # seconds; each of the servers takes less than one on a quiet machine


@dataclass
class App:
    """One app with one pod, as kube-state-metrics and cAdvisor would show it."""

    name: str
    limit: int = GIB // 2
    working_set: int = GIB // 8
    oom_killed: bool = False
    crash_looping: bool = False
    restarts: int = 0
    error_ratio: float = 0.0

    @property
    def pod(self) -> str:
        return f"{self.name}-7d9c5b6f4-x2x8p"

    def breaks(self) -> None:
        """Killed for lack of memory, over and over."""
        self.working_set, self.oom_killed, self.restarts = int(self.limit * 0.97), True, self.restarts + 3

    def rolls_out(self, limit: int) -> None:
        """A new pod with another limit, in which the work fits or does not."""
        self.limit = limit
        self.working_set, self.oom_killed, self.crash_looping = GIB * 6 // 10, limit < GIB * 6 // 10, False

    def own_metrics(self) -> str:
        """What the app says of itself."""
        return f"shop_error_ratio {self.error_ratio}\n"

    def exposition(self) -> str:
        """What kube-state-metrics and cAdvisor say of it."""
        pod = f'namespace="{NAMESPACE}",pod="{self.pod}"'
        container = f'{pod},container="{self.name}"'
        lines = [
            f'kube_pod_container_resource_limits{{{container},resource="memory",unit="byte"}} {self.limit}',
            f"container_memory_working_set_bytes{{{container}}} {self.working_set}",
            f"kube_pod_container_status_restarts_total{{{container}}} {self.restarts}",
            f'kube_pod_status_ready{{{pod},condition="true"}} 1',
            f'kube_pod_status_ready{{{pod},condition="false"}} 0',
        ]
        if self.oom_killed:
            lines.append(f'kube_pod_container_status_last_terminated_reason{{{container},reason="OOMKilled"}} 1')
        if self.crash_looping:
            lines.append(f'kube_pod_container_status_waiting_reason{{{container},reason="CrashLoopBackOff"}} 1')
        return "\n".join(lines) + "\n"


@dataclass
class Cluster:
    """The exporter: the cluster on /metrics, each app on /NAME; what Alertmanager posts to /hook is kept."""

    apps: dict[str, App] = field(default_factory=dict)
    hooks: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.cluster = self
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def app(self, name: str) -> App:
        return self.apps.setdefault(name, App(name))

    def told(self, alert: str, app: str, status: str) -> list[dict[str, Any]]:
        """The webhook messages in which this alert has this status."""
        return [
            hook
            for hook in self.hooks
            for one in hook["alerts"]
            if one["labels"]["alertname"] == alert and one["status"] == status and app in str(one["labels"])
        ]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    cluster: Cluster


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        apps = dict(self._cluster.apps)
        if self.path == "/metrics":
            self._answer("".join(app.exposition() for app in apps.values()).encode())
        else:
            self._answer(apps[self.path.removeprefix("/")].own_metrics().encode())

    def do_POST(self) -> None:
        self._cluster.hooks.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(b"")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    @property
    def _cluster(self) -> Cluster:
        return cast(_Server, self.server).cluster

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server:
    """One of the two programs, that can be stopped and started again on the same port and data."""

    def __init__(self, command: list[str], port: int, directory: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it is ready."""
        with (self._directory / "servers.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._directory, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/-/ready", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{self._command[0]} did not start: {(self._directory / 'servers.log').read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def get(self, path: str, **params: str) -> Any:
        answer = httpx.get(self.url + path, params=params, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


def prometheus_server(program: str, directory: Path, config: Mapping[str, Any], rules: Mapping[str, Any]) -> Server:
    """Prometheus with this configuration; JSON is YAML."""
    (directory / "prometheus.yml").write_text(json.dumps(config))
    (directory / "rules.yml").write_text(json.dumps(rules))
    port = free_port()
    command = [program, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--log.level=warn"]
    # Five minutes by default, in which a restarted Prometheus still believes in series that have gone meanwhile.
    command.append("--query.lookback-delta=3s")
    # A minute by default. Alertmanager takes an alert for resolved that it has not heard of for four times as long.
    command.append("--rules.alert.resend-delay=1s")
    return Server([*command, f"--web.listen-address=127.0.0.1:{port}"], port, directory)


def alertmanager_server(program: str, directory: Path, config: Mapping[str, Any]) -> Server:
    """Alertmanager with this configuration, alone."""
    (directory / "alertmanager.yml").write_text(json.dumps(config))
    port = free_port()
    command = [program, "--config.file=alertmanager.yml", "--storage.path=alertmanager", "--cluster.listen-address="]
    return Server([*command, "--log.level=warn", f"--web.listen-address=127.0.0.1:{port}"], port, directory)
