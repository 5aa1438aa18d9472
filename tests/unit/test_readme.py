"""The examples in README and docs do what the pages say."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from langraph.catalogue import parse_catalogue
from langraph.helm_values import parse_path
from langraph.learning.lesson_file import parse_lesson
from langraph.models.incident import Person, ValueChange
from langraph.policy import Allow, judge, may_decide, parse_policy
from langraph.runbooks.catalogue import load as load_runbooks
from langraph.runbooks.matcher import Matcher
from tests.support.doc_blocks import ROOT, Block, blocks, fits, marked, pages, steps

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _environment(directory: Path) -> dict[str, str]:
    """As a new user has it: no settings, our `langraph` on the path. Only the rules are compiled already."""
    shared = {"PYTHONPATH": str(ROOT), "CACHE_DIR": os.environ["CACHE_DIR"]}
    scripts = Path(sys.executable).parent
    return {"PATH": f"{scripts}:/usr/bin:/bin", "HOME": str(directory), "LANG": "C.UTF-8", **shared}


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_a_console_example_prints_what_the_page_says(block: Block, tmp_path: Path) -> None:
    if "repo=." in block.options:
        shutil.copytree(ROOT / "helm-values", tmp_path / "helm-values")
    for step in steps(block.body):
        done = subprocess.run(
            ["/bin/sh", "-c", step.command], cwd=tmp_path, env=_environment(tmp_path), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block}: {step.command}\n{done.stderr}"
        assert fits(done.stdout, step.prints), f"{block}: {step.command}\n{done.stdout}"


def test_every_example_that_is_marked_as_tested_is_found() -> None:
    kinds = ("console", "runbooks", "policy", "apps", "lesson")
    found = [block.page for kind in kinds for block in blocks(kind)]
    tables = {"docs/policy.md": 1}  # the verdicts, which are a table
    for page in pages():
        name = page.relative_to(ROOT).as_posix()
        assert marked(page) == found.count(name) + tables.get(name, 0), f"{name} has a marker without a block"


def test_the_runbook_example_is_read_and_finds_its_lines(tmp_path: Path) -> None:
    (block,) = blocks("runbooks")
    (tmp_path / "mine.yaml").write_text(block.body, "utf-8")
    catalogue = load_runbooks(tmp_path)
    hits = Matcher(catalogue).scan(["LIC-104: no answer from licences.example", "RENDER-OOM: queue length 912"])
    assert [hit.runbook.id for hit in hits] == ["licence_server_away", "render_queue_memory"]


def test_the_pattern_file_of_the_example_is_read() -> None:
    (block,) = blocks("lesson")
    lesson = parse_lesson(block.body.encode(), "examples/learning/oom_grafana_patterns.json")
    assert [pattern.failure_count for pattern in lesson.patterns] == [1]
    assert not lesson.is_persons


def test_the_policy_example_names_who_decides() -> None:
    policy = parse_policy(blocks("policy")[0].body.encode())
    assert may_decide(Person("local:operator", "me"), policy) == Allow()
    assert may_decide(Person("api:mallory", "Mallory"), policy) != Allow()


def _verdicts() -> list[tuple[str, str, str, str, str]]:
    """(file, path, old, new, verdict) of each row below the marker."""
    page = (ROOT / "docs/policy.md").read_text("utf-8")
    rows = page.partition("<!-- test: verdicts -->")[2].partition("\n\n")[0].strip().splitlines()[2:]
    out = []
    for row in rows:
        change, verdict = (cell.strip() for cell in row.strip("|").split("|"))
        file, path, values = change.split(" ", 2)
        old, new = values.split(" → ")
        out.append((file.strip("`"), path.strip("`"), old, new, verdict))
    return out


@pytest.mark.parametrize(("file", "path", "old", "new", "verdict"), _verdicts())
def test_the_policy_example_judges_as_its_table_says(file: str, path: str, old: str, new: str, verdict: str) -> None:
    policy = parse_policy(blocks("policy")[0].body.encode())
    is_count = path == "replicaCount"
    held = f"replicaCount: {new}\n" if is_count else f"resources:\n  limits:\n    memory: {new}\n"
    change = ValueChange(file, parse_path(path), int(old) if is_count else old, int(new) if is_count else new)
    judged = judge([change], {file: held.encode()}, [], policy, NOW)
    assert isinstance(judged, Allow) == (verdict == "allowed"), judged


def test_the_verdicts_table_has_both_kinds() -> None:
    verdicts = [row[-1] for row in _verdicts()]
    assert "allowed" in verdicts
    assert len([one for one in verdicts if one.startswith("denied")]) >= 5


def test_the_apps_example_is_read() -> None:
    catalogue = parse_catalogue(blocks("apps")[0].body.encode())
    shop = catalogue.lookup("shop", {}, "shop-prod")
    assert shop is not None
    assert shop.section_of("cache", None) == "redis.master"
    by_labels = catalogue.lookup(None, {"app_kubernetes_io_name": "grafana"})
    assert by_labels is not None
    assert by_labels.name == "grafana"


def test_an_example_that_prints_something_else_is_noticed() -> None:
    assert fits("a\nb\nc 1 d\n", ("a", "...", "c ... d"))
    assert not fits("a\nb\n", ("a",))
    assert not fits("a\n", ("a", "b"))
    assert not fits("x\n", ())


def test_the_environment_of_the_examples_holds_no_setting() -> None:
    assert not {"LOKI_URL", "GIT_REPO_PATH"} & set(_environment(Path(os.devnull)))
