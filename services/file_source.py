"""Follows log files by inode: rotation, truncation, half lines; each byte is read once, or a gap says so.

Unlike Loki a file cannot be asked for a window of time. Its cursor is the place in each file, and moves in
the same transaction as the lines.
"""

import asyncio
import glob
import os
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec
import structlog

from langraph.errors import SourceUnavailable
from langraph.ports import Clock, Gap, LogPage
from services.file_events import Cutting, cut_block, stamped_ns

BLOCK_BYTES = 1024 * 1024  # four of the largest events; what is in memory of a file at a time
MARK_BYTES = 256  # of the start, and before the offset: a time and a line, enough to tell files apart
FIRST_BYTES = 64 * 1024  # of a file in use when langraph first starts: some minutes, as with Loki
COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4")
MAX_FILES = 1_000  # open at a time; the usual limit of a process is 1,024
MAX_SIBLINGS = 200  # files of a directory that are looked at for a copy

log = structlog.get_logger(__name__)
FileId = tuple[int, int]
"""(device, inode)"""


class Position(msgspec.Struct, frozen=True):
    """How far one file is read; kept in the cursor."""

    path: str
    device: int
    inode: int
    born_ns: int
    """When we began with it: tells it from a later file with the same inode."""
    read_ns: int
    """When we last read something of it."""
    offset: int = 0
    mark: str = ""
    """Hash of the file's first bytes and of those before the offset."""
    skipping: bool = False

    @property
    def file_id(self) -> FileId:
        return self.device, self.inode


@dataclass(frozen=True, slots=True)
class Step:
    """What to take in together."""

    item: LogPage | Gap | None
    cursor: str
    """Where we are when the item is in."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what."""

    settle: timedelta = timedelta(seconds=3)  # a logger that writes a line or a trace in pieces is done by then
    linger: timedelta = timedelta(minutes=1)  # programs write on to a rotated file until told to reopen
    first_lookback: timedelta = timedelta(minutes=5)  # files unchanged for longer are history at the first start


