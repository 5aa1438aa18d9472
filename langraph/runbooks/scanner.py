"""Many patterns against one page of text in a single linear pass; the only door to hyperscan.

Without hyperscan the same answers come from `re`, pattern by pattern: slower, never different.
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

from langraph.runbooks.regex import RegexRefused, within_line

LINE_FEED = b"\n"
RESUMES_AFTER = 1_024  # bytes of a long line: whoever confirms a candidate looks no further behind it
COUNTED = re.compile(r"(?<!\\)\{(\d+),(\d+)\}")
COUNTS_FROM = 20  # repeats; a longer count is a bound, not a meaning, and each one costs the engine states


class Scanner(Protocol):
    """Finds which expressions may match on which physical lines of a page: whoever asks confirms."""

    def ends(self, data: bytes) -> list[tuple[int, int]]:
        """Pairs (number of the expression, offset of a candidate's end), one per expression and physical line.

        On a line longer than `RESUMES_AFTER` there may be several. No match is missed; a candidate may be none.
        """
        ...


class Kept(Protocol):
    """Keeps compiled patterns between runs: a thousand take seconds to compile, a millisecond to load."""

    def get(self, key: str) -> bytes | None:
        """What was put under `key`; None when there is nothing, or it cannot be read."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Keep it, if that is possible; a failure costs only time."""
        ...


def scanner(expressions: Sequence[str], kept: Kept | None = None) -> Scanner:
    """The fastest scanner this machine has.

    Args:
        expressions: regexes that `regex.check` lets pass; their position is their number.
        kept: where compiled patterns are kept; None compiles them anew.

    Raises:
        RegexRefused: hyperscan cannot match one of them in linear time.
    """
    engine = _engine()
    return PlainScanner(expressions) if engine is None else HyperscanScanner(expressions, engine, kept)


def refuse_nonlinear(expressions: Sequence[str]) -> None:
    """Raises RegexRefused when the linear-time engine cannot take one of them (look-around, back-reference)."""
    engine = _engine()
    if engine is not None and expressions:
        _compiled(tuple(within_line(e).encode() for e in expressions), engine)


def _engine() -> Any | None:
    try:
        import hyperscan
    except ImportError:
        return None
    return hyperscan


class HyperscanScanner:
    """All expressions at once, at memory speed."""

    def __init__(self, expressions: Sequence[str], engine: Any, kept: Kept | None = None) -> None:
        self._lock = threading.Lock()  # scratch space serves one scan at a time
        self._size = len(expressions)
        self._database = None
        if expressions:
            self._database = _built(tuple(_loose(within_line(e)).encode() for e in expressions), engine, kept)

    def ends(self, data: bytes) -> list[tuple[int, int]]:
        if self._database is None or not data:
            return []
        found: list[tuple[int, int]] = []
        done = [-1] * self._size  # per expression: up to where it was reported

        def report(number: int, _since: int, end: int, _flags: int, _context: object) -> None:
            if end <= done[number]:
                return
            line_end = data.find(LINE_FEED, end)
            done[number] = min(line_end if line_end >= 0 else len(data), end + RESUMES_AFTER)
            found.append((number, end))

        with self._lock:
            self._database.scan(data, match_event_handler=report)
        return found


def _loose(expression: str) -> str:
    """The same without long counts, `.{0,80}` as `.*`: it still ends with the line, and compiles four times as fast.

    What it finds too much is not confirmed; patterns are refused by their exact form.
    """
    return COUNTED.sub(_uncounted, expression)


def _uncounted(count: re.Match[str]) -> str:
    least, most = int(count[1]), int(count[2])
    if most < COUNTS_FROM:
        return count[0]
    return {0: "*", 1: "+"}.get(least, f"{{{least},}}")


def _key(patterns: Sequence[bytes], engine: Any) -> str:
    return hashlib.sha256(b"\0".join([str(engine.__version__).encode(), *patterns])).hexdigest()


def _loaded(data: bytes | None, engine: Any) -> Any | None:
    """A database as it was compiled before; None when it is none, or for another version or processor."""
    if data is None:
        return None
    try:
        database = engine.loadb(data, mode=engine.HS_MODE_BLOCK)
        database.scratch = engine.Scratch(database)
    except engine.error:
        return None  # damaged or foreign: compiled anew, and replaced
    return database


def _built(patterns: tuple[bytes, ...], engine: Any, kept: Kept | None) -> Any:
    """The database of these patterns, from where it was kept if possible."""
    key = _key(patterns, engine)
    known = _loaded(kept.get(key), engine) if kept is not None else None
    if known is not None:
        return known
    data = _compiled(patterns, engine)
    if kept is not None:
        kept.put(key, data)
    return _loaded(data, engine)


@lru_cache(maxsize=4)  # a pure function; a process seldom has more than one catalogue, its tests have many matchers
def _compiled(patterns: tuple[bytes, ...], engine: Any) -> bytes:
    database = engine.Database()
    try:
        database.compile(
            expressions=list(patterns),
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=engine.HS_FLAG_MULTILINE,
        )
    except engine.error as error:
        raise RegexRefused(f"the linear-time engine refuses it ({error}); write it more simply") from error
    return bytes(engine.dumpb(database))


class PlainScanner:
    """One `re` per expression."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._patterns = [re.compile(within_line(e).encode(), re.MULTILINE) for e in expressions]

    def ends(self, data: bytes) -> list[tuple[int, int]]:
        return [(n, end) for n, pattern in enumerate(self._patterns) for end in _line_hits(pattern, data)]


def _line_hits(pattern: re.Pattern[bytes], data: bytes) -> Iterator[int]:
    position = 0
    while position < len(data) and (found := pattern.search(data, position)):
        yield found.end()
        line_end = data.find(LINE_FEED, found.end())
        if line_end < 0:
            return
        position = line_end + 1
