"""Writes the parts of docs/ that state facts from the program itself, or checks that they are up to date.

    python scripts/docs.py --write
    python scripts/docs.py --check

A generated part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`; the rest of a page is by hand.
To add one: a function that returns Markdown, a line in `PARTS`, the two markers in the page.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from api.body_limit import MAX_ALERTS_BYTES, MAX_BODY_BYTES  # noqa: E402  # after the path is set
from api.counter import Counter  # noqa: E402
from api.keys import ApiKeys  # noqa: E402
from api.openapi import endpoints  # noqa: E402
from api.problems import KINDS  # noqa: E402
from langraph.cli import COMMANDS  # noqa: E402
from langraph.config.settings import Settings  # noqa: E402
from langraph.failpoint import NAMES  # noqa: E402
from langraph.graph import build  # noqa: E402
from langraph.metrics import Metrics  # noqa: E402
from langraph.models.runbook import Remedy  # noqa: E402
from langraph.runbooks.catalogue import load as load_runbooks  # noqa: E402
from services.api_server import build_app  # noqa: E402


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _description() -> dict[str, Any]:
    return build_app(_never, keys=ApiKeys()).openapi()


def _never() -> AbstractAsyncContextManager[Counter]:
    raise AssertionError("the documentation is written without starting anything")


def api_endpoints() -> str:
    """Every endpoint of the app."""
    rows = [
        (row.method, f"`{row.path}`", row.summary, "no" if row.is_open else "yes", ", ".join(row.statuses))
        for row in endpoints(_description())
    ]
    return table(("Method", "Path", "What it does", "Key", "Answers"), rows)


def api_problems() -> str:
    """Every kind of problem."""
    return table(("Status", "`type`", "Title"), [(str(kind.status), f"`{kind.urn}`", kind.title) for kind in KINDS])


def api_bodies() -> str:
    """The bodies that are taken, by example."""
    schemas = _description()["components"]["schemas"]
    parts = []
    for name, schema in schemas.items():
        if name.endswith("Asked") and schema.get("examples"):
            shown = "\n".join(json.dumps(example, ensure_ascii=False) for example in schema["examples"])
            parts.append(f"{schema['description']}\n\n```json\n{shown}\n```")
    return "\n\n".join(parts)


def api_limits() -> str:
    """How much a body may be."""
    return f"A body may be {MAX_BODY_BYTES:,} bytes long, one for `/api/alerts` {MAX_ALERTS_BYTES:,} bytes."


# --- settings ------------------------------------------------------------------------------------------------------


def settings() -> str:
    """Every setting."""
    rows = [
        (f"`{name.upper()}`", _default(field.default), _kind(name, field.annotation), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return table(("Setting", "Default", "Value", "Meaning"), rows)


def _default(value: object) -> str:
    """A default as one would write it."""
    if value is None or value == ():
        return "–"
    return f"`{_duration(value)}`" if isinstance(value, timedelta) else f"`{value}`"


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    size, unit = next(
        (size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if not seconds % size
    )
    return f"{seconds // size}{unit}"


def _kind(name: str, annotation: Any) -> str:
    """What may be written, in a word or two."""
    if annotation is not None and SecretStr in (annotation, *get_args(annotation)):
        return "secret"
    if name == "api_keys":
        return "list of secrets"
    if name.endswith("_url") and name != "database_url":
        return "http(s) address"
    kinds: Mapping[Any, str] = {timedelta: "duration", int: "number", Path: "path", tuple: "list", str: "text"}
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    return kinds[get_origin(annotation) or annotation]


# --- runbooks, metrics, commands -----------------------------------------------------------------------------------


def runbooks() -> str:
    """Every packaged runbook."""
    rows = [
        (
            f"`{book.id}`",
            f"`{book.category}`",
            book.title.en,
            _proposes(book.remedy),
            ", ".join(map(_code, book.alerts)),
        )
        for book in sorted(load_runbooks().runbooks.values(), key=lambda book: (str(book.category), book.id))
    ]
    return table(("Id", "Category", "Fault", "Proposes", "Alerts"), rows)


def _code(text: str) -> str:
    return f"`{text}`"


def _proposes(remedy: Remedy | None) -> str:
    if remedy is None:
        return "advice only"
    sign = {"multiply": "×", "add": "+", "set": "="}[remedy.op]
    where_unset = f", where unset {remedy.default}" if remedy.default else ""
    asks = " (weakens a guardrail)" if remedy.weakens_guardrail else ""
    return f"`{remedy.value_path}` {sign}{remedy.amount}{where_unset}{asks}"


def metrics() -> str:
    """Every metric."""
    rows = [(f"`{one.name}`", one.kind, ", ".join(map(_code, one.labels)), one.says) for one in Metrics().described]
    return table(("Metric", "Kind", "Labels", "Meaning"), rows)


def commands() -> str:
    """Every command."""
    return table(("Command", "What it does"), [(f"`langraph {name}`", says) for name, (_, says) in COMMANDS.items()])


# --- architecture --------------------------------------------------------------------------------------------------


def layers() -> str:
    """The import contract: a room may import those below it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    rooms = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return "```text\n" + "\n".join(rooms) + "\n```"


