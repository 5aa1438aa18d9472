"""Faults counted from a stream of any length, with as much kept of each as ranking needs. Memory is bounded."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from langraph.models.incident import Occurrence
from langraph.ranking import Ranked, rank
from langraph.runbooks.catalogue import Catalogue

KEPT = 512  # occurrences per fault; ranking weighs repetition up to 256, so every second one may go
MOST_FAULTS = 1_000  # kinds of fault told apart; a cluster has tens, a hostile text could name any number
MOST_SHOWN = 8  # occurrences of a fault with their text, as evidence

Name = tuple[str, str | None, str | None]
"""(category, app, namespace): what ranking calls one fault."""


@dataclass(slots=True)
class _Fault:
    count: int = 0
    last_ns: int = 0
    stride: int = 1
    """Every how many occurrences one is kept."""
    kept: list[Occurrence] = field(default_factory=list)
    """Without their texts; evenly spread over all of them."""
    shown: dict[tuple[str | None, str], Occurrence] = field(default_factory=dict)
    """The first of each runbook and message."""


class Tally:
    """Takes occurrences in, in the order of the stream."""

    def __init__(self) -> None:
        self._faults: dict[Name, _Fault] = {}
        self.uncounted = 0
        """Occurrences of faults beyond the first thousand kinds."""

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, occurrences: Iterable[Occurrence]) -> None:
        """Count them."""
        for seen in occurrences:
            name = (seen.category.value, seen.app, seen.namespace)
            fault = self._faults.get(name)
            if fault is None:
                if len(self._faults) >= MOST_FAULTS:
                    self.uncounted += 1
                    continue
                fault = self._faults[name] = _Fault()
            _count(fault, seen)

    def ranked(self, catalogue: Catalogue, span: tuple[int, int]) -> list[Ranked]:
        """Likeliest root cause first, with the true counts; see `ranking.rank`."""
        kept = [seen for fault in self._faults.values() for seen in (*fault.shown.values(), *fault.kept)]
        out = []
        for one in rank(kept, catalogue, span):
            fault = self._faults[one.category.value, one.app, one.namespace]
            out.append(replace(one, count=fault.count, last_ns=fault.last_ns))
        return out

    def evidence(self) -> list[Occurrence]:
        """The occurrences that still have their text."""
        return [seen for fault in self._faults.values() for seen in fault.shown.values()]


def _count(fault: _Fault, seen: Occurrence) -> None:
    fault.count += 1
    fault.last_ns = max(fault.last_ns, seen.at_ns)
    is_first = not any(runbook == seen.runbook for runbook, _ in fault.shown)
    if (seen.runbook, seen.template) not in fault.shown and (is_first or len(fault.shown) < MOST_SHOWN):
        fault.shown[seen.runbook, seen.template] = seen
        return
    if fault.count % fault.stride:
        return
    hosts = {"host": seen.facts["host"]} if "host" in seen.facts else {}
    fault.kept.append(replace(seen, text="", template="", labels={}, facts=hosts))
    if len(fault.kept) >= KEPT:
        fault.kept, fault.stride = fault.kept[::2], fault.stride * 2
