"""Measures how right langraph is on labelled cases: `make eval`, or `python -m tests.evaluation.run --help`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.evaluation.figures import Table, falls, table_of
from tests.evaluation.judging import Bench, Verdict
from tests.evaluation.loading import HERE, Case, all_cases
from tests.evaluation.report import as_markdown, as_text, write_failures, write_page

LEVELS = HERE / "levels.yaml"
PAGE = HERE.parents[1] / "docs" / "evaluation.md"
HEAD = """# The level below which no figure may fall (`make eval` fails then), as measured when it was recorded.
# Written by `make eval RECORD=1`; a figure that got better on purpose is recorded anew, one that fell is mended.
"""


def judged(cases: Sequence[Case]) -> list[Verdict]:
    """Every case put before langraph, in order."""
    apps = {app for case in cases for app in _apps(case)}
    bench = Bench(sorted(apps))
    return [bench.judge(case) for case in cases]


def read_levels() -> dict[str, dict[str, float]]:
    return yaml.safe_load(LEVELS.read_text(encoding="utf-8")) or {}


def write_levels(table: Table) -> None:
    levels = {name: {column: round(value.value, 4) for column, value in row.items()} for name, row in table.items()}
    LEVELS.write_text(HEAD + yaml.safe_dump(levels, sort_keys=False), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 when a figure is below its level."""
    asked = _parser().parse_args(arguments)
    known = all_cases(with_blind=not asked.dev_only)
    cases = [case for case in known if not asked.only or case.kind in asked.only]
    verdicts = judged(cases)
    table = table_of(verdicts)
    print(as_text(verdicts, table))
    if asked.failures:
        shown = [one for one in verdicts if one.case.split == "dev"]
        print(f"\n{write_failures(Path(asked.failures), shown)} failing cases are in {asked.failures}")
    if asked.only or asked.dev_only:
        return 0
    if asked.record:
        write_levels(table)
    fallen = falls(table, read_levels())
    for sentence in fallen:
        print(f"FELL: {sentence}", file=sys.stderr)
    if not asked.short:
        write_page(PAGE, as_markdown(verdicts, table))
    return 1 if fallen else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", metavar="FILE", help="write each failing dev case there, as YAML")
    parser.add_argument("--dev-only", action="store_true", help="judge dev cases only; for whoever makes rules")
    parser.add_argument("--only", action="append", choices=("event", "alert", "stream", "chart", "edit", "grouping"))
    parser.add_argument("--record", action="store_true", help="record the present figures as levels")
    is_short = os.environ.get("EVAL_SHORT", "") not in ("", "0")
    parser.add_argument("--short", action="store_true", default=is_short, help="leave docs/evaluation.md as it is")
    return parser


def _apps(case: Case) -> list[str]:
    """Which apps the case may be about."""
    app = case.expect.get("app") if case.kind in ("event", "alert") else None
    return [name for name in (app if isinstance(app, list) else [app]) if name]


if __name__ == "__main__":
    sys.exit(main())
