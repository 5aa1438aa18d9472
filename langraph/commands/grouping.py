"""`langraph fingerprint`: which log lines are the same message."""

import sys

import click

from langraph.commands.files import lines, opened
from langraph.commands.progress import Progress
from langraph.fingerprint import fingerprint as group_of
from langraph.fingerprint import template
from langraph.redact import printable, redact

MAX_LINE_BYTES = 64 * 1024  # a message stands at a line's beginning; the fingerprint itself reads less


@click.command()
@click.argument("file", default="-")
def fingerprint(file: str) -> None:
    """Log lines in, one group id a line out, in the same order.

    Lines whose messages differ only in ids, numbers, times, addresses and the like get the same id. FILE defaults
    to standard input.
    """
    out = sys.stdout.buffer
    with opened(file) as source, Progress(lambda: "fingerprinted", wanted=not sys.stdout.isatty()) as progress:
        for line, _ in lines(source, MAX_LINE_BYTES):
            out.write(f"{group_id(line.decode('utf-8', 'replace'))}\n".encode())
            out.flush()
            progress.add(len(line) + 1)


def group_id(line: str) -> str:
    """32 hex digits, equal for lines with the same message."""
    return group_of(None, None, "", template(redact(printable(line))))
