"""Wiring and lifetime: which adapter stands behind which port, what starts, what stops, in which order."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from api.counter import Counter
from api.keys import ApiKeys
from langraph import failpoint
from langraph.config.settings import Settings, load
from langraph.decisions import Desk
from langraph.doors import Doors, Timing
from langraph.errors import BadInput, GitUnavailable
from langraph.feedback import Feedback
from langraph.graph import IncidentGraph
from langraph.metrics import Metrics
from langraph.ports import ApprovalChannel
from langraph.reception import Reception
from langraph.recognise import Recogniser
from langraph.rulebook import Rulebook
from langraph.runbooks.catalogue import load as load_runbooks
from langraph.slack_wiring import enter_slack
from services.alert_monitor import AlertMonitor
from services.alertmanager_client import AlertmanagerClient
from services.api_server import build_app
from services.bounded_http import Endpoint
from services.census import Census
from services.console_channel import ConsoleChannel
from services.event_queue import EventQueue
from services.feedback_loop import FeedbackLoop
from services.feedback_recorder import FeedbackRecorder
from services.file_monitor import FileMonitor
from services.file_source import FileSource
from services.git_history_tracker import GitHistoryTracker
from services.intake import Watch
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.log_monitor import LogMonitor, Reach
from services.loki_client import LokiClient, LokiQuery
from services.loki_query import DEFAULT_LINE_FILTER
from services.pacing import Pace
from services.pattern_cache import PatternCache
from services.prometheus_client import PrometheusClient
from services.several_channels import SeveralChannels
from services.state_dir import StateDir
from services.system_clock import SystemClock
from services.teller import Teller
from services.workflow_executor import WorkflowExecutor

log = structlog.get_logger()

GIT_LOOK_SECONDS = 5.0  # a wrong address is known within one; a slow network must not hold the start up
STOP_SECONDS = 4.0  # Ctrl-C stops within 5: every step may be cut, the ledger and git know where to go on

Loop = Callable[[], Coroutine[Any, Any, None]]


def say(text: str) -> None:
    """Plain words for the person at the terminal; the log goes to standard error."""
    print(text, flush=True)  # noqa: T201


def program() -> str:
    """How this very langraph is typed in a shell in this directory."""
    if shutil.which("langraph"):
        return "langraph"
    beside = Path(sys.executable).with_name("langraph")
    return os.path.relpath(beside) if beside.exists() else f"{sys.executable} -m langraph.cli"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is read, as the settings say."""

    loki: LokiClient | None
    files: FileSource | None
    prometheus: PrometheusClient | None
    alertmanager: AlertmanagerClient | None

    @property
    def over_http(self) -> tuple[LokiClient | PrometheusClient | AlertmanagerClient, ...]:
        """Those that have a server behind them."""
        return tuple(one for one in (self.loki, self.prometheus, self.alertmanager) if one is not None)


def sources_of(settings: Settings, clock: SystemClock) -> Sources:
    """The clients for every source that has an address."""
    return Sources(
        LokiClient(_loki_endpoint(settings), _loki_query(settings), clock) if settings.loki_url else None,
        FileSource(settings.log_files, clock) if settings.log_files else None,
        PrometheusClient(_prometheus_endpoint(settings)) if settings.prometheus_url else None,
        AlertmanagerClient(Endpoint(settings.alertmanager_url, "ALERTMANAGER_URL"))
        if settings.alertmanager_url
        else None,
    )


def _loki_endpoint(settings: Settings) -> Endpoint:
    return Endpoint(
        str(settings.loki_url),
        "LOKI_URL",
        username=settings.loki_user or "",
        password=settings.loki_password.get_secret_value() if settings.loki_password else "",
        bearer=settings.loki_token.get_secret_value() if settings.loki_token else "",
    )


def _loki_query(settings: Settings) -> LokiQuery:
    words = DEFAULT_LINE_FILTER if settings.loki_line_filter is None else settings.loki_line_filter
    return LokiQuery(settings.loki_query, words, settings.loki_tenant or "")


