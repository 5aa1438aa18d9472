"""The figures as text for a terminal, as Markdown for docs/evaluation.md, and the failing cases for a file."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.evaluation.figures import COLUMNS, FIGURES, Table, Value, by_category, is_good, wrong_marks
from tests.evaluation.judging import Verdict

SHOWN_BY_CATEGORY = ("dev",)
"""Who knows which blind cases fail, by category, will tune on them."""
BEGIN, END = "<!-- figures: written by `make eval` -->", "<!-- end of figures -->"


def as_text(verdicts: Sequence[Verdict], table: Table) -> str:
    lines = [f"{'category':24}" + "".join(f"{column:>16}" for column in SHOWN_BY_CATEGORY)]
    for category, row in by_category(verdicts).items():
        lines.append(f"{category:24}" + "".join(f"{_cell(row, column):>16}" for column in SHOWN_BY_CATEGORY))
    lines.append("")
    lines.append(f"{'figure':24}" + "".join(f"{column:>16}" for column in COLUMNS) + "  aim")
    for name, row in table.items():
        aim = _aim(name)
        lines.append(f"{name:24}" + "".join(f"{_cell(row, column):>16}" for column in COLUMNS) + f"  {aim}")
    return "\n".join(lines)


def as_markdown(verdicts: Sequence[Verdict], table: Table) -> str:
    heads = " | ".join((*COLUMNS, "aim"))
    lines = [f"| figure | {heads} |", "|---|" + "---:|" * (len(COLUMNS) + 1)]
    for name, row in table.items():
        cells = " | ".join(_cell(row, column) for column in COLUMNS)
        lines.append(f"| {FIGURES[name].says} | {cells} | {_aim(name)} |")
    lines += ["", "| category | " + " | ".join(SHOWN_BY_CATEGORY) + " |", "|---|" + "---:|" * len(SHOWN_BY_CATEGORY)]
    for category, row in by_category(verdicts).items():
        lines.append(f"| `{category}` | " + " | ".join(_cell(row, column) for column in SHOWN_BY_CATEGORY) + " |")
    return "\n".join(lines)


def write_page(page: Path, markdown: str) -> None:
    """Put the figures between the page's markers.

    Raises:
        ValueError: the page has lost its markers.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no markers; write {BEGIN} and {END} where the figures belong")
    page.write_text(f"{before}{BEGIN}\n{markdown}\n{END}{after}", encoding="utf-8")


def write_failures(path: Path, verdicts: Sequence[Verdict]) -> int:
    """Each case whose answer was not right; returns how many."""
    failing = [one for one in verdicts if not is_good(one)]
    dumped = [
        {
            "id": one.case.id,
            "split": one.case.split,
            "file": one.case.file,
            "wrong": wrong_marks(one),
            "expected": _plain(one.expected),
            "got": _plain(one.got),
            "given": _given(one),
        }
        for one in failing
    ]
    path.write_text(yaml.safe_dump(dumped, allow_unicode=True, sort_keys=False, width=200), encoding="utf-8")
    return len(failing)


def _given(verdict: Verdict) -> object:
    given = verdict.case.given
    shown = {name: given[name] for name in ("log_text", "labels", "alert", "path", "value") if name in given}
    return _plain(shown)


def _plain(value: object) -> object:
    """Only what YAML writes plainly."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _cell(row: dict[str, Value], column: str) -> str:
    value = row[column]
    return f"{value.value:.1%} ({value.count})" if value.count else "-"


def _aim(name: str) -> str:
    figure = FIGURES[name]
    if figure.aim is None:
        return ""
    return f"{'≥' if figure.higher_is_better else '≤'} {figure.aim:.0%}"