class FileSource:
    """Follows the files that match some patterns.

    Args:
        patterns: of LOG_FILES, with `*` and `**`; compressed files are left alone.
        clock: the time.
        patience: how long to wait for what.
    """

    name = "files"

    def __init__(self, patterns: Sequence[str], clock: Clock, patience: Patience | None = None) -> None:
        self._patterns = tuple(patterns)
        self._clock = clock
        self._patience = patience or Patience()
        self._descriptors: dict[FileId, int] = {}
        self._closed_to_us: set[str] = set()
        self._quiet: dict[FileId, tuple[int, int]] = {}
        """Size of a file and since when (ns) it has it."""

    async def steps(self, cursor: str | None) -> AsyncIterator[Step]:
        """Everything new since `cursor`, in pages of one file each, rotated files first.

        Raises:
            SourceUnavailable: a file cannot be read now; what was given out stands.
        """
        walk = self._walk(cursor)
        try:
            while (step := await asyncio.to_thread(next, walk, None)) is not None:
                yield step
        except OSError as error:
            raise SourceUnavailable(f"LOG_FILES: {error}; check that langraph may read the file") from error

    def close(self) -> None:
        """Close the files."""
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])

    def _walk(self, cursor: str | None) -> Iterator[Step]:
        now_ns = _ns(self._clock.now())
        positions = {one.file_id: one for one in (_decode(cursor) if cursor else [])}
        found = self._matching()
        known = dict(positions)
        for file_id, path in found.items():
            if file_id not in positions:
                positions[file_id] = self._begin(path, file_id, now_ns, known, first=cursor is None)
        in_order = sorted(positions.values(), key=lambda one: (found.get(one.file_id) == one.path, one.path))
        for position in in_order:
            for item, after in self._follow(position, found, known, positions, now_ns):
                positions.pop(position.file_id, None)
                if after is not None:
                    positions[after.file_id] = after
                yield Step(item, _encode(positions))
        yield Step(None, _encode(positions))

    def _matching(self) -> dict[FileId, str]:
        """The files that match now, each once however many names it has."""
        found: dict[FileId, str] = {}
        for pattern in self._patterns:
            for path in sorted(glob.glob(pattern, recursive=True)):
                status = _status(path)
                if status is None or path.endswith(COMPRESSED) or len(found) >= MAX_FILES:
                    continue
                if self._may_read(path):
                    found.setdefault((status.st_dev, status.st_ino), path)
        return found

    def _may_read(self, path: str) -> bool:
        """One file that is closed to us must not keep the others from being read."""
        if os.access(path, os.R_OK):
            self._closed_to_us.discard(path)
            return True
        if path not in self._closed_to_us:
            log.error("a log file may not be read, give langraph the right to", path=path)
            self._closed_to_us.add(path)
        return False

    def _begin(
        self, path: str, file_id: FileId, now_ns: int, known: dict[FileId, Position], *, first: bool
    ) -> Position:
        """Where to begin with a file not seen before: its start, or behind what its original had read of it."""
        fresh = Position(path, *file_id, born_ns=now_ns, read_ns=now_ns)
        descriptor = self._descriptor(file_id, path)
        if descriptor is None:
            return fresh
        status = os.fstat(descriptor)
        if first:
            in_use = now_ns - status.st_mtime_ns < _span(self._patience.first_lookback)
            offset = max(0, status.st_size - (FIRST_BYTES if in_use else 0))
            inside = offset > 0 and os.pread(descriptor, 1, offset - 1) != b"\n"
            return msgspec.structs.replace(fresh, offset=offset, mark=_mark(descriptor, offset), skipping=inside)
        for one in known.values():
            if _is_copy(descriptor, status.st_size, one) and os.path.dirname(one.path) == os.path.dirname(path):
                return msgspec.structs.replace(fresh, offset=one.offset, mark=one.mark, skipping=one.skipping)
        return fresh

    def _follow(
        self,
        position: Position,
        found: dict[FileId, str],
        known: dict[FileId, Position],
        positions: dict[FileId, Position],
        now_ns: int,
    ) -> Iterator[tuple[LogPage | Gap | None, Position | None]]:
        """What is new in one file, with the position behind it; None when we are done with the file."""
        descriptor = self._descriptor(position.file_id, found.get(position.file_id) or position.path)
        if descriptor is None:
            reason = f"{position.path} was removed before its end could be read"
            yield Gap(self.name, position.read_ns, now_ns, reason), None
            return
        size = os.fstat(descriptor).st_size
        if size < position.offset or _mark(descriptor, position.offset) != position.mark:
            copied = any(one.mark == position.mark and one.path != position.path for one in positions.values())
            yield from self._before_truncation(position, now_ns, found_copy=copied and position.offset > 0)
            position = Position(position.path, *position.file_id, born_ns=now_ns, read_ns=now_ns)
            yield None, position
        quiet_ns = self._quiet_for(position.file_id, size, now_ns)
        for cutting in self._cuttings(descriptor, position, final=quiet_ns >= _span(self._patience.settle)):
            page = self._page(position, cutting, now_ns)
            offset = position.offset + cutting.consumed
            position = msgspec.structs.replace(
                position, offset=offset, mark=_mark(descriptor, offset), skipping=cutting.skipping, read_ns=now_ns
            )
            yield page, position
        if position.file_id not in found and self._is_over(descriptor, position, quiet_ns):
            os.close(self._descriptors.pop(position.file_id))
            self._quiet.pop(position.file_id, None)
            yield None, None

    def _before_truncation(
        self, position: Position, now_ns: int, *, found_copy: bool
    ) -> Iterator[tuple[LogPage | Gap | None, Position | None]]:
        """What was written between our last look and the truncation: in the copy that `copytruncate` left, or lost."""
        if found_copy or not position.offset:
            return
        for path in _siblings(position.path):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if not _is_copy(descriptor, os.fstat(descriptor).st_size, position):
                    continue
                at = position
                for cutting in self._cuttings(descriptor, at, final=True):
                    offset = at.offset + cutting.consumed
                    page = self._page(at, cutting, now_ns)
                    at = msgspec.structs.replace(at, offset=offset, mark=_mark(descriptor, offset))
                    yield page, at
                return
            finally:
                os.close(descriptor)
        log.warning("a file was truncated", path=position.path, offset=position.offset)
        reason = f"{position.path} was truncated; lines written since the last look at it may be lost"
        yield Gap(self.name, position.read_ns, now_ns, reason), position

    def _cuttings(self, descriptor: int, position: Position, *, final: bool) -> Iterator[Cutting]:
        offset, skipping = position.offset, position.skipping
        while block := os.pread(descriptor, BLOCK_BYTES, offset):
            full = len(block) == BLOCK_BYTES
            cutting = cut_block(block, offset, final=final and not full, full=full, skipping=skipping)
            if not cutting.consumed:
                return
            offset, skipping = offset + cutting.consumed, cutting.skipping
            yield cutting

    def _page(self, position: Position, cutting: Cutting, now_ns: int) -> LogPage | None:
        if not cutting.events:
            return None
        labels = {"filename": position.path}
        born = f"{position.path}\0{position.device}\0{position.inode}\0{position.born_ns}\0"
        return LogPage(
            [event.text for event in cutting.events],
            [stamped_ns(event.text, now_ns) for event in cutting.events],
            [_key(born, event.offset, event.text) for event in cutting.events],
            [labels] * len(cutting.events),
        )

    def _quiet_for(self, file_id: FileId, size: int, now_ns: int) -> int:
        """Nanoseconds since the file last grew, as far as we saw."""
        before, since_ns = self._quiet.get(file_id, (-1, now_ns))
        if before != size:
            since_ns = now_ns
        self._quiet[file_id] = (size, since_ns)
        return now_ns - since_ns

    def _is_over(self, descriptor: int, position: Position, quiet_ns: int) -> bool:
        """A file that no pattern finds any more: read to its end, and silent for long enough."""
        status = os.fstat(descriptor)
        wait = self._patience.settle if status.st_nlink == 0 else self._patience.linger
        return position.offset >= status.st_size and quiet_ns >= _span(wait)

    def _descriptor(self, file_id: FileId, path: str) -> int | None:
        """The open file; opened where it was, or where in its directory it was renamed to."""
        if file_id in self._descriptors:
            return self._descriptors[file_id]
        for candidate in (path, *_siblings(path)):
            status = _status(candidate)
            if status is not None and (status.st_dev, status.st_ino) == file_id:
                self._descriptors[file_id] = os.open(candidate, os.O_RDONLY | os.O_CLOEXEC)
                return self._descriptors[file_id]
        return None


