"""The machine's own clock."""

from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock` by the system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)