def doors() -> str:
    """The libraries that have one importer."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    rows = [
        (f"`{library}`", ", ".join(map(_code, contract["allowed_importers"])))
        for contract in contracts
        if contract["type"] == "protected"
        for library in contract["protected_modules"]
    ]
    return table(("Library", "Its door"), rows)


def graph() -> str:
    """The workflow as a drawing: dotted where the step chooses."""
    drawn = build().compile().get_graph()
    order = {name: number for number, name in enumerate(drawn.nodes)}
    edges = sorted(drawn.edges, key=lambda edge: (order[edge.source], order[edge.target]))
    lines = [f"    {_node(edge.source)} {'-.->' if edge.conditional else '-->'} {_node(edge.target)}" for edge in edges]
    return "```mermaid\nflowchart TD\n" + "\n".join(lines) + "\n```"


def _node(name: str) -> str:
    """Mermaid takes `end` for a keyword."""
    return {"__start__": "begin((start))", "__end__": "done((closed))"}.get(name, name)


def failpoints() -> str:
    """Where a test may kill the process."""
    return ", ".join(map(_code, sorted(NAMES)))


PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "docs/api.md": {
        "endpoints": api_endpoints,
        "bodies": api_bodies,
        "problems": api_problems,
        "limits": api_limits,
    },
    "docs/architecture.md": {"layers": layers, "doors": doors, "graph": graph, "failpoints": failpoints},
    "docs/settings.md": {"settings": settings},
    "docs/runbooks.md": {"runbooks": runbooks},
    "docs/metrics.md": {"metrics": metrics},
    "README.md": {"commands": commands},
}
"""By page: the generated parts and what makes them."""


def refreshed(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The page with its generated parts made anew.

    Raises:
        ValueError: a marker is missing.
    """
    for name, make in parts.items():
        found = re.search(rf"(?<=<!-- generated: {name} -->\n).*?(?=<!-- end: {name} -->)", page, re.DOTALL)
        if found is None:
            raise ValueError(f"the markers `generated: {name}` and `end: {name}` are missing; put them into the page")
        page = f"{page[: found.start()]}{make()}\n{page[found.end() :]}"
    return page


def outdated(root: Path = ROOT) -> list[str]:
    """The pages that no longer say what the program does."""
    return [path for path, parts in PARTS.items() if (old := (root / path).read_text("utf-8")) != refreshed(old, parts)]


def write(root: Path = ROOT) -> None:
    """Bring every page up to date."""
    for path, parts in PARTS.items():
        page = root / path
        page.write_text(refreshed(page.read_text("utf-8"), parts), "utf-8")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Generated parts of docs/.")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true", help="bring every page up to date")
    choice.add_argument("--check", action="store_true", help="name the pages that are not, and fail")
    if parser.parse_args(arguments).write:
        write()
        return 0
    old = outdated()
    for path in old:
        print(f"{path} is out of date; run `python scripts/docs.py --write`")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
