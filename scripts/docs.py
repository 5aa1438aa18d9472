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
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from api.body_limit import MAX_ALERTS_BYTES, MAX_BODY_BYTES  # noqa: E402  # after the path is set
from api.counter import Counter  # noqa: E402
from api.keys import ApiKeys  # noqa: E402
from api.openapi import endpoints  # noqa: E402
from api.problems import KINDS  # noqa: E402
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


PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "docs/api.md": {
        "endpoints": api_endpoints,
        "bodies": api_bodies,
        "problems": api_problems,
        "limits": api_limits,
    },
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
