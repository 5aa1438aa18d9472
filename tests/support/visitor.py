"""A person in front of the running daemon: asks it over HTTP, waits with a deadline, decides."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from tests.support.daemon_process import DaemonProcess

T = TypeVar("T")
PATIENCE = 90.0  # seconds; everything here takes well below ten on a quiet machine


class Visitor:
    """Asks one daemon."""

    def __init__(self, daemon: DaemonProcess) -> None:
        self.daemon = daemon
        self.http = daemon.client

    def until(self, what: str, look: Callable[[], T | None], patience: float = PATIENCE) -> T:
        """The first thing that `look` finds; fails with the daemon's log."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                found = look()
            except httpx.TransportError:
                found = None
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"not seen within {patience:g} s: {what}\n{self.daemon.log()[-6000:]}")

    def incidents(self, **where: str) -> list[dict[str, Any]]:
        """Newest first."""
        answer = self.http.get("/api/incidents", params={"limit": "200", **where})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def incident(self, incident_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/api/incidents/{incident_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait_for(self, app: str, *statuses: str, patience: float = PATIENCE) -> dict[str, Any]:
        """The app's one incident, once it is in one of the statuses."""

        def look() -> dict[str, Any] | None:
            found = self.incidents(app=app)
            assert len(found) < 2, f"one fault of {app}, two incidents: {found}"
            known = self.incident(found[0]["id"]) if found and found[0]["status"] in statuses else None
            return known if known and known["status"] in statuses else None

        return self.until(f"{app} {'/'.join(statuses)}", look, patience)

    def decide(self, incident: dict[str, Any], action: str = "approve") -> httpx.Response:
        body = {"action": action, "proposal_digest": incident["proposal"]["digest"]}
        return self.http.post(f"/api/incidents/{incident['id']}/decision", json=body)

    def trigger(self, app: str, text: str = "Memory cgroup out of memory: Killed process 7 (main)") -> httpx.Response:
        body = {"log_text": text, "log_source": "test", "app": app, "namespace": "shop"}
        return self.http.post("/api/incidents/trigger", json=body)

    def metric(self, name: str, **labels: str) -> float:
        """One value of /metrics; 0 when it is not there."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in self.http.get("/metrics").text.splitlines():
            head, _, value = line.rpartition(" ")
            if head.partition("{")[0] == name and wanted <= set(head.partition("{")[2].rstrip("}").split(",")):
                return float(value)
        return 0.0
