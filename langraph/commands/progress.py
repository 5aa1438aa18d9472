"""One line on a terminal that says how far long work has come; short work, and anything but a terminal, sees none."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

QUIET_SECONDS = 1.0  # what is done sooner needs no line
BETWEEN_SECONDS = 0.2  # often enough to look alive


class Progress:
    """Shows `<what> bytes`; used as a context manager, which takes the line away at the end.

    Args:
        what: writes the words after the size, when asked.
        stream: where to; only a terminal is written to.
        wanted: False where something else already shows that work goes on.
    """

    def __init__(
        self,
        what: Callable[[], str],
        *,
        stream: TextIO | None = None,
        wanted: bool = True,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._what, self._now = what, now
        self._shows = wanted and self._stream.isatty()
        self._bytes = 0
        self._next = now() + QUIET_SECONDS
        self._shown = False

    def add(self, count: int) -> None:
        """So many bytes more are done."""
        self._bytes += count
        if self._shows and self._now() >= self._next:
            self._next = self._now() + BETWEEN_SECONDS
            self._shown = True
            self._stream.write(f"\r\x1b[K{self._bytes / 1e6:,.1f} MB, {self._what()}")
            self._stream.flush()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
