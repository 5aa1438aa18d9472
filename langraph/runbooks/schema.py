"""YAML text to runbooks, strictly: a file with a mistake is refused whole, with the place and the cure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from langraph.amounts import KINDS
from langraph.errors import BadRunbook
from langraph.models.incident import Category, Severity
from langraph.models.runbook import EvidenceQuery, Pattern, Remedy, Runbook
from langraph.models.text import Text
from langraph.runbooks.regex import RegexRefused, check
from langraph.runbooks.scanner import refuse_nonlinear

SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Plain data only; the C form, where PyYAML has it, is ten times faster."""
RUNBOOK_ID = re.compile(r"[a-z][a-z0-9_]{2,63}\Z")
OPERATIONS = frozenset({"multiply", "add", "set"})
UNITS = frozenset({"bytes", "ratio", "count", "seconds", "cores"})
ALERT_NAME = re.compile(r"[A-Za-z0-9_ :.\-]{2,100}\Z")
NUMBER = re.compile(r"\d+(?:\.\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of one runbook, as the matcher needs it."""

    runbook: Runbook
    pattern: Pattern
    hard: bool
    """True: a signature that counts whatever level the line says it has (the kernel's OOM killer, ...)."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are in a file, for the error."""

    file: str
    runbook: str
    field: str = ""

    def at(self, name: str) -> "_Place":
        return _Place(self.file, self.runbook, f"{self.field}.{name}" if self.field else name)

    def refuse(self, value: object, cure: str) -> BadRunbook:
        shown = repr(value)
        shown = shown if len(shown) <= 120 else shown[:117] + "..."
        return BadRunbook(f"{self.file}: runbook {self.runbook}: {self.field or 'entry'}={shown}: {cure}.")


def documents(text: str, file: str) -> Any:
    """The YAML of `text` as plain data.

    Raises:
        BadRunbook: not YAML, or more than plain data.
    """
    try:
        return yaml.load(text, Loader=SAFE_LOADER)  # noqa: S506  # the C form of the safe loader
    except yaml.YAMLError as error:
        raise BadRunbook(f"{file}: this is not YAML ({' '.join(str(error).split())}); correct it.") from error


def read(path: Path, *, packaged: bool = False) -> list[tuple[Runbook, tuple[Rule, ...]]]:
    """Every runbook of one file with its rules.

    Args:
        packaged: our own file, whose regexes the tests have checked: spares a second at start.

    Raises:
        BadRunbook: the file cannot be read or breaks the schema.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRunbook(f"{path}: cannot be read ({error}); make it a readable UTF-8 file.") from error
    return entries(text, path.name, packaged=packaged)


def entries(text: str, file: str, *, packaged: bool = False) -> list[tuple[Runbook, tuple[Rule, ...]]]:
    """Every runbook of a file's text with its rules.

    Args:
        text: YAML of the form `runbooks: [{id: ..., ...}]`.
        file: name for errors.
        packaged: as in `read`.

    Raises:
        BadRunbook: naming file, runbook, field, value and cure.
    """
    top = _Place(file, "-")
    data = _fields(documents(text, file), {"runbooks"}, {"runbooks"}, top)
    out = [_runbook(item, file, n) for n, item in enumerate(_list(data["runbooks"], top.at("runbooks")))]
    if not packaged:
        _check_regexes([one for _, rules in out for one in _regexes(rules, file)])
    seen: set[str] = set()
    for runbook, _ in out:
        if runbook.id in seen:
            raise _Place(file, runbook.id, "id").refuse(runbook.id, "it is there twice; rename or remove one")
        seen.add(runbook.id)
    return out


REQUIRED = {"id", "category", "title", "severity", "rank", "cause", "advice"}
KNOWN = REQUIRED | {"patterns", "alerts", "remedy", "own_limit", "evidence", "ruled_out", "sources"}


def _runbook(item: Any, file: str, number: int) -> tuple[Runbook, tuple[Rule, ...]]:
    name = item.get("id") if isinstance(item, Mapping) else None
    place = _Place(file, str(name or f"number {number + 1}"))
    data = _fields(item, REQUIRED, KNOWN, place)
    patterns = [_pattern(p, at) for p, at in _each(data, "patterns", place)]
    runbook = Runbook(
        id=_string(data["id"], place.at("id"), RUNBOOK_ID, "use 3 to 64 of a-z, 0-9 and _"),
        category=_category(data["category"], place.at("category")),
        title=_text(data["title"], place.at("title")),
        severity=_severity(data["severity"], place.at("severity")),
        rank=_rank(data["rank"], place.at("rank")),
        cause=_text(data["cause"], place.at("cause")),
        advice=tuple(_text(t, at) for t, at in _each(data, "advice", place)),
        patterns=tuple(pattern for pattern, _ in patterns),
        alerts=tuple(
            _string(a, at, ALERT_NAME, "write an alert rule's name") for a, at in _each(data, "alerts", place)
        ),
        remedy=_remedy(data, "remedy", place),
        own_limit=_remedy(data, "own_limit", place),
        evidence=tuple(_query(q, at) for q, at in _each(data, "evidence", place)),
        ruled_out=tuple(_text(t, at) for t, at in _each(data, "ruled_out", place)),
        sources=tuple(_string(s, at) for s, at in _each(data, "sources", place)),
    )
    if not runbook.patterns and not runbook.alerts:
        raise place.at("patterns").refuse([], "nothing can ever match; give a pattern or an alert name")
    return runbook, tuple(Rule(runbook, pattern, hard) for pattern, hard in patterns)


def _pattern(item: Any, place: _Place) -> tuple[Pattern, bool]:
    if isinstance(item, str):
        item = {"regex": item}
    data = _fields(item, {"regex"}, {"regex", "unless", "hard"}, place)
    unless = tuple(_string(u, at) for u, at in _each(data, "unless", place))
    return Pattern(_string(data["regex"], place.at("regex")), unless), _bool(data.get("hard", False), place.at("hard"))


def _regexes(rules: Sequence[Rule], file: str) -> Iterator[tuple[str, _Place]]:
    """Every regex of a runbook, and where it stands."""
    for number, rule in enumerate(rules):
        place = _Place(file, rule.runbook.id, f"patterns[{number}]")
        yield rule.pattern.regex, place.at("regex")
        yield from ((regex, place.at(f"unless[{n}]")) for n, regex in enumerate(rule.pattern.unless))


def _check_regexes(regexes: Sequence[tuple[str, _Place]]) -> None:
    """The engine is asked for all of a file's regexes at once: one by one takes a hundred times longer."""
    for regex, place in regexes:
        _refuse(check, regex, place)
    try:
        refuse_nonlinear([regex for regex, _ in regexes])
    except RegexRefused:
        for regex, place in regexes:
            _refuse(lambda one: refuse_nonlinear([one]), regex, place)
        raise


def _refuse(tried: Callable[[str], None], regex: str, place: _Place) -> None:
    try:
        tried(regex)
    except RegexRefused as error:
        raise place.refuse(regex, str(error)) from error


REMEDY_REQUIRED = {"action", "value_path", "op", "amount", "kind"}
REMEDY_KNOWN = REMEDY_REQUIRED | {
    "default",
    "restarts_pods",
    "weakens_guardrail",
    "names",
    "software",
    "below",
    "within",
}


def _remedy(runbook: Mapping[str, Any], name: str, above: _Place) -> Remedy | None:
    if runbook.get(name) is None:
        return None
    place = above.at(name)
    data = _fields(runbook[name], REMEDY_REQUIRED, REMEDY_KNOWN, place)
    amount = str(data["amount"])
    op = _choice(data["op"], OPERATIONS, place.at("op"))
    if op == "multiply" and not NUMBER.match(amount):
        raise place.at("amount").refuse(amount, "multiply needs a number such as 2 or 1.5")
    return Remedy(
        action=_text(data["action"], place.at("action")),
        value_path=_string(data["value_path"], place.at("value_path")),
        op=op,
        amount=amount,
        kind=_choice(data["kind"], frozenset(KINDS), place.at("kind")),
        default=None if data.get("default") is None else str(data["default"]),
        restarts_pods=_bool(data.get("restarts_pods", True), place.at("restarts_pods")),
        weakens_guardrail=_bool(data.get("weakens_guardrail", False), place.at("weakens_guardrail")),
        names=tuple(_string(name, at) for name, at in _each(data, "names", place)),
        software=tuple(_string(word, at) for word, at in _each(data, "software", place)),
        below=tuple(_string(word, at) for word, at in _each(data, "below", place)),
        within=None if data.get("within") is None else _string(data["within"], place.at("within")),
    )


def _query(item: Any, place: _Place) -> EvidenceQuery:
    data = _fields(item, {"name", "promql", "unit", "means"}, {"name", "promql", "unit", "means"}, place)
    return EvidenceQuery(
        name=_string(data["name"], place.at("name")),
        promql=" ".join(_string(data["promql"], place.at("promql")).split()),
        unit=_choice(data["unit"], UNITS, place.at("unit")),
        means=_text(data["means"], place.at("means")),
    )


def _fields(item: Any, required: set[str], known: set[str], place: _Place) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise place.refuse(item, f"write a mapping with {', '.join(sorted(required))}")
    for name in item:
        if name not in known:
            raise place.at(str(name)).refuse(item[name], f"unknown field; known are {', '.join(sorted(known))}")
    for name in sorted(required):
        if item.get(name) is None:
            raise place.at(name).refuse(None, "this field is missing; add it")
    return item


def _list(value: Any, place: _Place) -> list[Any]:
    if not isinstance(value, list):
        raise place.refuse(value, "write a list")
    return value


def _each(data: Mapping[str, Any], name: str, place: _Place) -> list[tuple[Any, _Place]]:
    items = _list(data.get(name) or [], place.at(name))
    return [(item, place.at(f"{name}[{n}]")) for n, item in enumerate(items)]


def _text(value: Any, place: _Place) -> Text:
    data = _fields(value, {"en", "ko"}, {"en", "ko"}, place)
    return Text(*(" ".join(_string(data[k], place.at(k)).split()) for k in ("en", "ko")))


def _string(value: Any, place: _Place, form: re.Pattern[str] | None = None, cure: str = "") -> str:
    if not isinstance(value, str) or not value.strip():
        raise place.refuse(value, "write a text that is not empty (quote it)")
    if form and not form.match(value):
        raise place.refuse(value, cure)
    return value


def _bool(value: Any, place: _Place) -> bool:
    if not isinstance(value, bool):
        raise place.refuse(value, "write true or false")
    return value


def _rank(value: Any, place: _Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise place.refuse(value, "write a whole number from 0 (symptom) to 100 (root cause)")
    return value


def _choice(value: Any, allowed: frozenset[str], place: _Place) -> str:
    if value not in allowed:
        raise place.refuse(value, f"use one of {', '.join(sorted(allowed))}")
    return str(value)


def _category(value: Any, place: _Place) -> Category:
    return Category(_choice(value, frozenset(Category), place))


def _severity(value: Any, place: _Place) -> Severity:
    return Severity(_choice(value, frozenset(Severity), place))
