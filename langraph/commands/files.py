"""A file that somebody named, or `-` for standard input, opened for reading; refused in one sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from langraph.errors import BadInput


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The bytes of a file; errors while reading are told like those of opening.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        if name == "-":
            yield sys.stdin.buffer
            return
        with open(name, "rb") as source:
            yield source
    except BrokenPipeError:
        raise  # the reader of our output went away: that is no trouble with this file
    except OSError as error:
        if error.filename not in (None, name):
            raise
        raise BadInput(
            f"{name} cannot be read: {error.strerror or error}; name a readable file, or - for stdin"
        ) from error


def whole(name: str) -> bytes:
    """All of a file.

    Raises:
        BadInput: it cannot be read.
    """
    with opened(name) as source:
        return source.read()


def lines(source: BinaryIO, longest: int) -> Iterator[tuple[bytes, bool]]:
    """Each line without its end, as soon as it is there, and whether it is whole.

    Args:
        source: read to its end.
        longest: bytes; what a line has beyond is passed over.
    """
    while line := source.readline(longest + 2):
        ended = line.endswith(b"\n")
        kept = line.removesuffix(b"\n").removesuffix(b"\r")
        rest = b"" if ended else source.readline(longest)
        is_whole = not rest.strip(b"\r\n") and len(kept) <= longest
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(longest)
        yield kept[:longest], is_whole
