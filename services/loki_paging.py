"""How many lines to ask for at once: by what pages weigh, what the server allows, and what did not arrive. Pure."""

import re
from collections.abc import Iterator

TARGET_PAGE_BYTES = 1_500_000  # a page beyond 4 MiB never arrives (gRPC between querier and frontend); a third is safe
TIE_PAGE_BYTES = 3_000_000  # where one nanosecond holds more than a page, fewer and larger pages; still below 4 MiB
FIRST_LIMIT = 1_000  # lines whose size we do not know yet: of 4 KB, still one message
GROWTH = 4  # at most, from page to page: the next lines may be longer than the last
ANSWER_OVERHEAD_BYTES = 3_500  # statistics that come with every answer
DEFAULT_MAX_ENTRIES = 5_000  # Loki's own default of max_entries_limit_per_query

_MAX_ENTRIES = re.compile(r"max entries limit .*\(\d+ > (\d+)\)", re.DOTALL)


class PageSizer:
    """The limit for the next page. One per source; pages of ticks and sweeps teach it alike."""

    def __init__(self) -> None:
        self.cap = DEFAULT_MAX_ENTRIES
        self.limit = FIRST_LIMIT
        self._line_bytes = TARGET_PAGE_BYTES / FIRST_LIMIT

    @property
    def tie_limit(self) -> int:
        """The limit where a single nanosecond is read."""
        by_size = int(TIE_PAGE_BYTES / self._line_bytes)
        return max(1, min(self.cap, max(self.limit, min(by_size, self.limit * GROWTH))))

    def arrived(self, lines: int, body_bytes: int) -> None:
        """Learn from a page."""
        want = self.limit * GROWTH
        if lines:
            self._line_bytes = max(1.0, (body_bytes - ANSWER_OVERHEAD_BYTES) / lines)
            want = min(want, int(TARGET_PAGE_BYTES / self._line_bytes))
        self.limit = max(1, min(want, self.cap))

    def too_large(self, limit: int) -> int | None:
        """Learn that a page of `limit` lines did not arrive; the limit to try, None when even one line did not."""
        if limit <= 1:
            self.limit = 1
            return None
        self.limit = max(1, min(self.limit, limit // 4))
        return self.limit

    def adopt(self, cap: int) -> None:
        """Learn what the server allows."""
        self.cap = max(1, cap)
        self.limit = min(self.limit, self.cap)


def named_cap(refusal: str) -> int | None:
    """The number that a `max entries limit` refusal names."""
    found = _MAX_ENTRIES.search(refusal)
    return int(found[1]) if found else None


def windows(since: int, until: int, length: int) -> Iterator[tuple[int, int]]:
    """`[since, until)` cut into pieces of at most `length`, oldest first."""
    while since < until:
        end = min(until, since + length)
        yield since, end
        since = end
