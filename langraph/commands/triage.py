"""`langraph analyze`: what a log shows, for a person at a terminal and for scripts; changes nothing."""

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import click

from langraph.analysis import Analysis, Analyst, Values, as_json
from langraph.commands import bulk
from langraph.commands.files import opened
from langraph.commands.grounds import values_of
from langraph.commands.progress import Progress
from langraph.config.settings import Settings, load
from langraph.errors import GitUnavailable
from langraph.helm_values import format_path
from langraph.models.incident import Proposal
from langraph.proposing import NoProposal
from langraph.redact import printable
from langraph.runbooks.catalogue import load as load_runbooks
from langraph.tally import Tally
from langraph.texts import analysing as say
from services.file_events import cut_block
from services.pattern_cache import PatternCache

WHOLE_BYTES = 256 * 1024  # a shorter file is looked at as one text, its lines in the light of each other
BLOCK_BYTES = 4 * 1024 * 1024  # of a longer one at a time: large enough for the scanner, small in memory


@click.command()
@click.argument("file")
@click.option("--json", "one_json", is_flag=True, help="One JSON object for the whole input.")
@click.option(
    "--jsonl", "bulk_jsonl", is_flag=True, help="One JSON object a line in, one out: {id, log_text, labels?}."
)
@click.option("--repo", metavar="DIR", help="Checkout, repository or URL with helm-values/; else GIT_REPO_PATH.")
@click.option("--locale", type=click.Choice(["en", "ko"]), help="Language of the answer; else LANGRAPH_LOCALE.")
def analyze(file: str, one_json: bool, bulk_jsonl: bool, repo: str | None, locale: str | None) -> None:
    """Find the root cause in a log FILE (- is standard input) and the change that would mend it; changes nothing.

    With --jsonl each line asks by itself, as {"id", "log_text", "labels"?} or {"id", "stream": [{"at"?, "labels",
    "line"}]}; lines that cannot be read are answered by {"id", "error"}, and the exit code is 2.
    """
    if one_json and bulk_jsonl:
        raise click.UsageError("--json is one answer for everything, --jsonl one for each line; give one of them")
    settings = load()
    language = locale or settings.langraph_locale
    with opened(file) as source:
        kept = PatternCache(settings.cache_dir)
        analyst = Analyst(load_runbooks(settings.runbooks_dir), _values(settings, repo), datetime.now(UTC), kept)
        out = sys.stdout.buffer
        if bulk_jsonl:
            with Progress(lambda: "triaged", wanted=not sys.stdout.isatty()) as progress:
                refused = bulk.triage(source, out, analyst, language, progress)
            sys.exit(2 if refused else 0)
        analysis, uncounted = examine(source, analyst)
    if one_json:
        out.write(bulk.as_line(as_json(analysis, language)))
        return
    lines = as_plain_text(analysis, language)
    if uncounted:
        lines.append(say.uncounted(uncounted).in_locale(language))
    out.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def _values(settings: Settings, repo: str | None) -> Values:
    """The repository's values; the one in the settings being away costs the diff, not the diagnosis."""
    try:
        return values_of(settings, repo)
    except GitUnavailable as error:
        if repo is not None:
            raise
        click.echo(f"langraph: no diff is proposed: {error}", err=True)
        return Values()


def examine(source: BinaryIO, analyst: Analyst) -> tuple[Analysis, int]:
    """Analyse one input of any size, in bounded memory.

    Returns:
        What was found, and how many faults were of too many kinds to be counted.
    """
    head = source.read(WHOLE_BYTES + 1)
    if len(head) <= WHOLE_BYTES:
        return analyst.text(head.decode("utf-8", "replace"), {}), 0
    tally = Tally()
    events = 0
    with Progress(lambda: f"{events:,} events, {len(tally)} faults") as progress:
        block, base, skipping = head, 0, False
        while block:
            more = source.read(BLOCK_BYTES)
            cut = cut_block(block, base, final=not more, full=bool(more), skipping=skipping)
            texts = [event.text for event in cut.events]
            tally.add(analyst.page(texts, events))
            events += len(texts)
            progress.add(cut.consumed)
            block, base, skipping = block[cut.consumed :] + more, base + cut.consumed, cut.skipping
            if not more:
                break
    return analyst.conclude(tally.ranked(analyst.runbooks, (0, events)), tally.evidence()), tally.uncounted


def as_plain_text(analysis: Analysis, locale: str) -> list[str]:
    """The analysis as lines for a terminal: the likely root cause first, then what else was seen."""
    diagnosis = analysis.diagnosis
    if diagnosis is None:
        return [say.NOTHING.in_locale(locale)]
    proposed = analysis.proposed
    lines = say.found(diagnosis, analysis.ranked[0].count, locale, printable)
    if isinstance(proposed, Proposal):
        lines += say.advice((proposed.action, *diagnosis.advice[1:]), locale, printable)
        lines += say.change(proposed, locale, printable)
    else:
        lines += say.advice(diagnosis.advice, locale, printable)
    if isinstance(proposed, NoProposal):
        places = [f"{place.file}: {format_path(place.path)}" for place in proposed.candidates]
        lines += say.no_change(proposed.reason, places, locale, printable)
    return lines + say.also(analysis.ranked[1:], locale, printable)
