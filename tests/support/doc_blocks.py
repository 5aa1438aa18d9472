"""Examples in the documentation, found by a marker above them, to be run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"^<!-- test: (?P<kind>[a-z]+)(?:, (?P<options>[^>]*?))? -->\n```[a-z]*\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_MARKED = re.compile(r"^<!-- test: ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One marked example."""

    page: str
    line: int
    kind: str
    options: tuple[str, ...]
    body: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a `console` block, and what it prints: `...` stands for whatever, within a line or for lines."""

    command: str
    prints: tuple[str, ...]


def pages() -> list[Path]:
    """Every page of documentation."""
    return [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(kind: str) -> list[Block]:
    """Every marked code block of a kind."""
    return [block for page in pages() for block in _blocks(page) if block.kind == kind]


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        options = tuple(part.strip() for part in (found["options"] or "").split(",") if part.strip())
        line = text.count("\n", 0, found.start()) + 2
        yield Block(page.relative_to(ROOT).as_posix(), line, found["kind"], options, found["body"])


def marked(page: Path) -> int:
    """How many examples of a page are marked as tested."""
    return len(_MARKED.findall(page.read_text("utf-8")))


def steps(body: str) -> list[Step]:
    """A console block as commands: `$ ` begins one, `> ` continues it, the rest is what it prints."""
    out: list[Step] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            out.append(Step(line[2:], ()))
        elif line.startswith("> ") and out and not out[-1].prints:
            out[-1] = Step(f"{out[-1].command}\n{line[2:]}", ())
        else:
            assert out, f"a console block begins with a command, not with {line!r}"
            out[-1] = Step(out[-1].command, (*out[-1].prints, line))
    return out


def fits(printed: str, expected: tuple[str, ...]) -> bool:
    """Whether a command printed what the page says."""
    parts = [r"(?:.*\n)*?" if line == "..." else _line(line) + r"\n" for line in expected]
    return re.fullmatch("".join(parts), printed) is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("..."))
