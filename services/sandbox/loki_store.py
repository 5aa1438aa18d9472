"""The lines that the simulated Loki holds: sorted columns per stream, so that windows are two bisections.

Also what cannot be seen yet: lines held back until a moment or a flush.
"""

import heapq
import itertools
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.sandbox.logql import Matcher

Metadata = Mapping[str, str]
Entry = tuple[int, str, Metadata]
"""Nanoseconds, line, structured metadata with sorted names."""
UNKNOWN, HIT = 2, 1  # verdicts of a line filter in a mask; 0 is a miss
MAX_MASKS = 8  # filters whose verdicts a stream remembers: one byte a line each
FILL_BLOCK = 1024  # lines judged at a time, so that a small page does not judge a large window
TRIM_BLOCK = 4096  # lines thrown away at a time when the store is full


def label_string(labels: Mapping[str, str]) -> str:
    """Labels as the server writes and sorts them: `{app="x", pod="1"}`."""
    inner = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return "{" + inner + "}"


class Stream:
    """One label set and its lines, sorted by time; equal times in the order of arrival."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = dict(sorted(labels.items()))
        self.text = label_string(labels)
        self.rank = zlib.crc32(self.text.encode())
        """Whose lines come first at one nanosecond, in either direction (the server compares hashes)."""
        self.at = array("q")
        self.lines: list[str] = []
        self.metadata: list[Metadata] = []
        self.metadata_names: set[str] = set()
        self.newest = 0
        """Time of the newest line accepted, seen or not."""
        self._masks: dict[str, bytearray] = {}
        self._flushed_until = -1
        self._since_flush: set[tuple[int, str, tuple[tuple[str, str], ...]]] = set()
        self._tie: tuple[int, set[tuple[str, tuple[tuple[str, str], ...]]]] | None = None

    def window(self, start: int, end: int) -> tuple[int, int]:
        """Positions of the lines with `start <= at < end`."""
        lo = bisect_left(self.at, start)
        return lo, bisect_left(self.at, end, lo)

    def count(self, after: int, until: int, mask: bytearray | None) -> int:
        """Lines with `after < at <= until` that pass the mask."""
        lo = bisect_right(self.at, after)
        hi = bisect_right(self.at, until, lo)
        return hi - lo if mask is None else mask.count(HIT, lo, hi)

    def insert(self, entries: Iterable[Entry]) -> None:
        """Put entries in their places; a line that is already there is dropped, unless it was flushed."""
        for at, line, metadata in entries:
            self.metadata_names.update(metadata)
            if not self.at or at > self.at[-1]:
                self._place(len(self.at), at, line, metadata)
            elif not self._is_there(at, line, metadata):
                self._place(bisect_right(self.at, at), at, line, metadata)

    def flush(self) -> None:
        """Write the head to the store: what is pushed again from now on is kept twice."""
        self._flushed_until = self.at[-1] if self.at else -1
        self._since_flush.clear()
        self._tie = None

    def drop_oldest(self, count: int) -> int:
        """Forget up to `count` of the oldest lines; how many went."""
        del self.at[:count]
        del self.metadata[:count]
        gone = min(count, len(self.lines))
        del self.lines[:count]
        for mask in self._masks.values():
            del mask[:count]
        self._tie = None
        return gone

    def mask(self, key: str, keeps: Callable[[str], bool], lo: int, hi: int) -> bytearray:
        """Verdicts of a line filter, judged at least for [lo, hi)."""
        mask = self._masks.get(key)
        if mask is None:
            if len(self._masks) >= MAX_MASKS:
                del self._masks[next(iter(self._masks))]
            mask = self._masks[key] = bytearray([UNKNOWN]) * len(self.lines)
        at = mask.find(UNKNOWN, lo, hi)
        while at >= 0:
            mask[at] = keeps(self.lines[at])
            at = mask.find(UNKNOWN, at + 1, hi)
        return mask

    def hits(self, key: str, keeps: Callable[[str], bool], window: tuple[int, int], *, backward: bool) -> Iterator[int]:
        """Positions in the window whose line passes, in the direction asked, judged block by block."""
        lo, hi = window
        blocks = range(lo, hi, FILL_BLOCK)
        for block in reversed(blocks) if backward else blocks:
            end = min(block + FILL_BLOCK, hi)
            if not key:
                yield from reversed(range(block, end)) if backward else range(block, end)
                continue
            mask = self.mask(key, keeps, block, end)
            yield from _backward(mask, block, end) if backward else _forward(mask, block, end)

    def _place(self, position: int, at: int, line: str, metadata: Metadata) -> None:
        if position == len(self.at):
            self.at.append(at)
            self.lines.append(line)
            self.metadata.append(metadata)
            for mask in self._masks.values():
                mask.append(UNKNOWN)
            return
        self.at.insert(position, at)
        self.lines.insert(position, line)
        self.metadata.insert(position, metadata)
        for mask in self._masks.values():
            mask.insert(position, UNKNOWN)

    def _is_there(self, at: int, line: str, metadata: Metadata) -> bool:
        """Whether the head holds this very line; if not, it is noted as held from now on."""
        key = (line, tuple(metadata.items()))
        if at <= self._flushed_until:
            there = (at, *key) in self._since_flush
            self._since_flush.add((at, *key))
            return there
        if self._tie is None or self._tie[0] != at:
            lo, hi = self.window(at, at + 1)
            self._tie = (at, {(self.lines[i], tuple(self.metadata[i].items())) for i in range(lo, hi)})
        there = key in self._tie[1]
        self._tie[1].add(key)
        return there


def _forward(mask: bytearray, lo: int, hi: int) -> Iterator[int]:
    at = mask.find(HIT, lo, hi)
    while at >= 0:
        yield at
        at = mask.find(HIT, at + 1, hi)


def _backward(mask: bytearray, lo: int, hi: int) -> Iterator[int]:
    at = mask.rfind(HIT, lo, hi)
    while at >= 0:
        yield at
        at = mask.rfind(HIT, lo, at)


@dataclass(order=True, slots=True)
class _Held:
    """Lines accepted but not visible yet."""

    visible_at: int
    number: int
    stream: Stream = field(compare=False)
    entries: Sequence[Entry] = field(compare=False)
    until_flush: bool = field(compare=False)


class Tenant:
    """The streams of one tenant.

    Args:
        max_lines: the oldest lines go when there are more.
    """

    def __init__(self, max_lines: int) -> None:
        self.streams: dict[tuple[tuple[str, str], ...], Stream] = {}
        self.lines = 0
        self._max_lines = max_lines
        self._held: list[_Held] = []
        self._numbers = itertools.count()
        self._selected: dict[tuple[tuple[str, str, str], ...], tuple[int, list[Stream]]] = {}

    def stream(self, labels: Mapping[str, str]) -> Stream:
        """The stream with these labels, new when there was none."""
        key = tuple(sorted(labels.items()))
        if key not in self.streams:
            self.streams[key] = Stream(labels)
        return self.streams[key]

    def select(self, matchers: Sequence[Matcher]) -> list[Stream]:
        """Streams that match, judged once each."""
        key = tuple((m.name, m.op, m.value) for m in matchers)
        seen, found = self._selected.pop(key, (0, []))
        for stream in itertools.islice(self.streams.values(), seen, None):
            if all(m.accepts(stream.labels.get(m.name, "")) for m in matchers):
                found.append(stream)
        self._selected[key] = (len(self.streams), found)
        if len(self._selected) > 64:  # selectors worth remembering; one poller asks a handful
            del self._selected[next(iter(self._selected))]
        return found

    def insert(self, stream: Stream, entries: Sequence[Entry]) -> None:
        """Make entries visible."""
        before = len(stream.lines)
        stream.insert(entries)
        self.lines += len(stream.lines) - before
        while self.lines > self._max_lines:
            oldest = min((s for s in self.streams.values() if s.at), key=lambda s: s.at[0])
            self.lines -= oldest.drop_oldest(min(TRIM_BLOCK, self.lines - self._max_lines))

    def hold(self, stream: Stream, entries: Sequence[Entry], visible_at: int, *, until_flush: bool) -> None:
        """Keep entries back until `visible_at` (ns), or until a flush if that is allowed to come first."""
        if entries:
            heapq.heappush(self._held, _Held(visible_at, next(self._numbers), stream, entries, until_flush))

    def settle(self, now: int) -> None:
        """Let appear what has become visible by now."""
        while self._held and self._held[0].visible_at <= now:
            held = heapq.heappop(self._held)
            self.insert(held.stream, held.entries)

    def flush(self) -> None:
        """Write every chunk out: old lines appear, repeats are no longer recognised."""
        ready = [held for held in self._held if held.until_flush]
        self._held = [held for held in self._held if not held.until_flush]
        heapq.heapify(self._held)
        for held in sorted(ready):
            self.insert(held.stream, held.entries)
        for stream in self.streams.values():
            stream.flush()
