"""`langraph check`, `langraph fsck`: is it set up right, is what it wrote right."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import click
from pydantic import SecretStr

from langraph.commands.running import EXIT_BAD_INPUT, errors_for_people
from langraph.config.settings import Settings, load
from langraph.errors import LangraphError
from langraph.invariants import Violation
from langraph.invariants import check as find_violations
from langraph.learning.lesson_file import FOLDER, parse_lesson
from langraph.rulebook import Rulebook
from langraph.runbooks.catalogue import load as load_runbooks
from langraph.slack_wiring import check_slack
from langraph.wiring import git_of, ledger_of, sources_of
from services.git_history_tracker import GitHistoryTracker
from services.schedule import next_time
from services.state_dir import StateDir
from services.system_clock import SystemClock


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(as_json: bool) -> None:
    """Print every setting, try every connection; exit code 2 when something is wrong."""
    with errors_for_people():
        settings = load()
    results = asyncio.run(_try_everything(settings))
    if as_json:
        shown = {name: value for name, value, _ in settings_table(settings)}
        click.echo(json.dumps({"settings": shown, "checks": dict(results)}, ensure_ascii=False, indent=2))
    else:
        for name, value, why in settings_table(settings):
            click.echo(f"{name}={value}   # {why}")
        for name, problem in results:
            click.echo(f"{'✗' if problem else '✓'} {name}{': ' + problem if problem else ''}")
    if any(problem for _, problem in results):
        sys.exit(EXIT_BAD_INPUT)


def settings_table(settings: Settings) -> list[tuple[str, str, str]]:
    """(name, value, description) of every setting; secrets hidden."""
    rows = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        hidden = value is not None and (isinstance(value, SecretStr) or name in ("api_keys", "database_url"))
        shown = ("***" if value else "") if hidden else ("" if value is None else _shown(value))
        rows.append((name.upper(), shown, field.description or ""))
    return rows


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    total = getattr(value, "total_seconds", None)
    return f"{total():g}s" if total else str(value)


async def _try_everything(settings: Settings) -> Sequence[tuple[str, str | None]]:
    results: list[tuple[str, str | None]] = []

    async def attempt(name: str, trial: Callable[[], Awaitable[object]]) -> None:
        try:
            await trial()
            results.append((name, None))
        except (LangraphError, OSError) as error:
            results.append((name, str(error)))

    async def _runbooks() -> object:
        return load_runbooks(settings.runbooks_dir)

    async def _schedule() -> object:
        return settings.feedback_loop_cron and next_time(settings.feedback_loop_cron, SystemClock().now())

    with tempfile.TemporaryDirectory() as scratch:
        git = git_of(settings, StateDir(Path(scratch)))
        rulebook = Rulebook(git, policy_file=settings.policy_file, apps_file=settings.apps_file)
        await attempt(f"git {settings.git_repo_path} {settings.git_branch}", git.head)
        await attempt(f"rules {settings.policy_file}, {settings.apps_file}", rulebook.current)
        await attempt(f"patterns {FOLDER}", lambda: _patterns(git))
        await attempt("runbooks", _runbooks)
        await attempt("schedule", _schedule)
        for name, trial in _connections(settings):
            await attempt(name, trial)
    results += await check_slack(settings)
    return results


async def _patterns(git: GitHistoryTracker) -> None:
    """Raises: BadInput (a pattern file that somebody has to mend)."""
    for path in await git.list_files(FOLDER):
        blob = await git.read(path)
        parse_lesson(blob.data if blob is not None else b"", path)


def _connections(settings: Settings) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    try:
        sources = sources_of(settings, SystemClock())
    except LangraphError as error:
        return [("sources", _raising(error))]
    return [(type(one).__name__.removesuffix("Client"), one.ready) for one in sources.over_http]


def _raising(error: LangraphError) -> Callable[[], Awaitable[object]]:
    async def trial() -> object:
        raise error

    return trial


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def fsck(as_json: bool) -> None:
    """Check the invariants of ledger and branch; also while the daemon runs. Exit code 1 on a violation."""
    with errors_for_people():
        settings = load()
        violations = asyncio.run(_examine(settings))
    if as_json:
        click.echo(json.dumps([{"invariant": v.invariant, "what": v.what} for v in violations], ensure_ascii=False))
    else:
        for violation in violations:
            click.echo(f"✗ {violation.invariant}: {violation.what}")
        click.echo("every invariant holds" if not violations else f"{len(violations)} violations")
    if violations:
        sys.exit(1)


async def _examine(settings: Settings) -> Sequence[Violation]:
    """Look; what looks wrong while the daemon moves is looked at twice."""
    state = StateDir(settings.state_dir)
    if settings.database_url is None and not state.ledger.exists():
        raise LangraphError(f"there is no ledger in STATE_DIR={settings.state_dir}; has the daemon run here?")
    with tempfile.TemporaryDirectory() as scratch:
        git = git_of(settings, StateDir(Path(scratch)))
        first = await _look(settings, state, git)
        if not first:
            return first
        again = set(await _look(settings, state, git))
        return [violation for violation in first if violation in again]


async def _look(settings: Settings, state: StateDir, git: GitHistoryTracker) -> Sequence[Violation]:
    ledger = ledger_of(settings, state)
    try:
        books = await ledger.books()
    finally:
        await ledger.close_database()
    operations = await git.operations(settings.policy_file)
    return find_violations(books, operations, forgotten_lines=True)
