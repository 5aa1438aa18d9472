"""The pattern file of one category and app: what the loop learned, for people to read, correct and overrule. Pure.

Read strictly, because it decides what is proposed; written always the same way, because it is reviewed as a diff.
"""

import json
import re
from collections.abc import Mapping

from langraph.errors import BadInput
from langraph.learning.steps import read, write
from langraph.learning.tried import is_app_name
from langraph.models.incident import Category
from langraph.models.learning import ALL_APPS, Factor, Lesson, Move, Pattern, Result
from langraph.redact import printable

FOLDER = "examples/learning"
MAX_BYTES = 512 * 1024  # bytes; some hundred patterns with their words
MAX_PATTERNS = 500  # of one app and category; nobody reviews more
MAX_FEEDBACK = 2000  # characters
MAX_COUNT = 10**6  # incidents; above, it is a slip of the keyboard

FIELDS = ("error_category", "app_name", "patterns", "recommended_action", "derived_action")
PATTERN_FIELDS = ("original_action", "result", "feedback", "improved_action", "success_count", "failure_count")
OPTIONAL = frozenset({"derived_action", "feedback", "improved_action"})

_PATH = re.compile(rf"{FOLDER}/([a-z]+(?:_[a-z]+)*)_([a-z0-9.-]+|_all)_patterns\.json", re.ASCII)


def lesson_path(category: Category, app: str) -> str:
    """Where the lesson of a category and an app is kept in the repository.

    Raises:
        BadInput: the app's name is none that Kubernetes takes.
    """
    if app != ALL_APPS and not is_app_name(app):
        raise BadInput(f"app {app!r:.80} is no name for a pattern file; use lower-case letters, digits and hyphens")
    return f"{FOLDER}/{category}_{'_all' if app == ALL_APPS else app}_patterns.json"


def whose(path: str) -> tuple[Category, str]:
    """The category and the app (`*` for all) that a path stands for.

    Raises:
        BadInput: it stands for none.
    """
    found = _PATH.fullmatch(path)
    category = None if found is None else next((one for one in Category if one == found[1]), None)
    app = ALL_APPS if found is not None and found[2] == "_all" else found[2] if found is not None else ""
    if category is None or (app != ALL_APPS and not is_app_name(app)):
        raise BadInput(
            f"{path!r:.120} is no pattern file; name it {FOLDER}/<category>_<app>_patterns.json, "
            "or <category>__all_patterns.json"
        )
    return category, app


