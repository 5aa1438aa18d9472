"""Records `examples/`: runs the daemon against the simulated cluster, decides what comes up, keeps what git then holds.

make examples        about eleven minutes; replaces examples/incident-* and examples/learning/
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from langraph.demo import Branch  # noqa: E402
from langraph.ports import CommitRequest  # noqa: E402
from services.git_history_tracker import GitHistoryTracker  # noqa: E402
from services.git_history_tracker.create import create_checkout  # noqa: E402
from services.sandbox.cluster import Script  # noqa: E402
from services.sandbox.recorded_apps import EVERY_APP, first_files  # noqa: E402
from services.sandbox.server import Sandbox  # noqa: E402

PEOPLE = {"alice": "a-secret-of-alice-for-this-run", "bob": "a-secret-of-bob-for-this-run"}
PATIENCE = 720.0  # seconds for one thing to happen; an alert may outlive its cause by six minutes before it decides
THINKING = 60.0  # seconds
MARK = "<!-- what was recorded: written by scripts/record_examples.py -->"
SETTINGS = {
    "LOG_MONITOR_INTERVAL": "2s",
    "VERIFY_WINDOW": "60s",
    "ROLLOUT_TIMEOUT": "3m",
    "INCIDENT_COOLDOWN": "60s",
    "SYSTEMIC_APPS": "100",  # every app fails at the same time, each for a reason of its own
    "LOG_FORMAT": "text",
    "API_KEYS": ",".join(f"{name}:{secret}" for name, secret in PEOPLE.items()),
}


# --- the cluster and its repository --------------------------------------------------------------------------------


async def start_repository(git: GitHistoryTracker) -> None:
    files = first_files([f"api:{name}" for name in PEOPLE])
    request = CommitRequest("demo:start", datetime.now(UTC), "chore: the demo's cluster", "", {}, (), lambda _: files)
    await git.commit(request)


def person_commits(repository: Path, path: str, edit: Callable[[str], str], message: str) -> None:
    """Somebody edits a values file in the checkout, as with `git revert`."""
    file = repository / path
    file.write_text(edit(file.read_text()))
    who = ["-c", "user.name=Dana", "-c", "user.email=dana@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, "commit", "-q", "-m", message, "--", path], cwd=repository, check=True)


# --- the daemon ----------------------------------------------------------------------------------------------------


@dataclass
class Daemon:
    """The daemon as a process of its own, and people who ask it over REST."""

    home: Path
    settings: Mapping[str, str]
    base: str = ""
    process: subprocess.Popen[bytes] | None = None
    http: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def start(self, **more: str) -> None:
        at = self._launch(more)
        said = await until("the daemon runs", lambda: self._address(at))
        self.base = said
        self.http = {
            name: httpx.AsyncClient(base_url=said, timeout=30, headers={"X-API-Key": secret}, trust_env=False)
            for name, secret in PEOPLE.items()
        }

    def _launch(self, more: Mapping[str, str]) -> int:
        """Start the process; returns where in the log its own lines begin."""
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        environment = {**keep, "PYTHONPATH": str(ROOT), **self.settings, **more, "API_PORT": "0"}
        at = len(self.log)
        with (self.home / "daemon.log").open("ab") as out:
            command = [sys.executable, "-u", "-m", "langraph.main"]
            self.process = subprocess.Popen(command, cwd=self.home, env=environment, stdout=out, stderr=out)
        return at

    @property
    def log(self) -> bytes:
        path = self.home / "daemon.log"
        return path.read_bytes() if path.exists() else b""

    async def _address(self, at: int) -> str | None:
        said = self.log[at:].decode(errors="replace")
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"the daemon died:\n{said[-3000:]}")
        found = re.search(r"langraph is running: (http://\S+)", said)
        return found[1] if found else None

    async def stop(self) -> None:
        for client in self.http.values():
            await client.aclose()
        if self.process is not None:
            self.process.terminate()
            await asyncio.to_thread(self.process.wait, 30)

    async def get(self, path: str, **params: str) -> Any:
        answer = await self.http["alice"].get(f"/api/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, body: Mapping[str, Any] | None = None, *, by: str = "alice") -> Any:
        answer = await self.http[by].post(f"/api/{path}", json=body)
        if answer.is_error:
            raise RuntimeError(f"POST /api/{path} {body}: {answer.status_code} {answer.text}")
        return answer.json()


async def until(what: str, look: Callable[[], Awaitable[Any]], patience: float = PATIENCE) -> Any:
    """The first thing that `look` finds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.5)
    raise RuntimeError(f"not seen within {patience:g} s: {what}")


# --- what happens --------------------------------------------------------------------------------------------------