def _mark(descriptor: int, offset: int) -> str:
    """Hash of the first bytes and of those before `offset`; empty at the start, where nothing was read."""
    if offset == 0:
        return ""
    head = os.pread(descriptor, min(MARK_BYTES, offset), 0)
    tail = os.pread(descriptor, min(MARK_BYTES, offset), max(0, offset - MARK_BYTES))
    return blake2b(head + tail, digest_size=8).hexdigest()


def _is_copy(descriptor: int, size: int, original: Position) -> bool:
    return 0 < original.offset <= size and _mark(descriptor, original.offset) == original.mark


def _key(born: str, offset: int, text: str) -> bytes:
    """16 bytes that identify an event: the file, when we began with it, the place, the text."""
    return blake2b(f"{born}{offset}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _status(path: str) -> os.stat_result | None:
    """Of a regular file, links followed; None for anything else."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _siblings(path: str) -> list[str]:
    """Plain files next to `path`, the newest first."""
    folder = os.path.dirname(path) or "."
    try:
        names = [os.path.join(folder, name) for name in os.listdir(folder) if not name.endswith(COMPRESSED)]
    except OSError:
        return []
    dated = [(status.st_mtime_ns, name) for name in names if name != path and (status := _status(name))]
    return [name for _, name in sorted(dated, reverse=True)[:MAX_SIBLINGS]]


def _encode(positions: dict[FileId, Position]) -> str:
    return msgspec.json.encode([positions[key] for key in sorted(positions)]).decode()


def _decode(cursor: str) -> list[Position]:
    return msgspec.json.decode(cursor, type=list[Position])


def _ns(at: datetime) -> int:
    """Unix nanoseconds, exact to the microsecond."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000


def _span(length: timedelta) -> int:
    return length // timedelta(microseconds=1) * 1_000