def _prometheus_endpoint(settings: Settings) -> Endpoint:
    return Endpoint(
        str(settings.prometheus_url),
        "PROMETHEUS_URL",
        username=settings.prometheus_user or "",
        password=settings.prometheus_password.get_secret_value() if settings.prometheus_password else "",
        bearer=settings.prometheus_token.get_secret_value() if settings.prometheus_token else "",
    )


def git_of(settings: Settings, state: StateDir) -> GitHistoryTracker:
    """The GitOps repository's one writer."""
    return GitHistoryTracker(
        settings.git_repo_path,
        settings.git_branch,
        state.git_cache,
        committer_name=settings.commit_name,
        committer_email=settings.commit_email,
        timeout=settings.git_timeout,
    )


def ledger_of(settings: Settings, state: StateDir) -> SqlLedger:
    """The ledger, not opened yet."""
    return SqlLedger(settings.database_url or sqlite_url(state.ledger), cooldown=settings.incident_cooldown)


@asynccontextmanager
async def daemon(settings: Settings) -> AsyncIterator[Counter]:
    """Everything open and running; on leaving, everything stopped and closed."""
    async with AsyncExitStack() as stack:
        state = stack.enter_context(StateDir(settings.state_dir))
        clock = SystemClock()
        metrics = Metrics()
        queue = EventQueue(metrics.waited)
        ledger = ledger_of(settings, state)
        await ledger.open()
        stack.push_async_callback(ledger.close_database)
        git = git_of(settings, state)
        sources = sources_of(settings, clock)
        stack.push_async_callback(_close, sources)
        rulebook = Rulebook(git, policy_file=settings.policy_file, apps_file=settings.apps_file)
        await _look_at(git, rulebook)
        runbooks = load_runbooks(settings.runbooks_dir)
        recogniser = Recogniser(runbooks, PatternCache(state.patterns, settings.cache_dir))
        doors = Doors(
            ledger=ledger,
            git=git,
            rulebook=rulebook,
            runbooks=runbooks.runbooks,
            metrics=sources.prometheus,
            logs=(sources.loki,) if sources.loki else (),
            clock=clock,
            timing=_timing(settings),
            locale=settings.langraph_locale,
            values_dir=settings.values_dir,
            live_query=settings.live_query,
        )
        graph = await stack.enter_async_context(IncidentGraph(doors, str(state.ledger)))
        executor = WorkflowExecutor(
            graph, doors, queue, metrics, workers=settings.workers, max_attempts=settings.max_attempts
        )
        desk = Desk(ledger, rulebook, queue, clock)
        reception = Reception(ledger, recogniser, queue, clock)
        recorder = FeedbackRecorder(ledger, git, clock, settings.langraph_locale)
        feedback = Feedback(ledger, git, clock, recorder.wake)
        learning = FeedbackLoop(git, ledger, clock, recogniser, runbooks.runbooks, cron=settings.feedback_loop_cron)
        channel: ApprovalChannel = ConsoleChannel(
            say, locale=settings.langraph_locale, page=settings.client_url, program=program()
        )
        slack = await enter_slack(stack, settings, desk, reception, feedback, learning, git)
        if slack is not None:
            channel = SeveralChannels(slack.channel, channel)
        monitors = _monitors(settings, sources, ledger, recogniser, queue, clock, metrics)
        loops = [executor.run, Teller(ledger, channel).run, Census(ledger, git, queue, metrics).run, *monitors]
        loops += [recorder.run, learning.run]
        loops += slack.loops if slack is not None else ()
        await stack.enter_async_context(_running(loops))
        yield Counter(
            ledger=ledger,
            git=git,
            desk=desk,
            feedback=feedback,
            learning=learning,
            reception=reception,
            clock=clock,
            metrics=metrics,
            keys=ApiKeys.parse(settings.api_keys),
            locale=settings.langraph_locale,
            readiness=_readiness(ledger, git, sources),
            repository=settings.git_repo_path,
            session_key=state.session_key(),
            slack=slack.door if slack is not None else None,
        )


