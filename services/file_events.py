"""From a block of a log file to events: whole lines, stack traces joined, monsters cut. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_EVENT_BYTES = 256 * 1024  # as much as Loki takes as one line
FUTURE_NS = 10 * 60 * 10**9  # a stamp further ahead is a wrong clock or zone; the reading time is nearer

_CONTINUES = re.compile(
    rb"[ \t]|Caused by: |Suppressed: |at \S*[.(]|\.\.\. \d|Traceback \(most recent call last\)|"
    rb"During handling of the above exception|The above exception was the direct cause"
)
_TRACEBACK = b"Traceback (most recent call last)"
_STAMP = re.compile(r"\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class FileEvent:
    """One event of a file."""

    offset: int
    """Where it begins in the file, bytes."""
    text: str


@dataclass(frozen=True, slots=True)
class Cutting:
    """What a block gave."""

    events: tuple[FileEvent, ...]
    consumed: int
    """Bytes of the block that are done with; what follows may still grow."""
    skipping: bool
    """The rest of a line that was cut comes next, to be passed over."""


@dataclass(slots=True)
class _Open:
    """The event at the end of what was seen, which the next line may continue."""

    offset: int
    raw: bytearray
    unwinding: bool
    """Inside a Python traceback, whose last line is not indented."""


def cut_block(block: bytes, base: int, *, final: bool, full: bool, skipping: bool = False) -> Cutting:
    """Cut a block into events.

    Args:
        block: the file's bytes from `base` on.
        base: offset of the block in the file.
        final: nothing is written here any more: the last line counts even without its newline.
        full: the file goes on behind the block.
        skipping: the block begins inside a line that was cut.
    """
    start = 0
    if skipping:
        start = block.find(b"\n") + 1
        if not start:
            return Cutting((), len(block), True)
    if len(block) - start > MAX_EVENT_BYTES and block.find(b"\n", start) < 0:
        head = block[start : start + MAX_EVENT_BYTES]
        return Cutting((_event(base + start, head, "the rest of the line"),), len(block), True)
    done, last, end = _group(block, start, base, final=final)
    if last is not None and (final or (full and not done and start == 0)):
        done.append(_event(last.offset, bytes(last.raw)))
        return Cutting(tuple(done), end, False)
    return Cutting(tuple(done), end if last is None else last.offset - base, False)


def _group(block: bytes, start: int, base: int, *, final: bool) -> tuple[list[FileEvent], _Open | None, int]:
    """Closed events, the open one, and where the whole lines end."""
    done: list[FileEvent] = []
    last: _Open | None = None
    at = start
    while at < len(block):
        newline = block.find(b"\n", at)
        if newline < 0 and not final:
            break
        stop = len(block) if newline < 0 else newline
        line = block[at:stop].removesuffix(b"\r")
        if last is not None and _joins(line, last):
            last.raw += b"\n" + line
            last.unwinding = line.startswith((_TRACEBACK, b" ", b"\t")) and (
                last.unwinding or line.startswith(_TRACEBACK)
            )
        elif line.strip():
            if last is not None:
                done.append(_event(last.offset, bytes(last.raw)))
            last = _Open(base + at, bytearray(line), line.startswith(_TRACEBACK))
        at = min(stop + 1, len(block))
    return done, last, at


def _joins(line: bytes, last: _Open) -> bool:
    if not line.strip() or len(last.raw) + len(line) > MAX_EVENT_BYTES:
        return False
    return last.unwinding or _CONTINUES.match(line) is not None


def _event(offset: int, raw: bytes, what: str = "") -> FileEvent:
    """Invalid UTF-8 becomes U+FFFD; what is longer than an event may be is cut, and says so."""
    text = raw[:MAX_EVENT_BYTES].decode("utf-8", "replace")
    if what or len(raw) > MAX_EVENT_BYTES:
        text += f" [cut by langraph: {what or f'{len(raw) - MAX_EVENT_BYTES} bytes more'}]"
    return FileEvent(offset, text)


def stamped_ns(text: str, read_at_ns: int) -> int:
    """The event's own time when it begins with one that has a zone, else the time of reading (unix ns)."""
    found = _STAMP.match(text)
    if found is None:
        return read_at_ns
    day, time, fraction, zone = found.groups()
    try:
        seconds = datetime.fromisoformat(f"{day}T{time}{'+00:00' if zone == 'Z' else zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return read_at_ns
    at_ns = int(seconds.timestamp()) * 10**9 + int((fraction or "0").ljust(9, "0"))
    return at_ns if 0 < at_ns <= read_at_ns + FUTURE_NS else read_at_ns
