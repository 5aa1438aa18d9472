"""What the pages name exists: files, headings, settings, endpoints, commands, metrics, tables, invariants."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from langraph import invariants
from langraph.cli import cli
from langraph.config.settings import Settings
from langraph.graph import build
from langraph.metrics import Metrics
from langraph.models.incident import Status
from scripts.docs import _description as openapi
from services.ledger.tables import metadata
from tests.support.doc_blocks import ROOT, pages

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SETTING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
NOT_SETTINGS = frozenset({"GIT_SSH_COMMAND", "LANGGRAPH_STRICT_MSGPACK"})
"""Variables of git and LangGraph that the pages speak of."""
ENDPOINT = re.compile(r"(?:(?:GET|POST) )?(/(?:api/[\w{}/-]+|health|ready|metrics))")
ELSEWHERE = ("SPEC.md", "DESIGN.md", "STYLE.md")


def _prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def _codes() -> Iterator[tuple[str, str]]:
    """(page, what stands in backticks)."""
    for page in pages():
        for code in CODE.findall(_prose(page)):
            yield page.relative_to(ROOT).as_posix(), code


def _anchors(page: Path) -> set[str]:
    """Headings as the anchors that GitHub makes of them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(_prose(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{target} leads nowhere"
        assert file.is_relative_to(ROOT), f"{target} leads out of the project"
        assert not anchor or anchor in _anchors(file), f"{target}: no such heading"


def test_every_setting_that_is_named_exists() -> None:
    named = {(page, code) for page, text in _codes() for code in SETTING.findall(text) if code == text.split("=")[0]}
    assert len(named) > 40
    known = {name.upper() for name in Settings.model_fields} | NOT_SETTINGS
    assert {(page, name) for page, name in named if name not in known} == set()


def test_every_setting_in_an_example_exists() -> None:
    for page in pages():
        for fence in FENCE.findall(page.read_text("utf-8")):
            for name in re.findall(r"^([A-Z][A-Z_]+)=", fence, re.MULTILINE):
                assert name.lower() in Settings.model_fields, f"{page.name}: {name}"


def test_every_endpoint_that_is_named_exists() -> None:
    known = set(openapi()["paths"])
    named = {match[1] for _, code in _codes() if (match := ENDPOINT.fullmatch(code))}
    assert "/api/incidents/trigger" in named
    assert named <= known


def _options(command: click.Command) -> set[str]:
    return {name for parameter in command.params if isinstance(parameter, click.Option) for name in parameter.opts}


def _refused(words: list[str]) -> str | None:
    """Why `langraph <words>` cannot be typed; None when it can."""
    context = click.Context(cli)
    command: Any = cli
    for word in words:
        if isinstance(command, click.Group):
            command = command.get_command(context, word)
            if command is None:
                return f"no command {word}"
        elif word.startswith("--") and word.split("=")[0] not in _options(command):
            return f"no option {word}"
    return None


def test_every_command_that_is_named_exists() -> None:
    named = {(page, code) for page, code in _codes() if re.match(r"langraph [a-z]", code)}
    for page in pages():
        for line in "\n".join(FENCE.findall(page.read_text("utf-8"))).splitlines():
            if found := re.search(
                r"(?:^|[|] |-- |bin/)(langraph (?!is running)[a-z]+(?: .*)?)$", line.removeprefix("$ ")
            ):
                named.add((page.name, found[1].partition("  ")[0]))
    wrong = [(page, code, why) for page, code in named if (why := _refused(code.split()[1:]))]
    assert len(named) > 15
    assert wrong == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert _refused(["analyse"])
    assert _refused(["incidents", "aprove"])
    assert _refused(["analyze", "-", "--jsnol"])
    assert _refused(["incidents", "approve", "ID", "--comment", "why"]) is None


def test_every_metric_that_is_named_exists() -> None:
    known = {one.name for one in Metrics().described}
    named = set()
    for page in pages():
        named |= set(re.findall(r"\blangraph_[a-z_]+\b", page.read_text("utf-8")))
    assert named >= known
    assert named <= known


def test_what_is_described_as_a_metric_is_exposed() -> None:
    exposed = Metrics().render()[0].decode()
    for one in Metrics().described:
        assert f"# TYPE {one.name} {one.kind}\n" in exposed


def _first_column(heading: str) -> list[str]:
    """The first cells of the table below a heading of the architecture page."""
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [row.strip("|").split("|")[0].strip().strip("`") for row in rows]


def test_every_table_of_the_ledger_is_explained() -> None:
    assert sorted(_first_column("The ledger")) == sorted(metadata.tables)


def test_every_step_of_the_workflow_is_explained() -> None:
    assert sorted(_first_column("The workflow")) == sorted(build().nodes)


def test_every_invariant_is_explained_and_points_to_tests_that_are_there() -> None:
    explained = _first_column("Invariants")
    assert explained == [f"I{number}" for number in range(1, 14)]
    assert set(explained) - {"I13"} == {name for name, _ in invariants.CHECKS}


def test_every_file_that_is_named_is_there() -> None:
    rooms = (
        "langraph/",
        "services/",
        "api/",
        "tests/",
        "docs/",
        "k8s/",
        "scripts/",
        "helm-values/policy",
        "helm-values/apps",
    )
    named = {code for _, code in _codes() if code.startswith(rooms) and not re.search(r"[*<>{} ]", code)}
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_status_that_is_named_exists() -> None:
    words = {"recovered", "not_recovered", "inconclusive", "rejected", "expired", "no_action", "failed"}
    assert words <= set(map(str, Status))
    text = "\n".join(_prose(page) for page in pages())
    assert {word for word in words if f"`{word}`" in text} >= {"not_recovered", "inconclusive", "failed", "expired"}


def test_no_page_names_the_place_where_it_was_written() -> None:
    for page in pages():
        text = page.read_text("utf-8")
        assert [word for word in ELSEWHERE if word in text] == [], page


def test_every_page_is_linked_from_the_readme_or_from_one_that_is() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve() for page in pages() for link in LINK.findall(_prose(page))
    }
    for page in pages():
        assert page in linked or page.name == "README.md" or page.parent in linked, page
