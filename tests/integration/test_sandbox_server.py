"""The sandbox on real sockets: it answers, it moves with the repository, it stops at once."""

import asyncio
import socket
import time
from datetime import timedelta

import httpx
import pytest

from langraph.errors import BadSetting, GitUnavailable
from services.sandbox.cluster import Script
from services.sandbox.demo_repository import initial_files
from services.sandbox.faults import Fault
from services.sandbox.server import Sandbox

FAST = Script(speed=20.0, sync_delay=2.0, scrape_every=0.1, history=timedelta(minutes=1))
GRAFANA = "helm-values/grafana/values.yaml"


class Repository:
    """A GitOps branch head in memory."""

    def __init__(self) -> None:
        self.files = initial_files()
        self.trouble: Exception | None = None

    async def read(self, path: str) -> bytes | None:
        if self.trouble is not None:
            raise self.trouble
        return self.files.get(path)


async def number(client: httpx.AsyncClient, url: str, promql: str) -> float | None:
    answer = (await client.get(f"{url}/api/v1/query", params={"query": promql})).json()
    result = answer["data"]["result"]
    return float(result[0]["value"][1]) if result else None


async def until(client: httpx.AsyncClient, url: str, promql: str, seconds: float = 60.0) -> None:
    """Wait until an expression has an answer."""
    deadline = time.monotonic() + seconds
    while await number(client, url, promql) is None:
        assert time.monotonic() < deadline, promql
        await asyncio.sleep(0.05)


async def test_the_cluster_follows_the_repository_over_http() -> None:
    repository = Repository()
    async with Sandbox(repository.read, script=FAST) as sandbox, httpx.AsyncClient(timeout=30) as client:
        assert (await client.get(f"{sandbox.loki_url}/ready")).status_code == 200
        url = sandbox.prometheus_url
        await until(client, url, 'kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}')
        found = await client.get(
            f"{sandbox.loki_url}/loki/api/v1/query_range",
            params={"query": '{job=~".+"} |= "Memory cgroup out of memory"'},
        )
        assert found.json()["data"]["result"]
        repository.trouble = GitUnavailable("the repository is away")
        repository.files[GRAFANA] = repository.files[GRAFANA].replace(b"memory: 512Mi", b"memory: 1Gi")
        await asyncio.sleep(0.3)
        limit = 'max(kube_pod_container_resource_limits{container="grafana",resource="memory"}) == 1073741824'
        assert await number(client, url, limit) is None
        repository.trouble = None
        await until(client, url, limit)
        await until(client, url, 'kube_pod_status_ready{pod=~"grafana.*",condition="true"} == 1')


async def test_it_stops_at_once_whatever_hangs() -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        async with Sandbox(Repository().read, script=FAST) as sandbox:
            sandbox.prometheus.faults.next(1, Fault(hang=True))
            hanging = asyncio.create_task(client.get(f"{sandbox.prometheus_url}/api/v1/query?query=up"))
            await asyncio.sleep(0.1)
            began = time.monotonic()
        assert time.monotonic() - began < 10  # seconds; what hangs hangs for ever
        with pytest.raises(httpx.TransportError):
            await hanging
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{sandbox.loki_url}/ready")


async def test_a_port_that_is_taken_is_a_clear_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BadSetting, match=f"127.0.0.1:{port}"):
            await Sandbox(Repository().read, prometheus_port=port).__aenter__()


async def test_a_cluster_that_stopped_moving_is_not_passed_over() -> None:
    repository = Repository()
    sandbox = await Sandbox(repository.read, script=FAST).__aenter__()
    repository.trouble = ZeroDivisionError()
    await asyncio.sleep(0.3)
    with pytest.raises(ZeroDivisionError):
        await sandbox.__aexit__(None, None, None)
