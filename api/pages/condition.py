"""How langraph itself is: sources, queue, runs, outbox, needs; the policy in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from api.counter import Counter
from api.pages.frame import Viewer
from langraph.errors import BadSetting, GitUnavailable
from langraph.models.text import Text
from langraph.policy import NEVER
from langraph.policy_file import Policy
from langraph.ports import Gap
from langraph.texts import page as words
from langraph.texts import page_system as say

GAPS_SHOWN = 50  # newest ones; all of them are in the ledger
MESSAGES_SHOWN = 20

_SAMPLE = re.compile(r"([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Source:
    """One source of events, as our own metrics tell of it."""

    name: str
    lag: timedelta | None
    lines: int
    errors: int
    lost: int


@dataclass(frozen=True, slots=True)
class Hole:
    """A gap with readable times."""

    source: str
    since: datetime
    until: datetime
    lines: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule of the policy."""

    name: str
    keys: tuple[str, ...]
    may: Text


async def condition(counter: Counter, viewer: Viewer) -> dict[str, object]:
    """What `system.html` speaks of.

    Raises: LedgerBusy.
    """
    ledger = counter.ledger
    numbers = Numbers.parse(counter.metrics.render()[0].decode("utf-8", "replace"))
    outbox = await ledger.outbox()
    return {
        "sources": sources(numbers),
        "gaps": _holes(await ledger.gaps()),
        "needs": await _needs(counter, viewer),
        "work": await _work(counter, numbers),
        "outbox": outbox[:MESSAGES_SHOWN],
        "outbox_left": max(0, len(outbox) - MESSAGES_SHOWN),
        "head": await _head(counter),
        **_policy(viewer),
    }


async def _work(counter: Counter, numbers: "Numbers") -> list[tuple[Text, str | Text]]:
    ledger, now = counter.ledger, counter.clock.now()
    runs = numbers.total("langraph_drive_seconds_count")
    mean = numbers.total("langraph_drive_seconds_sum") / runs if runs else None
    return [
        (say.OPEN, f"{len(await ledger.open_ids()):,}"),
        (say.QUEUE, f"{numbers.total('langraph_queue_length'):,.0f}"),
        (say.DUE, f"{len(await ledger.due(now)):,}"),
        (say.INTENTS, f"{len(await ledger.intents()):,}"),
        (say.RUNS, f"{runs:,.0f}"),
        (say.RUN_TIME, f"{mean * 1000:,.0f} ms" if mean is not None else words.NO_DATA),
        (say.FAILED_RUNS, f"{numbers.total('langraph_drive_errors_total'):,.0f}"),
        (say.DELAYED_RUNS, f"{numbers.total('langraph_drive_delays_total'):,.0f}"),
    ]


async def _needs(counter: Counter, viewer: Viewer) -> list[tuple[str, bool, str]]:
    """(name, whether it is there, what is wrong); why something is missing names addresses, so approvers read it."""
    found = await counter.readiness()
    return [
        (name, trouble is None, (trouble or "") if viewer.may_decide else "") for name, trouble in sorted(found.items())
    ]


async def _head(counter: Counter) -> str | None:
    try:
        return await counter.git.head()
    except (GitUnavailable, BadSetting):
        return None


def _policy(viewer: Viewer) -> dict[str, object]:
    if viewer.rules is None:
        return {"policy": None, "rules": [], "budget": None, "second": None, "people": [], "never": NEVER}
    policy = viewer.rules.policy
    return {
        "policy": policy,
        "rules": [RuleInWords(one.name, tuple(key.text for key in one.keys), say.rule(one)) for one in policy.rules],
        "budget": say.budget(policy),
        "second": say.SECOND_WORDS[policy.modified_needs_approval],
        "people": people(policy, shown=viewer.may_decide),
        "never": NEVER,
    }


def people(policy: Policy, *, shown: bool) -> list[tuple[Text, tuple[str, ...], int]]:
    """(list, who is on it, how many); names only where they may be shown."""
    lists = ((say.APPROVERS, policy.approvers), (say.STRONGER, policy.stronger))
    return [(title, names if shown else (), len(names)) for title, names in lists]


def sources(numbers: "Numbers") -> list[Source]:
    """Every source that any of our metrics names."""
    names = sorted({label for name in _OF_SOURCES for label in numbers.by(name, "source")})
    lag, lines, errors, lost = (numbers.by(name, "source") for name in _OF_SOURCES)
    return [
        Source(
            name,
            timedelta(seconds=lag[name]) if name in lag else None,
            int(lines.get(name, 0)),
            int(errors.get(name, 0)),
            int(lost.get(name, 0)),
        )
        for name in names
    ]


_OF_SOURCES = (
    "langraph_source_lag_seconds", "langraph_log_lines_total", "langraph_source_errors_total",
    "langraph_gap_lines_total",
)  # fmt: skip


def _holes(gaps: Sequence[Gap]) -> list[Hole]:
    newest = sorted(gaps, key=lambda gap: gap.until_ns, reverse=True)[:GAPS_SHOWN]
    return [Hole(gap.source, _at(gap.since_ns), _at(gap.until_ns), gap.lines, gap.reason) for gap in newest]


def _at(ns: int) -> datetime:
    return datetime.fromtimestamp(min(max(ns, 0), 4_102_444_800 * 10**9) / 1e9, UTC)  # until 2100: what a page shows


class Numbers:
    """Our own metrics, read back from the exposition."""

    def __init__(self, samples: Sequence[tuple[str, Mapping[str, str], float]]) -> None:
        self._samples = samples

    @classmethod
    def parse(cls, exposition: str) -> "Numbers":
        """What is not a sample is passed over."""
        found = []
        for line in exposition.splitlines():
            match = None if line.startswith("#") else _SAMPLE.fullmatch(line)
            if match is None:
                continue
            try:
                value = float(match[3])
            except ValueError:
                continue
            if value - value == 0:  # neither infinite nor no number
                found.append((match[1], dict(_LABEL.findall(match[2] or "")), value))
        return cls(found)

    def total(self, name: str) -> float:
        """The sum over all labels; 0 when there is none."""
        return sum(value for known, _, value in self._samples if known == name)

    def by(self, name: str, label: str) -> dict[str, float]:
        """The sums by one label."""
        out: dict[str, float] = {}
        for known, labels, value in self._samples:
            if known == name and label in labels:
                out[labels[label]] = out.get(labels[label], 0) + value
        return out
