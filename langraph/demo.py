"""The demo: the ordinary daemon, against a simulated cluster that this process starts on loopback."""

import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from pydantic import SecretStr

from api.counter import Counter
from langraph.config.settings import Settings
from langraph.models.text import Text
from langraph.ports import CommitRequest, GitStore
from langraph.wiring import daemon, ledger_of, say
from services.git_history_tracker import GitHistoryTracker
from services.git_history_tracker.create import create_checkout
from services.sandbox import slack_workspace
from services.sandbox.demo_repository import initial_files
from services.sandbox.server import Sandbox
from services.sandbox.slack import SimulatedSlack
from services.sandbox.slack_browser import YOU
from services.state_dir import StateDir

ME = "local:operator"  # who decides on a machine without API_KEYS
VERIFY_WINDOW = timedelta(seconds=60)  # twice the longest back-off of a simulated container, little enough to watch
POLL = timedelta(seconds=2)
HEAD_SECONDS = 1.0  # the simulated GitOps controller looks no more often

WELCOME = """\
The demo: a simulated cluster (Loki, Prometheus, four apps), a GitOps repository, the ordinary daemon.
  repository   {repository}
  Loki         {loki}
  Prometheus   {prometheus}
  Slack        {slack}
grafana has too little memory for its dashboards. Within a minute an incident waits here for your decision."""

WELCOME_KO = """\
데모: 시뮬레이션 클러스터(Loki, Prometheus, 앱 4개)와 GitOps 저장소, 그리고 실제와 같은 데몬입니다.
  저장소       {repository}
  Loki         {loki}
  Prometheus   {prometheus}
  Slack        {slack}
grafana의 메모리가 부족합니다. 1분 안에 인시던트가 여기에 표시되고 결정을 기다립니다."""


NO_SLACK = Text("(install slack-bolt and aiohttp to see it)", "(slack-bolt와 aiohttp를 설치하면 볼 수 있습니다)")


class Branch:
    """Files at the head of a branch, as the simulated GitOps controller sees them."""

    def __init__(self, git: GitStore) -> None:
        self._git = git
        self._head: str | None = None
        self._looked = float("-inf")

    async def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none. Raises: GitUnavailable."""
        if time.monotonic() - self._looked >= HEAD_SECONDS:
            self._head = await self._git.head()
            self._looked = time.monotonic()
        blob = await self._git.read(path, self._head) if self._head else None
        return blob.data if blob else None


@asynccontextmanager
async def demo(settings: Settings) -> AsyncIterator[Counter]:
    """The daemon against the simulated cluster.

    A demo that was interrupted while an incident was open goes on; any other starts from the beginning, and the
    one before is kept beside it.
    """
    home = settings.state_dir.absolute() / "demo"
    await _make_room(settings, home)
    repository = home / "gitops"
    create_checkout(repository, "main")
    git = GitHistoryTracker(
        str(repository),
        "main",
        home / "cluster-cache",
        committer_name="langraph demo",
        committer_email="demo@localhost",
    )
    if await git.head() is None:
        await git.commit(_first_commit())
    slack = SimulatedSlack() if find_spec("slack_bolt") is not None else None
    async with Sandbox(Branch(git).read, slack=slack) as sandbox:
        found = {"repository": repository, "loki": sandbox.loki_url, "prometheus": sandbox.prometheus_url}
        found["slack"] = slack.url if slack is not None else NO_SLACK.in_locale(settings.langraph_locale)
        say((WELCOME_KO if settings.langraph_locale == "ko" else WELCOME).format(**found))
        async with daemon(_pointed_at(settings, sandbox, home, repository)) as counter:
            yield counter


async def _make_room(settings: Settings, home: Path) -> None:
    if not (home / "ledger.db").exists():
        shutil.rmtree(home, ignore_errors=True)
        return
    with StateDir(home) as state:
        ledger = ledger_of(settings.model_copy(update={"database_url": None}), state)
        await ledger.open()
        still_open = await ledger.open_ids()
        await ledger.close_database()
    if not still_open:
        before = home.with_name("demo.previous")
        shutil.rmtree(before, ignore_errors=True)
        os.replace(home, before)


def _first_commit() -> CommitRequest:
    files = initial_files([ME, f"slack:{YOU.id}"])
    return CommitRequest(
        op_id="demo:start",
        at=datetime.now(UTC),
        subject="chore: the demo's cluster",
        body="",
        trailers={},
        reads=(),
        build=lambda _tree: files,
    )


def _pointed_at(settings: Settings, sandbox: Sandbox, home: Path, repository: Path) -> Settings:
    return settings.model_copy(
        update={
            "loki_url": sandbox.loki_url,
            "prometheus_url": sandbox.prometheus_url,
            "git_repo_path": str(repository),
            "git_branch": "main",
            "state_dir": home,
            "database_url": None,
            "log_monitor_interval": POLL,
            "verify_window": VERIFY_WINDOW,
            **_slack_of(sandbox),
        }
    )


def _slack_of(sandbox: Sandbox) -> dict[str, object]:
    """The simulated workspace by Socket Mode: it need not know our port. Never the user's own workspace."""
    here = sandbox.slack
    return {
        "slack_bot_token": SecretStr(slack_workspace.BOT_TOKEN) if here else None,
        "slack_app_token": SecretStr(slack_workspace.APP_TOKEN) if here else None,
        "slack_channel": slack_workspace.CHANNEL if here else None,
        "slack_api_url": f"{here.url}/api" if here else None,
        "slack_fallback_channel": None,
        "slack_signing_secret": None,
    }
