"""`langraph fingerprint`: which log lines are the same message."""

import sys
from collections.abc import Callable

import click

from langraph.commands.files import lines, opened
from langraph.commands.progress import Progress
from langraph.fingerprint import Groups, template
from langraph.fingerprint import fingerprint as id_of
from langraph.redact import printable, redact

MAX_LINE_BYTES = 64 * 1024  # a message stands at a line's beginning; the fingerprint itself reads less

MOST_TEMPLATES = 10_000  # remembered; 50 MB when all of them are long


@click.command()
@click.argument("file", default="-")
def fingerprint(file: str) -> None:
    """Log lines in, one group id a line out, in the same order.

    Lines whose messages differ only in ids, numbers, times, addresses, names and the like get the same id. A name that
    is an everyday word is told by the lines before it, as the daemon tells it by those it has read. FILE defaults to
    standard input.
    """
    group_id = grouper()
    out = sys.stdout.buffer
    with opened(file) as source, Progress(lambda: "fingerprinted", wanted=not sys.stdout.isatty()) as progress:
        for line, _ in lines(source, MAX_LINE_BYTES):
            out.write(f"{group_id(line.decode('utf-8', 'replace'))}\n".encode())
            out.flush()
            progress.add(len(line) + 1)


def grouper() -> Callable[[str], str]:
    """The group's id of each line of a stream, in its order: 32 hex digits, equal for lines with the same message."""
    groups = Groups(MOST_TEMPLATES)

    def group_id(line: str) -> str:
        message = template(redact(printable(line)))
        return groups.join(message, id_of(None, None, "", message))

    return group_id
