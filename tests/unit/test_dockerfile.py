"""The Dockerfile, as far as it can be judged without a Docker engine."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from langraph.config.settings import Settings
from tests.support.doc_blocks import ROOT
from tests.support.servers import serve_in_thread

PINNED_BASE = re.compile(r"python:3\.\d+-slim-[a-z]+")


def _instructions() -> list[tuple[str, str]]:
    """(instruction, rest), continued lines joined, comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], " ".join(line.split()[1:])) for line in joined.splitlines() if line.strip()]


def _stages() -> list[list[tuple[str, str]]]:
    stages: list[list[tuple[str, str]]] = []
    for name, rest in _instructions():
        if name == "FROM":
            stages.append([])
        stages[-1].append((name, rest))
    return stages


def _said(name: str, stage: int = -1) -> list[str]:
    return [rest for instruction, rest in _stages()[stage] if instruction == name]


def test_every_stage_is_of_one_pinned_base() -> None:
    bases = {rest.split()[0] for name, rest in _instructions() if name == "FROM"}
    assert len(bases) == 1
    (base,) = bases
    assert PINNED_BASE.fullmatch(base)
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    minor = base.removeprefix("python:").split("-")[0]
    assert [int(part) for part in minor.split(".")] >= [int(part) for part in needed.split(".")]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored.index("*") < min(n for n, line in enumerate(ignored) if line.startswith("!"))
    sources = [source for rest in _said("COPY", 0) for source in rest.split()[:-1]]
    assert {"pyproject.toml", "constraints.txt"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored


def test_every_package_of_the_wheel_is_copied() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    sources = {source for rest in _said("COPY", 0) for source in rest.split()[:-1]}
    assert set(packages["packages"]) <= sources
    links = [path for package in packages["packages"] for path in (ROOT / package).rglob("*") if path.is_symlink()]
    for link in links:
        assert link.resolve().relative_to(ROOT).parts[0] in sources, f"{link} points to what is not copied"


def test_the_tried_versions_are_installed() -> None:
    (install,) = _said("RUN", 0)
    assert "-c constraints.txt" in install


def test_the_image_itself_builds_nothing_and_holds_no_pip_of_ours() -> None:
    last = " ".join(_said("RUN"))
    for tool in ("gcc", "g++", "make", "build-essential", "-dev", "pip "):
        assert tool not in last
    assert "--without-pip" in _said("RUN", 0)[0]
    assert {"git", "ca-certificates"} <= set(last.split())


def test_it_does_not_run_as_root() -> None:
    names = [name for name, _ in _stages()[-1]]
    user = _said("USER")[-1].split(":")[0]
    assert user.isdigit()  # a name is something that Kubernetes cannot judge
    assert int(user) > 0
    assert names.index("USER") > max(number for number, name in enumerate(names) if name in ("RUN", "COPY"))


def test_it_starts_the_daemon_and_its_settings_exist() -> None:
    assert _said("CMD") == ['["langraph", "run"]']
    (environment,) = _said("ENV")
    names = {part.split("=")[0] for part in shlex.split(environment)} - {"PATH", "PYTHONUNBUFFERED"}
    assert {name.lower() for name in names} <= set(Settings.model_fields)
    assert _said("EXPOSE") == [str(Settings.model_fields["api_port"].default)]


def _health_check() -> list[str]:
    (said,) = _said("HEALTHCHECK")
    return list(json.loads(said.partition("CMD ")[2]))


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (500, False)])
def test_the_health_check_asks_the_daemon(status: int, healthy: bool, tmp_path: Path) -> None:
    program, *arguments = _health_check()
    assert program == "python"
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    with serve_in_thread(app) as url:
        environment = {"API_PORT": url.rpartition(":")[2], "http_proxy": "http://127.0.0.1:9"}
        done = subprocess.run([sys.executable, *arguments], env=environment, cwd=tmp_path, capture_output=True)
    assert (done.returncode == 0) is healthy
    assert asked == ["/health"]
