"""What a LogQL pipeline does to one line: filters, parsers, label filters, projections.

The leading line filters are kept apart as a predicate on the text alone, so that a store can remember its verdicts.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.sandbox.logql import Comparison, LabelFilter, LineFilter, Matcher, Parser, Projection, Stage
from services.sandbox.logql_lexer import LogQLError, duration_ns, size_bytes

JSON_ERROR = {
    "__error__": "JSONParserErr",
    "__error_details__": "Value looks like object, but can't find closing '}' symbol",
}
_LOGFMT_PAIR = re.compile(r'([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)')
_NOT_LABEL = re.compile(r"[^a-zA-Z0-9_]")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


@dataclass(slots=True)
class Row:
    """The labels of one line on its way through a pipeline, by where they come from."""

    stream: dict[str, str]
    metadata: dict[str, str]
    parsed: dict[str, str]

    def get(self, name: str) -> str | None:
        for labels in (self.parsed, self.metadata, self.stream):
            if name in labels:
                return labels[name]
        return None

    def keep(self, wanted: Callable[[str, str], bool]) -> None:
        """Leave only the labels for which `wanted(name, value)` holds."""
        for labels in (self.parsed, self.metadata, self.stream):
            for name in [n for n, v in labels.items() if not wanted(n, v)]:
                del labels[name]

    @property
    def labels(self) -> dict[str, str]:
        return {**self.stream, **self.metadata, **self.parsed}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages of a query, ready to run."""

    head: tuple[LineFilter, ...]
    """Leading line filters."""
    rest: tuple[Stage, ...]

    @property
    def key(self) -> str:
        """Names the verdict of `keeps`: equal for equal leading filters."""
        return " ".join(str(stage) for stage in self.head)

    def keeps(self, line: str) -> bool:
        """Whether the line passes the leading filters."""
        return all(filter_line(stage, line) for stage in self.head)

    def run(self, line: str, stream: Mapping[str, str], metadata: Mapping[str, str]) -> Row | None:
        """The labels after the remaining stages; None when one of them drops the line."""
        row = Row(dict(stream), dict(metadata), {})
        for stage in self.rest:
            if not _apply(stage, line, row):
                return None
        return row


def make_pipeline(stages: tuple[Stage, ...]) -> Pipeline:
    """Split the stages after the leading line filters."""
    head: list[LineFilter] = []
    for stage in stages:
        if not isinstance(stage, LineFilter):
            break
        head.append(stage)
    return Pipeline(tuple(head), stages[len(head) :])


def filter_line(stage: LineFilter, line: str) -> bool:
    """Whether one line filter lets the line pass; `or` joins its texts."""
    if stage.patterns:
        hit = any(pattern.search(line) for pattern in stage.patterns)
    else:
        hit = any(text in line for text in stage.texts)
    return hit == stage.op.startswith("|")


def _apply(stage: Stage, line: str, row: Row) -> bool:
    if isinstance(stage, LineFilter):
        return filter_line(stage, line)
    if isinstance(stage, LabelFilter):
        return _passes(stage, row)
    if isinstance(stage, Parser):
        _extract(stage.name, line, row)
    if isinstance(stage, Projection):
        _project(stage, row)
    return True


def _project(stage: Projection, row: Row) -> None:
    def named(name: str, value: str) -> bool:
        return name in stage.names or any(c.name == name and c.accepts(value) for c in stage.conditions)

    row.keep(named if stage.keep else lambda name, value: not named(name, value))


def _passes(stage: Matcher | Comparison | LabelFilter, row: Row) -> bool:
    if isinstance(stage, LabelFilter):
        return (all if stage.every else any)(_passes(term, row) for term in stage.terms)
    value = row.get(stage.name)
    if isinstance(stage, Matcher):
        return stage.accepts(value or "")
    if value is None:
        return False
    number = _number(value, stage.unit)
    if number is None:
        row.parsed.setdefault("__error__", "LabelFilterErr")
        return True
    return _COMPARE[stage.op](number, stage.number)


def _number(text: str, unit: str) -> float | None:
    if unit == "bytes":
        return size_bytes(text)
    try:
        return duration_ns(text) / 1e9 if unit == "duration" else float(text)
    except (ValueError, LogQLError):
        return None


def _extract(parser: str, line: str, row: Row) -> None:
    found = _json_fields(line) if parser == "json" else _logfmt_fields(line)
    if found is None:
        row.parsed.update(JSON_ERROR)
        return
    for name, value in found.items():
        taken = name in row.stream or name in row.metadata
        row.parsed.setdefault(f"{name}_extracted" if taken else name, value)


def _logfmt_fields(line: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, in_quotes, bare in _LOGFMT_PAIR.findall(line):
        value = re.sub(r"\\(.)", r"\1", in_quotes) or bare
        if value:
            fields.setdefault(_label_name(name), value)
    return fields


def _json_fields(line: str) -> dict[str, str] | None:
    try:
        tree = json.loads(line, parse_float=str, parse_int=str)
    except ValueError:
        return None
    if not isinstance(tree, dict):
        return None
    fields: dict[str, str] = {}
    _flatten(tree, "", fields)
    return fields


def _flatten(tree: Mapping[str, object], prefix: str, fields: dict[str, str]) -> None:
    for name, value in tree.items():
        label = prefix + _label_name(name)
        if isinstance(value, dict):
            _flatten(value, label + "_", fields)
        elif isinstance(value, bool):
            fields.setdefault(label, str(value).lower())
        elif isinstance(value, str):
            fields.setdefault(label, value)


def _label_name(name: str) -> str:
    safe = _NOT_LABEL.sub("_", name)
    return "_" + safe if safe[:1].isdigit() else safe
