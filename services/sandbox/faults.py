"""Scripted misbehaviour of a simulated server: what its next answers do instead of being right."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request."""

    status: int | None = None
    """Answer with this status instead of the right answer."""
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    """More headers of that answer, for example `Retry-After`."""
    hang: bool = False
    """Never answer; the client must give up."""
    cut_after_bytes: int | None = None
    """Send this much of the right body under its full length, then break the connection."""
    slow_seconds: float = 0.0
    """Answer rightly, this much later."""
    warnings: tuple[str, ...] = ()
    """Say that parts of the answer are missing."""
    without_data: bool = False
    """With warnings: leave the data out, as when the part that is missing is all there was."""


class FaultScript:
    """The faults of the next requests, first in, first out; when it is empty, the server is well."""

    def __init__(self) -> None:
        self._next: deque[tuple[str, Fault]] = deque()

    def __len__(self) -> int:
        return len(self._next)

    def next(self, count: int, fault: Fault, path: str = "") -> None:
        """Let the next `count` requests, of those whose path ends in `path`, suffer `fault`."""
        self._next.extend([(path, fault)] * count)

    def clear(self) -> None:
        """Be well again."""
        self._next.clear()

    def take(self, path: str) -> Fault | None:
        """The fault for a request, used up by it."""
        for i, (wanted, fault) in enumerate(self._next):
            if path.endswith(wanted):
                del self._next[i]
                return fault
        return None