async def _look_at(git: GitHistoryTracker, rulebook: Rulebook) -> None:
    """A repository that does not exist is a setting to mend now; one that is away, or bad rules, can be mended later.

    Raises:
        BadSetting: there is no such repository or branch.
    """
    try:
        async with asyncio.timeout(GIT_LOOK_SECONDS):
            await git.head()
            await rulebook.current()
    except (GitUnavailable, TimeoutError) as error:
        log.warning("the GitOps repository is away; incidents are found, proposals wait", error=str(error))
    except BadInput as error:
        log.error("the rules in the GitOps repository cannot be read; nothing is allowed", error=str(error))


def _timing(settings: Settings) -> Timing:
    return Timing(
        approval_expiry=settings.approval_expiry,
        approval_reminder=settings.approval_reminder,
        verify_window=settings.verify_window,
        rollout_timeout=settings.rollout_timeout,
        owner_wait=settings.owner_wait,
        systemic_apps=settings.systemic_apps,
    )


def _monitors(
    settings: Settings,
    sources: Sources,
    ledger: SqlLedger,
    recogniser: Recogniser,
    queue: EventQueue,
    clock: SystemClock,
    metrics: Metrics,
) -> list[Loop]:
    pace = Pace(interval_s=settings.log_monitor_interval.total_seconds())
    reach = Reach(overlap=settings.loki_overlap, first_lookback=settings.loki_query_interval)
    loops: list[Loop] = []
    if sources.loki is not None:
        watch = _watch(metrics, "loki")
        poller = LogMonitor(sources.loki, ledger, recogniser, queue, clock, reach=reach, pace=pace, watch=watch)
        loops.append(poller.run)
    if sources.files is not None:
        watch = _watch(metrics, "files")
        follower = FileMonitor(sources.files, ledger, recogniser, queue, clock, pace=pace, watch=watch)
        loops.append(follower.run)
    for name, alerts in (("prometheus", sources.prometheus), ("alertmanager", sources.alertmanager)):
        if alerts is not None:
            watch = _watch(metrics, name)
            loops.append(AlertMonitor(name, alerts, ledger, recogniser, queue, clock, pace=pace, watch=watch).run)
    return loops


def _watch(metrics: Metrics, source: str) -> Watch:
    return Watch(
        on_lag=lambda seconds: metrics.lag(source, seconds),
        on_error=lambda kind: metrics.source_error(source, kind),
        on_gap=lambda gap: metrics.gap(source, gap.lines),
        on_lines=lambda count: metrics.lines(source, count),
    )


async def _close(sources: Sources) -> None:
    for client in sources.over_http:
        await client.aclose()


def _readiness(
    ledger: SqlLedger, git: GitHistoryTracker, sources: Sources
) -> Callable[[], Coroutine[Any, Any, dict[str, str | None]]]:
    async def check() -> dict[str, str | None]:
        probes: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {"ledger": ledger.open_ids, "git": git.head}
        for client in sources.over_http:
            probes[type(client).__name__.removesuffix("Client").lower()] = client.ready
        found = await asyncio.gather(*(probe() for probe in probes.values()), return_exceptions=True)
        return {
            name: str(answer) if isinstance(answer, BaseException) else None
            for name, answer in zip(probes, found, strict=True)
        }

    return check


@asynccontextmanager
async def _running(loops: list[Loop]) -> AsyncIterator[None]:
    """Run the loops beside the block. One that dies takes the process down: half a daemon is worse than none."""
    task = asyncio.create_task(_supervise(loops), name="loops")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_SECONDS)


async def _supervise(loops: list[Loop]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(loop())
    except* Exception as errors:
        log.critical("a loop died; stopping", errors=[str(error) for error in errors.exceptions], exc_info=errors)
        os.kill(os.getpid(), signal.SIGTERM)


Lifetime = Callable[[Settings], AbstractAsyncContextManager[Counter]]


def make_app(settings: Settings | None = None, lifetime: Lifetime = daemon) -> Any:
    """The ASGI application; its lifespan is the daemon's.

    Args:
        settings: as loaded; None reads the environment.
        lifetime: what runs while the application does: the daemon, or the demo around it.
    """
    chosen = settings or load()
    failpoint.arm(chosen.langraph_crash_at or "")
    return build_app(
        lambda: lifetime(chosen),
        keys=ApiKeys.parse(chosen.api_keys),
        signed_by_slack=chosen.slack_signing_secret is not None,
    )