@dataclass
class Recording:
    """The cluster, the daemon, and what people do."""

    daemon: Daemon
    faults: dict[str, float]
    """Of the cluster's script: who is named is ill."""
    repository: Path
    seen: set[str] = field(default_factory=set)

    async def asked(self, app: str, category: str) -> dict[str, Any]:
        """The app's next incident of the category, once its proposal waits, or it ended without one."""

        async def look() -> dict[str, Any] | None:
            items = (await self.daemon.get("incidents", app=app, category=category, limit="20"))["items"]
            for item in items:
                if item["id"] not in self.seen and item["status"] in ("awaiting_approval", "no_action"):
                    self.seen.add(item["id"])
                    return await self._full(item["id"])
            return None

        return await until(f"an incident {category} of {app}", look)  # type: ignore[no-any-return]  # what `look` found

    async def _full(self, incident_id: str) -> dict[str, Any]:
        return await self.daemon.get(f"incidents/{incident_id}")  # type: ignore[no-any-return]  # JSON

    async def think(self, seconds: float = THINKING) -> None:
        """People need a minute; and a fault that was seen for seconds only, nobody can say to be over."""
        await asyncio.sleep(seconds)

    async def decided(
        self, incident: Mapping[str, Any], action: str = "approve", *, by: str = "alice", **more: Any
    ) -> None:
        body = {"action": action, "proposal_digest": incident["proposal"]["digest"], **more}
        await self.daemon.post(f"incidents/{incident['id']}/decision", body, by=by)

    async def ended(self, incident: Mapping[str, Any], *expected: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            now = await self._full(incident["id"])
            is_over = now["status"] not in ("detected", "diagnosing", "awaiting_approval", "applying", "verifying")
            return now if is_over else None

        over = await until(f"the end of {incident['id']} ({incident['app']})", look)
        print(f"{over['id']} {over['category']} {over['app']}: {over['status']}")
        if over["status"] not in expected:
            print(f"  expected {' or '.join(expected)}: {over['outcome']}")
        return over  # type: ignore[no-any-return]  # JSON

    async def trouble(self, app: str, category: str, *, after: float = 0.0) -> dict[str, Any]:
        """Its fault begins; the incident that comes of it."""
        await asyncio.sleep(after)
        self.faults[app] = 0.0
        return await self.asked(app, category)

    # --- stories ---

    async def recovers(self, app: str, category: str, *, after: float = 0.0, by: str = "alice") -> dict[str, Any]:
        incident = await self.trouble(app, category, after=after)
        await self.think()
        await self.decided(incident, by=by)
        return await self.ended(incident, "recovered")

    async def taken_back_by_hand(self) -> None:
        """It helped, and somebody takes it back in git all the same."""
        await self.recovers("billing", "oom", after=6)
        del self.faults["billing"]
        path = "helm-values/billing/values.yaml"
        person_commits(
            self.repository, path, lambda text: text.replace("1Gi", "512Mi"), "Revert: no room on these nodes"
        )

    async def rejected_and_held_back(self) -> None:
        incident = await self.trouble("importer", "oom", after=3)
        await self.decided(incident, "reject", by="bob", comment="the nightly import leaks; 2.4.1 mends that tonight")
        await self.ended(incident, "rejected")
        await self.ended(await self.asked("importer", "oom"), "no_action")
        del self.faults["importer"]

    async def modified(self) -> None:
        incident = await self.trouble("reports", "conn_pool", after=9)
        await self.think()
        changes = {incident["proposal"]["changes"][0]["path"]: 28}
        await self.decided(incident, "modify", by="bob", changes=changes, comment="28 is what the load test had")
        await self.ended(incident, "recovered")

    async def reverted_by_itself(self) -> None:
        incident = await self.trouble("thumbnailer", "cpu_throttling", after=12)
        await self.decided(incident, auto_revert=True, comment="take it back if it does not help")
        await self.ended(incident, "not_recovered")
        del self.faults["thumbnailer"]

    async def rolled_back(self) -> None:
        incident = await self.trouble("recommender", "oom", after=15)
        await self.decided(incident, by="bob")
        over = await self.ended(incident, "not_recovered")
        del self.faults["recommender"]
        await self.daemon.post(f"incidents/{over['id']}/rollback", by="bob")

    async def learns(self) -> None:
        """Too little, and people say what it should have been; the next proposal starts there."""
        incident = await self.trouble("search", "oom", after=18)
        await self.decided(incident)
        over = await self.ended(incident, "not_recovered")
        said = {"reason": "killed again within a minute", "expected_result": "should have been 1536Mi"}
        await self.daemon.post(f"incidents/{over['id']}/feedback/negative", said, by="bob")
        await asyncio.sleep(5)
        await self.daemon.post("feedback-loop/process")
        following = await self.asked("search", "oom")
        print("learned:", [change["new"] for change in following["proposal"]["changes"]])
        await self.think(3.5 * THINKING)  # by now it backs off, and comes rarely
        await self.decided(following)
        await self.ended(following, "recovered")

    async def only_told(self) -> None:
        """Faults that somebody names: one that no runbook knows, one that no values mend, one that nobody can see."""
        unknown = "ERROR ledger-sync: invariant 7 does not hold for batch 20931: sum of legs is 3"
        expired = "ERROR x509: certificate has expired or is not yet valid: current time is after 2026-11-19T23:59:59Z"
        heap = (
            "ERROR java.lang.OutOfMemoryError: unable to allocate, Memory cgroup out of memory: Killed process 7 (loki)"
        )
        for app, namespace, text, category in (
            ("postgresql", "shop", unknown, "unknown"),
            ("mail-worker", "notify", expired, "cert_expiry"),
            ("loki", "logging", heap, "oom"),
        ):
            body = {"log_text": text, "log_source": "manual", "app": app, "namespace": namespace}
            await self.daemon.post("incidents/trigger", body)
            incident = await self.asked(app, category)
            if incident["proposal"]:
                await self.decided(incident, by="bob")
            await self.ended(incident, "no_action", "inconclusive")

    async def expires(self) -> None:
        incident = await self.trouble("sessions", "oom")
        await self.ended(incident, "expired")
        del self.faults["sessions"]

    async def everything(self) -> None:
        stories: list[Awaitable[Any]] = [
            self.recovers("grafana", "oom"),
            self.recovers("orders-api", "conn_pool", after=2, by="bob"),
            self.recovers("mail-worker", "probe_failure", after=4),
            self.taken_back_by_hand(),
            self.rejected_and_held_back(),
            self.modified(),
            self.reverted_by_itself(),
            self.rolled_back(),
            self.learns(),
            self.only_told(),
        ]
        await asyncio.gather(*stories)


# --- recording -----------------------------------------------------------------------------------------------------


async def record(home: Path) -> None:
    repository = home / "gitops"
    create_checkout(repository, "main")
    git = GitHistoryTracker(
        str(repository), "main", home / "cluster-cache", committer_name="demo", committer_email="demo@localhost"
    )
    await start_repository(git)
    faults: dict[str, float] = {}
    async with Sandbox(Branch(git).read, script=Script(faults=faults), apps=EVERY_APP) as sandbox:
        addresses = {"LOKI_URL": sandbox.loki_url, "PROMETHEUS_URL": sandbox.prometheus_url}
        places = {"GIT_REPO_PATH": str(repository), "STATE_DIR": str(home / "state")}
        daemon = Daemon(home, {**SETTINGS, **addresses, **places})
        recording = Recording(daemon, faults, repository)
        try:
            await daemon.start()
            await recording.everything()
            await asyncio.sleep(40)  # people's reverts are looked for every half minute
            await daemon.stop()
            await daemon.start(APPROVAL_EXPIRY="20s", APPROVAL_REMINDER="10s")
            await recording.expires()
            await everybody_has_ended(daemon)
            await daemon.post("feedback-loop/process")
        finally:
            await daemon.stop()
    keep(repository / "examples")


async def everybody_has_ended(daemon: Daemon) -> None:
    async def look() -> bool:
        return not (await daemon.get("incidents", open="true"))["items"]

    await until("no open incident", look)


def keep(recorded: Path) -> None:
    """What was recorded takes the place of what is in this checkout; README.md stays."""
    examples = ROOT / "examples"
    for old in (*examples.glob("incident-*"), examples / "learning"):
        shutil.rmtree(old, ignore_errors=True)
    for folder in sorted(recorded.iterdir()):
        shutil.copytree(folder, examples / folder.name)
    readme = examples / "README.md"
    head, _, _ = readme.read_text().partition(MARK)
    readme.write_text(head + MARK + "\n" + contents(examples))
    print(f"recorded {len(list(examples.glob('incident-*')))} incidents into {examples.relative_to(ROOT)}/")


def contents(examples: Path) -> str:
    """A table of the incidents, by what came of them."""
    rows = ["| Incident | App | Category | Proposed | Decided | Ended |", "| --- | --- | --- | --- | --- | --- |"]
    for folder in sorted(examples.glob("incident-*")):
        data = json.loads((folder / "metadata.json").read_text())
        versions = [*data["earlier_proposals"], {**(data["proposal"] or {}), "decision": data["decision"]}]
        changes = [f"`{c['old']} -> {c['new']}`" for one in versions for c in one.get("changes", ())]
        said = [one["decision"]["action"] for one in versions if one.get("decision")]
        ended = data["status"] + (", then taken back" if data["reverted"] else "")
        cells = (f"[{folder.name}]({folder.name}/summary.md)", data["app"] or "?", data["category"])
        rows.append(f"| {' | '.join((*cells, ', '.join(changes), ', '.join(said), ended))} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="langraph-examples-") as home:
        try:
            asyncio.run(record(Path(home)))
        except BaseException:
            log = Path(home) / "daemon.log"
            if log.exists():
                print(log.read_text(errors="replace")[-5000:], file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
