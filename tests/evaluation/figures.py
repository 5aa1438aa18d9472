"""What is counted, and how it is shown: figures by name, for each half of the cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.evaluation.judging import Verdict
from tests.evaluation.loading import SPLITS


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over the verdicts that carry a mark of this name."""

    says: str
    higher_is_better: bool = True
    aim: float | None = None
    """What the project wants on cases that nobody tuned on."""


FIGURES = {
    "category": Figure("right category, single events and alerts", aim=0.95),
    "category_macro": Figure("right category, mean over the categories", aim=0.95),
    "category_event": Figure("right category, log events only"),
    "category_alert": Figure("right category, alerts only (as Alertmanager delivers them)"),
    "category_pasted_alert": Figure("right category, the same alerts pasted as JSON text"),
    "confidently_wrong": Figure("a wrong category other than `unknown`", False),
    "app": Figure("right app (none where nothing says it)", aim=0.90),
    "namespace": Figure("right namespace"),
    "severity": Figure("right severity, where the label says one"),
    "false_alarm": Figure("normal lines that raise anything", False, 0.01),
    "wrong_diff": Figure("a diff where no values change can help", False, 0.0),
    "root_first": Figure("streams: root cause (category and app) ranked first", aim=0.75),
    "root_category_first": Figure("streams: category of the root cause ranked first"),
    "root_in_top": Figure("streams: root cause among the first three"),
    "also_named": Figure("streams: labelled symptoms and second causes that are named"),
    "stream_false_alarm": Figure("streams without a fault that raise anything", False, 0.01),
    "target": Figure("charts: the right key, or candidates where it cannot be known"),
    "target_wrong": Figure("charts: another change than the right one", False, 0.0),
    "edit": Figure("edits: exact bytes, or refused where they must be", aim=1.0),
    "grouping": Figure("grouping accuracy, mean over the samples", aim=0.90),
}
COLUMNS = (*SPLITS, "all")


@dataclass(frozen=True, slots=True)
class Value:
    """One figure over one half of the cases."""

    value: float
    count: int


def is_good(verdict: Verdict) -> bool:
    """Whether nothing is wrong with the answer."""
    return not wrong_marks(verdict)


def wrong_marks(verdict: Verdict) -> list[str]:
    """The figures that this answer makes worse."""
    return [name for name, mark in verdict.marks.items() if mark != (1 if FIGURES[name].higher_is_better else 0)]


Table = dict[str, dict[str, Value]]
"""By figure, then by column; a figure without cases is left out."""


def table_of(verdicts: Sequence[Verdict]) -> Table:
    out: Table = {}
    for name in FIGURES:
        row = {column: _mean(_in(verdicts, column), name) for column in COLUMNS}
        if row["all"].count:
            out[name] = row
    return out


def by_category(verdicts: Sequence[Verdict]) -> Table:
    """Right category and count for each true category."""
    judged = [one for one in verdicts if "category" in one.marks]
    names = sorted({one.case.expect["category"] for one in judged})
    return {
        name: {
            column: _plain([one for one in _in(judged, column) if one.case.expect["category"] == name], "category")
            for column in COLUMNS
        }
        for name in names
    }


def falls(table: Table, levels: dict[str, dict[str, float]]) -> list[str]:
    """A sentence for each figure that is worse than its recorded level."""
    out = []
    for name, row in levels.items():
        for column, level in row.items():
            now = table[name][column].value if name in table else None
            if now is None:
                out.append(f"{name} ({column}) has a level but no cases any more; remove it from levels.yaml")
                continue
            worse = now < level - ROUNDING if FIGURES[name].higher_is_better else now > level + ROUNDING
            if worse:
                out.append(f"{name} ({column}) is {now:.4f}, its recorded level is {level:.4f}")
    return out


ROUNDING = 0.00005
"""Levels are written with four digits."""


def _in(verdicts: Sequence[Verdict], column: str) -> list[Verdict]:
    return [one for one in verdicts if column in ("all", one.case.split)]


def _mean(verdicts: Sequence[Verdict], name: str) -> Value:
    if name != "category_macro":
        return _plain(verdicts, name)
    judged = [one for one in verdicts if "category" in one.marks]
    categories = sorted({one.case.expect["category"] for one in judged})
    means = [_plain([o for o in judged if o.case.expect["category"] == c], "category").value for c in categories]
    return Value(sum(means) / len(means) if means else 0.0, len(means))


def _plain(verdicts: Sequence[Verdict], name: str) -> Value:
    marks = [float(one.marks[name]) for one in verdicts if name in one.marks]
    return Value(sum(marks) / len(marks) if marks else 0.0, len(marks))
