"""`langraph replay`: recorded incidents once more, with today's rules; offline, changes nothing."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from langraph.config.settings import load
from langraph.errors import BadInput
from langraph.recognise import Recogniser
from langraph.redact import printable
from langraph.replaying import INPUTS, RECORD, Replay
from langraph.replaying import replay as replay_record
from langraph.runbooks.catalogue import load as load_runbooks
from langraph.texts import replaying as say
from services.pattern_cache import PatternCache

MAX_BYTES = 16 * 1024 * 1024  # a record is some 100 kB; more is something else


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each incident, a line each.")
@click.option("--strict", is_flag=True, help="Exit code 1 when anything would be different today.")
@click.option("--locale", type=click.Choice(["en", "ko"]), help="Language of the answer; else LANGRAPH_LOCALE.")
def replay(folders: Sequence[Path], as_json: bool, strict: bool, locale: str | None) -> None:
    """Diagnose the incidents recorded in FOLDERS again, and show what would be different today.

    A folder is examples/<incident id>, or examples/ for all of them. Nothing is asked of any server: what was known
    then is in the record.
    """
    settings = load()
    language = locale or settings.langraph_locale
    catalogue = load_runbooks(settings.runbooks_dir)
    recogniser = Recogniser(catalogue, PatternCache(settings.cache_dir))
    replays = [_replayed(folder, recogniser, catalogue.runbooks) for folder in _records(folders)]
    for one in replays:
        for line in [json.dumps(_plain(one), ensure_ascii=False)] if as_json else say.lines(one, language):
            click.echo(printable(line))
    sys.exit(1 if strict and any(one.differences for one in replays) else 0)


def _records(folders: Sequence[Path]) -> list[Path]:
    """The incident folders that are meant. Raises: BadInput."""
    found: list[Path] = []
    for folder in folders:
        inside = [folder] if (folder / RECORD).is_file() else sorted(path.parent for path in folder.glob(f"*/{RECORD}"))
        if not inside:
            raise BadInput(f"{folder} holds no recorded incident; name a folder such as examples/incident-...")
        found += [path for path in inside if path == folder or (path / INPUTS).is_file()]
    return found


def _replayed(folder: Path, recogniser: Recogniser, runbooks: Any) -> Replay:
    try:
        return replay_record(_read(folder / RECORD), _read(folder / INPUTS), recogniser, runbooks)
    except BadInput as error:
        raise BadInput(f"{folder}: {error}") from error


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise BadInput(f"{path.name} is missing; incidents recorded before it was kept cannot be replayed") from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"{path.name} has more than {MAX_BYTES} bytes; that is no record of ours")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} is no JSON ({error!s:.100})") from error


def _plain(one: Replay) -> dict[str, Any]:
    return {
        "id": one.incident_id,
        "same": not one.differences,
        "differences": [{"what": what, "then": then, "now": now} for what, then, now in one.differences],
        "now": {
            "category": one.now.category,
            "runbook": one.now.runbook,
            "app": one.now.app,
            "root_cause": one.now.root_cause,
            "changes": list(one.now.changes),
            "why_none": one.now.why_none or None,
        },
    }
