"""Places where a test may kill the process, to prove that nothing is lost or repeated there.

This is the one piece of module-level state in the program. A failpoint must be reachable from the deepest
function without every signature on the way carrying a switch that production never uses, and what it does
(killing the process) is as global as the state is. Unarmed, `reach` costs one comparison.
"""

import os
import signal

from langraph.errors import BadSetting

NAMES: frozenset[str] = frozenset(
    {
        "ledger.ingest.before",
        "ledger.ingest.after",
        "ledger.decide.before",
        "ledger.decide.after",
        "intent.before",
        "intent.after",
        "git.commit.before_fetch",
        "git.commit.before_push",
        "git.commit.after_push",
        "settle.before",
        "settle.after",
        "outbox.before_post",
        "outbox.after_post",
        "graph.node.before",
        "graph.node.after",
        "close.before",
        "close.after",
    }
)
"""Every failpoint there is. `reach` and `arm` take no other name, so a misspelt one cannot pass unnoticed."""


class _Armed:
    """Which failpoint is armed, and how often it may still be passed."""

    name: str | None = None
    left: int = 0


def arm(spec: str) -> None:
    """Kill the process the Nth time a failpoint is reached; replaces what was armed before.

    Args:
        spec: `name`, or `name:N` with N from 1 (default 1). Empty disarms.

    Raises:
        BadSetting: no such failpoint, or N is not a number from 1.
    """
    name, _, times = spec.strip().partition(":")
    if not name:
        _Armed.name, _Armed.left = None, 0
        return
    if name not in NAMES:
        raise BadSetting(f"There is no failpoint {name!r}; write one of: {', '.join(sorted(NAMES))}")
    if times and not (times.isascii() and times.isdigit() and int(times) >= 1):
        raise BadSetting(f"Failpoint {spec!r} counts from 1; write {name}:1 for the first time it is reached")
    _Armed.name, _Armed.left = name, int(times or 1)


def reach(name: str) -> None:
    """Say that the program is at `name`; the process dies here, nothing flushed, when that is what was armed."""
    assert name in NAMES, f"failpoint {name!r} is not declared in langraph.failpoint.NAMES"
    if _Armed.name != name:
        return
    _Armed.left -= 1
    if _Armed.left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
