"""Reads the labelled cases of the evaluation from their files."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from langraph.runbooks.schema import SAFE_LOADER

HERE = Path(__file__).parent
BLIND = HERE / "blind"
"""Cases whose failures nobody looks at: rules are never made from them."""
SPLITS = ("dev", "holdout")
NOTHING = (None, "none", "null", "negative", "benign")
"""How a case says that nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled case: what is given and what is right."""

    id: str
    kind: str
    """`event`, `alert`, `stream`, `chart`, `edit` or `grouping`."""
    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    file: str

    @property
    def split(self) -> str:
        """`holdout` is blind. Edits are right or wrong byte by byte, no rule is made from them: half of them each."""
        if self.kind == "edit":
            return SPLITS[hashlib.sha256(self.id.encode()).digest()[0] % 2]
        return SPLITS[self.file.startswith(BLIND.name)]


def all_cases(root: Path = HERE, *, with_blind: bool = True) -> list[Case]:
    """Every case there is, in the order of the files; the blind ones last.

    Args:
        with_blind: False leaves the blind ones unread, for whoever makes rules.

    Raises:
        ValueError: two cases have one id.
    """
    known = [*_events(root), *_streams(root), *_charts(root), *_edits(root), *_samples(root)]
    blind = root / BLIND.name
    unseen = [*_events(blind), *_streams(blind), *_charts(blind), *_samples(blind)] if with_blind else []
    cases = [*known, *(replace(case, file=f"{BLIND.name}/{case.file}") for case in unseen)]
    seen: dict[str, str] = {}
    for case in cases:
        if case.id in seen:
            raise ValueError(f"the id {case.id} is in {seen[case.id]} and in {case.file}; give one of them another")
        seen[case.id] = case.file
    return cases


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE_LOADER)  # the safe one, in C


def _events(root: Path) -> Iterator[Case]:
    for path in sorted((root / "cases").glob("*.yaml")):
        for entry in read(path) or ():
            kind = "alert" if "alert" in entry else "event"
            yield Case(entry["id"], kind, entry, entry["expect"] or {"category": None}, f"cases/{path.name}")


def _streams(root: Path) -> Iterator[Case]:
    library = read(root / "streams" / "_library.yaml")
    for path in sorted((root / "streams").glob("[!_]*.yaml")):
        for entry in read(path):
            yield Case(entry["id"], "stream", {**entry, "library": library}, entry["expect"], f"streams/{path.name}")


def _charts(root: Path) -> Iterator[Case]:
    for path in sorted((root / "charts").glob("*/case.yaml")):
        described = read(path)
        files = {where: (path.parent / name).read_bytes() for name, where in described["files"].items()}
        shared = {"files": files, "apps": described.get("apps", "")}
        for entry in described["cases"]:
            file = f"charts/{path.parent.name}/case.yaml"
            yield Case(entry["id"], "chart", {**shared, **entry["event"]}, entry["expect"], file)


def _edits(root: Path) -> Iterator[Case]:
    for entry in read(root / "edits.yaml"):
        base = entry.get("base")
        source = (root / "edit_files" / base).read_bytes() if base else entry["file"].encode()
        refused = entry.get("refused", False)
        expect = {"refused": True} if refused else {"bytes": _after(source, entry)}
        yield Case(entry["id"], "edit", {**entry, "source": source}, expect, "edits.yaml")


def _after(source: bytes, entry: Mapping[str, Any]) -> bytes:
    """The right bytes: given whole, or as one changed line, or as lines added after one."""
    if "want" in entry:
        whole: str = entry["want"]
        return whole.encode()
    lines = source.decode().split("\n")
    if "line" in entry:
        lines[entry["line"] - 1] = entry["becomes"]
    else:
        lines[entry["after"] : entry["after"]] = entry["add"]
    return "\n".join(lines).encode()


def _samples(root: Path) -> Iterator[Case]:
    for path in sorted((root / "grouping").glob("*.yaml")):
        yield Case(f"grouping-{path.stem}", "grouping", read(path), {}, f"grouping/{path.name}")