def lesson_bytes(lesson: Lesson) -> bytes:
    """The file's content; the same lesson always gives the same bytes.

    Raises:
        BadInput: no file can be named after the lesson's app.
    """
    lesson_path(lesson.category, lesson.app)
    content = {
        "error_category": str(lesson.category),
        "app_name": lesson.app,
        "patterns": [_written(pattern) for pattern in in_order(lesson.patterns)],
        "recommended_action": _line(lesson.recommended),
        "derived_action": _line(lesson.derived),
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8", errors="backslashreplace")


def in_order(patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """Patterns in the order in which the file has them."""
    return tuple(sorted(patterns, key=lambda pattern: write(pattern.original)))


def parse_lesson(source: bytes, path: str) -> Lesson:
    """The lesson in a pattern file.

    Args:
        source: the file's bytes.
        path: where it was found; says which category and app it must be about.

    Raises:
        BadInput: not exactly a pattern file; names the field, its value, the cure.
    """
    category, app = whose(path)
    data = _object(_json(source, path), path, FIELDS)
    if data["error_category"] != category or data["app_name"] != app:
        raise BadInput(
            f"{path}: `error_category` and `app_name` are {data['error_category']!r:.40} and {data['app_name']!r:.80}, "
            f"the file's name says {str(category)!r} and {app!r}; make them agree"
        )
    items = data["patterns"]
    if not isinstance(items, list) or len(items) > MAX_PATTERNS:
        raise _wrong(path, "patterns", items, f"a list of at most {MAX_PATTERNS} patterns")
    patterns = tuple(_pattern(item, f"{path}: patterns[{i}]", app) for i, item in enumerate(items))
    _refuse_twice(patterns, path)
    recommended = _move(data, "recommended_action", path, app)
    return Lesson(category, app, in_order(patterns), recommended, _move(data, "derived_action", path, app))


def _written(pattern: Pattern) -> dict[str, object]:
    return {
        "original_action": write(pattern.original),
        "result": str(pattern.result),
        "feedback": pattern.feedback,
        "improved_action": _line(pattern.improved),
        "success_count": pattern.success_count,
        "failure_count": pattern.failure_count,
    }


def _line(move: Move | None) -> str | None:
    return None if move is None else write(move)


# --- reading -------------------------------------------------------------------------------------------------------


def _json(source: bytes, path: str) -> object:
    if len(source) > MAX_BYTES:
        raise BadInput(f"{path} has {len(source)} bytes and may have {MAX_BYTES}; remove old patterns")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        data = dict(pairs)
        if len(data) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise BadInput(f"{path} has the field {twice!r:.80} twice in one object; keep one of the two")
        return data

    try:
        return json.loads(source.decode("utf-8-sig"), object_pairs_hook=once)
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"{path} is no JSON that can be read ({problem!s:.120}); correct it or delete it") from problem


def _object(data: object, where: str, fields: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise BadInput(f"{where} is {data!r:.80}; write an object with the fields {', '.join(fields)}")
    unknown = next((name for name in data if name not in fields), None)
    if unknown is not None:
        raise BadInput(f"{where} has the unknown field {unknown!r:.80}; use {', '.join(fields)}")
    missing = next((name for name in fields if name not in data and name not in OPTIONAL), None)
    if missing is not None:
        raise BadInput(f"{where} has no field `{missing}`; add it")
    return data


def _pattern(item: object, where: str, app: str) -> Pattern:
    data = _object(item, where, PATTERN_FIELDS)
    original = _move(data, "original_action", where, app)
    if original is None:
        raise _wrong(where, "original_action", None, "an action such as `resources.limits.memory 512Mi -> 1Gi`")
    result = next((one for one in Result if one == data["result"]), None)
    if result is None:
        raise _wrong(where, "result", data["result"], f"one of {', '.join(Result)}")
    return Pattern(
        original,
        result,
        _feedback(data, where),
        _move(data, "improved_action", where, app),
        _count(data, "success_count", where),
        _count(data, "failure_count", where),
    )


def _move(data: Mapping[str, object], name: str, where: str, app: str) -> Move | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong(where, name, value, "an action as text, or null")
    try:
        move = read(value)
    except BadInput as problem:
        raise BadInput(f"{where}: `{name}`: {problem}") from problem
    if app == ALL_APPS and not isinstance(move, Factor):
        raise _wrong(where, name, value, "a factor such as `resources.limits.memory x2`: amounts differ between apps")
    return move


def _feedback(data: Mapping[str, object], where: str) -> str:
    value = data.get("feedback")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_FEEDBACK:
        raise _wrong(where, "feedback", value, f"a text of at most {MAX_FEEDBACK} characters")
    return printable(value).encode("utf-8", errors="replace").decode()


def _count(data: Mapping[str, object], name: str, where: str) -> int:
    value = data[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise _wrong(where, name, value, f"a whole number from 0 to {MAX_COUNT}")
    return value


def _refuse_twice(patterns: tuple[Pattern, ...], path: str) -> None:
    seen: set[Move] = set()
    for pattern in patterns:
        if pattern.original in seen:
            raise BadInput(f"{path} has two patterns for {write(pattern.original)!r:.120}; keep one of the two")
        seen.add(pattern.original)


def _wrong(where: str, name: str, value: object, cure: str) -> BadInput:
    return BadInput(f"{where}: `{name}` is {value!r:.80}; write {cure}")
