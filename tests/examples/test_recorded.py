"""The incidents recorded in `examples/`: complete, clean, and the same with today's rules."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from langraph.learning.deriving import revised
from langraph.learning.lesson_file import lesson_bytes, lesson_path, parse_lesson
from langraph.learning.revision import derived
from langraph.ports import RecordedIncident
from langraph.recognise import Recogniser
from langraph.redact import redact
from langraph.replaying import replay
from langraph.runbooks.catalogue import Catalogue
from langraph.runbooks.catalogue import load as load_runbooks

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(EXAMPLES.glob("incident-*"))
LESSONS = sorted((EXAMPLES / "learning").glob("*.json"))
FILES = {"summary.md", "metadata.json", "evidence.log", "timeline.jsonl"}
FEEDBACK_FIELDS = {"incident_id", "feedback_type", "reason", "original_action", "expected_result", "timestamp"}
NAME_OF_A_SECRET = re.compile(r"(?i)\w*secret(?:Name|KeyRef)?: ?[a-z0-9.-]+")
"""In values files, which are recorded as they are: which Secret an app takes its password from, not what is in it."""
OF_SOME_MACHINE = re.compile(r"/(?:home|Users|root|tmp|var/folders|work)/|localhost|127\.0\.0\.1")


@pytest.fixture(scope="module")
def runbooks() -> Catalogue:
    return load_runbooks()


@pytest.fixture(scope="module")
def recogniser(runbooks: Catalogue) -> Recogniser:
    return Recogniser(runbooks)


def read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


def records() -> list[RecordedIncident]:
    """As the branch would give them."""
    found = []
    for folder in FOLDERS:
        complaint = folder / "feedback_negative.json"
        negative: Mapping[str, object] | None = json.loads(complaint.read_text()) if complaint.exists() else None
        found.append(RecordedIncident(folder.name, "0" * 40, read(folder, "metadata.json"), negative))
    return found


every_incident = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@every_incident
def test_it_comes_out_the_same_with_todays_rules_every_time(
    folder: Path, recogniser: Recogniser, runbooks: Catalogue
) -> None:
    given = (read(folder, "metadata.json"), read(folder, "inputs.json"))
    one, other = (replay(*given, recogniser, runbooks.runbooks) for _ in range(2))
    assert one.differences == []
    assert one == other


@every_incident
def test_its_files_are_complete_and_say_the_same(folder: Path) -> None:
    metadata = read(folder, "metadata.json")
    names = {path.name for path in folder.iterdir()}
    assert names >= FILES | {"inputs.json"}
    assert ("changes.diff" in names) == (metadata["proposal"] is not None)
    assert (metadata["id"], metadata["schema_version"]) == (folder.name, 1)
    assert metadata["outcome"]["status"] == metadata["status"]
    timeline = [json.loads(line) for line in (folder / "timeline.jsonl").read_text().splitlines()]
    assert all(datetime.fromisoformat(entry["at"]).tzinfo for entry in timeline)
    assert folder.name in (folder / "summary.md").read_text()
    if "feedback_negative.json" in names:
        said = read(folder, "feedback_negative.json")
        assert set(said) == FEEDBACK_FIELDS
        assert (said["incident_id"], said["feedback_type"]) == (folder.name, "negative")


def own_text(path: Path) -> str:
    """What langraph itself wrote; the values files that `inputs.json` carries are the repository's."""
    if path.name != "inputs.json":
        return path.read_text()
    known = read(path.parent, path.name)
    return json.dumps({name: value for name, value in known.items() if name not in ("files", "older")})


@pytest.mark.parametrize("path", [*LESSONS, *(p for f in FOLDERS for p in sorted(f.iterdir()))], ids=lambda p: p.name)
def test_there_is_no_secret_in_it_and_nothing_of_the_machine_it_was_recorded_on(path: Path) -> None:
    text = NAME_OF_A_SECRET.sub("", own_text(path))
    assert redact(text) == text
    assert OF_SOME_MACHINE.search(text) is None


# --- what grew out of them -----------------------------------------------------------------------------------------


def test_the_pattern_files_are_what_the_feedback_loop_makes_of_these_records() -> None:
    known = records()
    last = max(datetime.fromisoformat(str(record.metadata["closed_at"])) for record in known)
    made = {lesson_path(one.category, one.app): one for one in derived(known, last + timedelta(minutes=5))}
    there = {f"examples/learning/{path.name}": path.read_bytes() for path in LESSONS}
    assert sorted(made) == sorted(there)
    for path, lesson in made.items():
        assert lesson_bytes(revised(lesson, parse_lesson(there[path], path))) == there[path]


def test_somebody_asked_for_an_amount_and_the_next_proposal_began_there() -> None:
    found = []
    for record in records():
        expected = str((record.negative or {}).get("expected_result") or "")
        app = record.metadata["app"]
        for later in records():
            proposal: Any = later.metadata["proposal"]
            if expected and proposal is not None and later.metadata["app"] == app and later.id > record.id:
                found += [change["new"] for change in proposal["changes"] if change["new"] in expected]
    assert found


# --- every kind of end ---------------------------------------------------------------------------------------------


def ends() -> Iterator[str]:
    for record in records():
        data = record.metadata
        yield str(data["status"])
        earlier: Any = data["earlier_proposals"]
        reverted: Any = data["reverted"]
        decision: Any = data["decision"] or {}
        if any((one["decision"] or {}).get("action") == "modify" for one in earlier):
            yield f"modified, {data['status']}"
        if reverted is not None:
            yield "taken back by hand in git" if reverted["human"] else "rolled back"
            if decision.get("auto_revert"):
                yield "reverted by itself"
        if record.negative is not None and record.negative.get("expected_result"):
            yield "expected something else"
        if "Held back by the rule" in str(data["outcome"] or {}):
            yield "held back"


@pytest.mark.parametrize(
    ("end", "least"),
    [
        ("recovered", 4),
        ("rejected", 1),
        ("modified, recovered", 1),
        ("not_recovered", 2),
        ("rolled back", 2),
        ("reverted by itself", 1),
        ("taken back by hand in git", 1),
        ("expired", 1),
        ("no_action", 2),
        ("held back", 1),
        ("expected something else", 1),
    ],
)
def test_every_kind_of_end_is_among_them(end: str, least: int) -> None:
    assert list(ends()).count(end) >= least


def test_they_are_of_different_apps_and_faults() -> None:
    known = [record.metadata for record in records() if record.metadata["proposal"] is not None]
    assert len({data["app"] for data in known}) >= 8
    assert len({data["category"] for data in known}) >= 4
