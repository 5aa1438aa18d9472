"""How a polling loop keeps its beat: an interval when all is well, back-off with full jitter when not."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from langraph.errors import BadQuery, BadSetting, LedgerBusy, SourceUnavailable

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how patiently."""

    interval_s: float = 10.0  # LOG_MONITOR_INTERVAL's default
    first_backoff_s: float = 1.0  # a restarting server is back within seconds
    longest_backoff_s: float = 60.0  # a minute more on an outage of hours is nothing; more would be noticed
    misconfigured_s: float = 60.0  # people mend settings at the server; nobody waits longer than a minute to see it
    sleep: Sleep = asyncio.sleep
    dice: random.Random = field(default_factory=random.Random)

    def after_failures(self, failures: int, retry_after: float | None) -> float:
        """Seconds to wait: full jitter under a doubling ceiling, never less than the server asked for."""
        doublings = min(failures - 1, 16)  # 2**16 is past every ceiling
        ceiling = min(self.longest_backoff_s, self.first_backoff_s * 2**doublings)
        return max(self.dice.uniform(0, ceiling), retry_after or 0.0)


async def keep_doing(
    name: str, step: Callable[[], Awaitable[object]], pace: Pace, on_error: Callable[[str], None]
) -> None:
    """Call `step` for ever. What it cannot do now it is asked again for; what is broken ends the loop.

    Args:
        name: of the loop, for its log events.
        step: one round; raises SourceUnavailable or LedgerBusy (again soon), BadQuery or BadSetting (again slowly).
        pace: the beat.
        on_error: told `unavailable`, `ledger` or `bad_query`.
    """
    failures = 0
    while True:
        try:
            await step()
        except (SourceUnavailable, LedgerBusy) as error:
            failures += 1
            retry_after = error.retry_after if isinstance(error, SourceUnavailable) else None
            wait_s = pace.after_failures(failures, retry_after)
            on_error("ledger" if isinstance(error, LedgerBusy) else "unavailable")
            log.warning("not read, tried again", loop=name, why=str(error), failures=failures, wait_s=round(wait_s, 3))
        except (BadQuery, BadSetting) as error:
            wait_s = pace.misconfigured_s
            on_error("bad_query")
            log.error("not read until somebody mends it", loop=name, why=str(error), wait_s=wait_s)
        else:
            wait_s = pace.interval_s
            if failures:
                log.info("reads again", loop=name, failures=failures)
            failures = 0
        await pace.sleep(wait_s)
