"""Reads the one nanosecond that holds more lines than a page: both ends, then halves of halves, then a gap."""

from collections.abc import AsyncIterator
from typing import Protocol

from langraph.ports import Gap, LogPage
from services.loki_split import best_split

MAX_PARTS = 128  # queries about one nanosecond: some 300,000 lines, more than a node's agents stamp alike


class PageReader(Protocol):
    """What reading a tie needs of Loki."""

    async def page(self, query: str, at_ns: int, *, backward: bool) -> tuple[LogPage, bool]:
        """The first lines of `[at_ns, at_ns + 1)`, or the last; and whether there may be more."""
        ...

    async def count(self, query: str, at_ns: int) -> int | None:
        """Lines of that nanosecond by Loki's own count; None when it would not say."""
        ...


async def read_tie(
    reader: PageReader, query: str, at_ns: int, source: str, max_parts: int = MAX_PARTS
) -> AsyncIterator[LogPage | Gap]:
    """Every line of one nanosecond, and a gap with the number of those that could not be read.

    A page from the front and one from the back hold everything when Loki counts no more lines than they have.
    Otherwise the query is cut in two that exclude each other, and each is read alike.

    Raises:
        SourceUnavailable: as `PageReader.page`.
    """
    parts, asked, complete = [query], 0, True
    read: set[bytes] = set()
    while parts:
        part = parts.pop()
        if asked >= max_parts:
            complete = False
            break
        asked += 1
        front, full = await reader.page(part, at_ns, backward=False)
        read.update(front.keys)
        yield front
        if not full:
            continue
        back, _ = await reader.page(part, at_ns, backward=True)
        read.update(back.keys)
        yield back
        if await _both_ends_hold_all(reader, part, at_ns, front, back):
            continue
        split = best_split(_joined(front, back))
        if split is None:
            complete = False
            continue
        parts += split.of(part)
    if not complete and (gap := await _gap(reader, query, at_ns, source, len(read))):
        yield gap


async def _both_ends_hold_all(reader: PageReader, part: str, at_ns: int, front: LogPage, back: LogPage) -> bool:
    """Overlap proves nothing: of several streams Loki may give the same ones first in both directions."""
    counted = await reader.count(part, at_ns)
    return counted is not None and counted <= len({*front.keys, *back.keys})


async def _gap(reader: PageReader, query: str, at_ns: int, source: str, read: int) -> Gap | None:
    counted = await reader.count(query, at_ns)
    if counted is not None and counted <= read:
        return None
    reason = "more lines in one nanosecond than Loki gives out, and no way to tell them apart"
    return Gap(source, at_ns, at_ns + 1, reason, None if counted is None else counted - read)


def _joined(front: LogPage, back: LogPage) -> LogPage:
    return LogPage(
        (*front.texts, *back.texts),
        (*front.at_ns, *back.at_ns),
        (*front.keys, *back.keys),
        (*front.labels, *back.labels),
    )
