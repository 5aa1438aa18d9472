"""The one-shot commands as people and scripts call them: analyze, values, fingerprint."""

import io
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from langraph.cli import COMMANDS, cli
from langraph.commands.bulk import nanoseconds
from langraph.commands.files import lines
from langraph.commands.progress import Progress
from langraph.commands.triage import WHOLE_BYTES

SHIPPED = Path(__file__).parents[2] / "helm-values"
KILLED = "container grafana in pod grafana-7c9d8b6f5-k2x4z_monitoring(abc) terminated: reason=OOMKilled exitCode=137"
VALUES = (
    b"\xef\xbb\xbfresources: # ours\r\n  limits:\r\n    memory: 512Mi\r\n    cpu: '1'\r\nreplicas: 2\r\nenabled: yes"
)


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to be in, and no settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_REPO_PATH", "LANGRAPH_LOCALE", "RUNBOOKS_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin)


def bulk(*asked: Any) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and answers to these lines; what is no text is sent as JSON."""
    sent = "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in asked)
    result = call("analyze", "--jsonl", "-", stdin=sent)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def values_repository(root: Path) -> Path:
    """A checkout with grafana's values and neither policy nor catalogue."""
    folder = root / "gitops" / "helm-values" / "grafana"
    folder.mkdir(parents=True)
    (folder / "values.yaml").write_bytes((SHIPPED / "grafana" / "values.yaml").read_bytes())
    return root / "gitops"


# --- analyze, for a person -----------------------------------------------------------------------------------------


def test_a_person_reads_the_cause_the_evidence_and_the_diff(somewhere: Path) -> None:
    (somewhere / "app.log").write_text(f"level=info msg=ready\n{KILLED}\n")
    result = call("analyze", "app.log", "--repo", str(values_repository(somewhere)))
    assert result.exit_code == 0, result.output
    for said in ("grafana ran out of memory", "category: oom", KILLED, "-    memory: 512Mi", "+    memory: 1Gi"):
        assert said in result.stdout


def test_nothing_is_changed_by_analyzing(somewhere: Path) -> None:
    root = values_repository(somewhere)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    call("analyze", "-", "--repo", str(root), stdin=KILLED)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in somewhere.iterdir()) == ["gitops"]


def test_the_repository_of_the_settings_is_used(somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_REPO_PATH", str(values_repository(somewhere)))
    assert "+    memory: 1Gi" in call("analyze", "-", stdin=KILLED).stdout


def test_a_bare_repository_is_read_from_its_branch(somewhere: Path) -> None:
    root = values_repository(somewhere)
    git = ["git", "-c", "user.name=p", "-c", "user.email=p@example.org", "-C", str(root)]
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(root), str(somewhere / "bare.git")], check=True)
    result = call("analyze", "-", "--json", "--repo", str(somewhere / "bare.git"), stdin=KILLED)
    assert json.loads(result.stdout)["proposal"]["changes"][0]["new"] == "1Gi", result.output


def test_the_repositorys_own_policy_bounds_the_proposal(somewhere: Path) -> None:
    root = values_repository(somewhere)
    (root / "helm-values" / "policy.yaml").write_text("rules: []\n")
    result = call("analyze", "-", "--repo", str(root), stdin=KILLED)
    assert "No change proposed" in result.stdout
    assert json.loads(call("analyze", "-", "--json", "--repo", str(root), stdin=KILLED).stdout)["proposal"] is None


def test_a_policy_that_cannot_be_read_is_told(somewhere: Path) -> None:
    root = values_repository(somewhere)
    (root / "helm-values" / "policy.yaml").write_text("rulez: []\n")
    result = call("analyze", "-", "--repo", str(root), stdin=KILLED)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "rulez" in result.stderr


def test_a_repo_without_values_is_told(somewhere: Path) -> None:
    result = call("analyze", "-", "--repo", str(somewhere), stdin=KILLED)
    assert result.exit_code == 2
    assert "helm-values" in result.stderr


def test_without_any_repository_the_advice_remains() -> None:
    result = call("analyze", "-", stdin=KILLED)
    assert result.exit_code == 0
    assert "Increase the memory limit of grafana" in result.stdout
    assert "--repo" in result.stdout


def test_korean_is_spoken_where_it_is_asked_for() -> None:
    assert "근본 원인" in call("analyze", "-", "--locale", "ko", stdin=KILLED).stdout


def test_several_faults_are_counted_and_the_cause_comes_first() -> None:
    refused = 'level=error app=web msg="dial tcp: connect: connection refused" host=grafana:3000\n'
    out = call("analyze", "-", stdin=refused * 3 + KILLED + "\n").stdout
    assert out.index("category: oom") < out.index("connection_refused · web · 3×")


def test_a_harmless_log_is_called_so() -> None:
    result = call("analyze", "-", stdin="level=info msg=ready\n")
    assert (result.exit_code, result.stdout) == (0, "Nothing here shows a fault.\n")


def test_a_log_line_cannot_write_to_the_terminal() -> None:
    result = call(
        "analyze", "-", stdin="ERROR \x1b]0;owned\x07\x1b[31m\x9b5n java.lang.OutOfMemoryError: Java heap space\n"
    )
    assert "heap" in result.stdout
    assert not set(result.stdout) & {"\x1b", "\x07", "\x9b"}


@pytest.mark.parametrize("name", ["missing.log", "."])
def test_a_file_that_cannot_be_read_is_one_sentence(name: str) -> None:
    result = call("analyze", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"langraph: {name} cannot be read: ")
    assert result.stderr.count("\n") == 1


def test_binary_input_is_read_as_far_as_it_goes() -> None:
    noise = bytes(range(256)) * 3_000
    result = call("analyze", "-", "--json", stdin=noise + b"\n" + KILLED.encode() + b"\n" + noise)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["category"] == "oom"


def test_a_long_log_gives_the_same_answer_as_its_short_form(somewhere: Path) -> None:
    fault = f"ERROR {KILLED}\n"
    calm = "2026-01-02T03:04:05Z level=info msg=request status=200\n"
    long = fault + calm * (WHOLE_BYTES // len(calm) * 3) + fault
    short, whole = (
        json.loads(call("analyze", "-", "--json", stdin=text).stdout) for text in (fault + calm + fault, long)
    )
    assert short == whole
    assert "2×" in call("analyze", "-", stdin=long).stdout


def test_json_and_jsonl_together_are_refused() -> None:
    assert call("analyze", "-", "--json", "--jsonl", stdin="").exit_code == 2


# --- analyze, in bulk ----------------------------------------------------------------------------------------------


def test_each_line_is_answered_in_its_place_whatever_the_others_are() -> None:
    code, answers = bulk(
        {"id": "a", "log_text": KILLED, "labels": {"app": "grafana"}},
        "not json {",
        {"id": 7, "log_text": "level=info msg=ready"},
        '["a list"]',
        {"id": "b"},
        {"id": "c", "stream": [{"labels": {}}]},
        "",
        {"id": "d", "log_text": KILLED, "namespace": "monitoring", "app": "loki"},
    )
    assert code == 2
    assert [answer["id"] for answer in answers] == ["a", None, 7, None, "b", "c", "d"]
    assert [answer.get("category", "refused") for answer in answers] == [
        "oom", "refused", None, "refused", "refused", "refused", "oom",
    ]  # fmt: skip
    assert all("error" in answer for answer in answers if "category" not in answer)
    assert (answers[-1]["app"], answers[-1]["namespace"]) == ("loki", "monitoring")


def test_a_stream_is_ranked_by_its_times_not_by_its_order() -> None:
    late = {"at": "2026-01-02T03:04:09.5Z", "labels": {"app": "b"}, "line": "ERROR second strange thing"}
    early = {"at": "1767323044000000000", "labels": {"app": "a"}, "line": "ERROR first strange thing"}
    code, (answer,) = bulk({"id": 1, "stream": [late, early, "a bare line"]})
    assert code == 0
    assert [one["app"] for one in answer["ranked"]] == ["a", "b"]


def test_odd_json_is_answered_too() -> None:
    code, answers = bulk(
        {"id": {"deep": [1]}, "log_text": "\ud800 ERROR \x00 strange", "labels": {"app": 3, "x": None}},
        {"id": "no labels", "log_text": "x", "labels": "app=x"},
        "[" * 100_000,
    )
    assert code == 2
    assert answers[0]["id"] == {"deep": [1]}
    assert ["error" in answer for answer in answers] == [False, True, True]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (1767323044, 1767323044 * 10**9),
        (1767323044.5, 1767323044_500_000_000),
        (1767323044000, 1767323044 * 10**9),
        ("1767323044000000001", 1767323044_000_000_001),
        ("2026-01-02T03:04:04Z", 1767323044 * 10**9),
        ("2026-01-02T12:04:04+09:00", 1767323044 * 10**9),
        ("2026-01-02 03:04:04", 1767323044 * 10**9),
        ("yesterday", None),
        (-1, None),
        (True, None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_a_time_is_read_in_the_units_people_write(at: object, expected: int | None) -> None:
    assert nanoseconds(at) == expected


# --- values --------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(somewhere: Path) -> Path:
    path = somewhere / "values.yaml"
    path.write_bytes(VALUES)
    path.chmod(0o640)
    return path


def test_setting_a_value_prints_the_file_with_those_bytes_changed_only(file: Path) -> None:
    result = call("values", "set", str(file), "resources.limits.memory", "1Gi")
    assert result.stdout_bytes == VALUES.replace(b"512Mi", b"1Gi")
    assert file.read_bytes() == VALUES


@pytest.mark.parametrize(
    ("path", "typed", "before", "after"),
    [
        ("resources.limits.cpu", "2", b"'1'", b"'2'"),
        ("replicas", "3", b"replicas: 2", b"replicas: 3"),
        ('["resources", "limits", "memory"]', "1Gi", b"512Mi", b"1Gi"),
        ("replicas", "-1", b"replicas: 2", b"replicas: -1"),
    ],
)
def test_a_value_keeps_the_type_it_had(file: Path, path: str, typed: str, before: bytes, after: bytes) -> None:
    assert call("values", "set", str(file), path, typed).stdout_bytes == VALUES.replace(before, after)


def test_writing_replaces_the_file_and_keeps_its_permissions(file: Path) -> None:
    result = call("values", "set", str(file), "replicas", "3", "--write")
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_bytes() == VALUES.replace(b"replicas: 2", b"replicas: 3")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["values.yaml"]


def test_writing_what_is_there_already_does_not_touch_the_file(file: Path) -> None:
    before = file.stat()
    assert call("values", "set", str(file), "replicas", "2", "--write").exit_code == 0
    assert file.stat() == before


def test_a_symbolic_link_is_not_replaced_by_a_file(file: Path) -> None:
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    result = call("values", "set", str(link), "replicas", "3", "--write")
    assert (result.exit_code, link.is_symlink(), file.read_bytes()) == (2, True, VALUES)
    assert "symbolic link" in result.stderr


def test_a_second_document_is_named_by_its_number(file: Path) -> None:
    file.write_bytes(b"a: 1\n---\na: 2\n")
    assert call("values", "set", str(file), "a", "3", "--doc", "1").stdout_bytes == b"a: 1\n---\na: 3\n"


def test_standard_input_is_edited_on_its_way_through() -> None:
    assert call("values", "set", "-", "a", "2", stdin="a: 1\n").stdout == "a: 2\n"
    assert call("values", "set", "-", "a", "2", "--write", stdin="a: 1\n").exit_code == 2


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        (b"a: &x 1\nb: *x\n", ["b", "2"]),
        (b"a: {b: 1}\n", ["a", "2"]),
        (b"a: 1\n", ["", "2"]),
        (b"a: 1\n", ["a..b", "2"]),
        (b"a: [\n", ["a", "2"]),
        (b"a: 1\n", ["a", "2", "--doc", "4"]),
    ],
)
def test_an_edit_that_cannot_be_made_is_one_sentence(file: Path, source: bytes, arguments: list[str]) -> None:
    file.write_bytes(source)
    result = call("values", "set", str(file), *arguments, "--write")
    assert (result.exit_code, result.stdout, file.read_bytes()) == (2, "", source)
    assert result.stderr.startswith("langraph: ")


def test_a_misspelt_option_is_not_taken_for_a_value(file: Path) -> None:
    assert call("values", "set", str(file), "replicas", "3", "--wriet").exit_code == 2
    assert file.read_bytes() == VALUES


@pytest.mark.parametrize(
    ("path", "options", "printed"),
    [
        ("resources.limits.memory", [], "512Mi\n"),
        ("resources.limits.cpu", [], "1\n"),
        ("resources.limits.cpu", ["--json"], '"1"\n'),
        ("replicas", ["--json"], "2\n"),
        ("enabled", [], "true\n"),
    ],
)
def test_a_value_is_printed_as_helm_reads_it(file: Path, path: str, options: list[str], printed: str) -> None:
    assert call("values", "get", str(file), path, *options).stdout == printed


@pytest.mark.parametrize("path", ["nothing.here", "resources"])
def test_what_is_no_single_value_cannot_be_got(file: Path, path: str) -> None:
    result = call("values", "get", str(file), path)
    assert (result.exit_code, result.stdout) == (2, "")


# --- fingerprint ---------------------------------------------------------------------------------------------------


def test_lines_with_the_same_message_get_the_same_id() -> None:
    sent = "took 12 ms at 10.0.0.1\n\nuser not found\ntook 999 ms at 10.9.8.7\r\n\n"
    ids = call("fingerprint", stdin=sent).stdout.splitlines()
    assert len(ids) == 5
    assert ids[0] == ids[3] != ids[2]
    assert ids[1] == ids[4]
    assert all(len(one) == 32 for one in ids)


def test_a_last_line_without_its_newline_counts(somewhere: Path) -> None:
    (somewhere / "x.log").write_bytes(b"\xff\xfe one\ntwo")
    assert len(call("fingerprint", "x.log").stdout.splitlines()) == 2


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 10, 11, 40])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_of_any_length_is_one_line(size: int, end: bytes) -> None:
    read = list(lines(io.BytesIO(b"x" * size + end + b"next\n" * bool(end)), 8))
    expected = [(b"x" * min(size, 8), size <= 8)] if size or end else []
    assert read == expected + ([(b"next", True)] if end else [])


# --- the program ---------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def ticking() -> Iterator[float]:
    yield from (n * 0.6 for n in range(100))


def test_progress_is_shown_on_a_terminal_for_long_work_only() -> None:
    clock = ticking()
    terminal = Terminal()
    with Progress(lambda: "2 faults", stream=terminal, now=lambda: next(clock)) as progress:
        progress.add(1_000_000)
        assert terminal.getvalue() == ""
        progress.add(1_500_000)
        assert "2.5 MB, 2 faults" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_progress_is_not_shown_in_a_file() -> None:
    clock = ticking()
    file = io.StringIO()
    with Progress(lambda: "", stream=file, now=lambda: next(clock)) as progress:
        progress.add(1)
        progress.add(1)
    assert file.getvalue() == ""


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    """The real program, with pipes."""
    command = [sys.executable, "-c", "from langraph.cli import main; main()", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [(["fingerprint"], b"a line\n"), (["analyze", "--jsonl", "-"], b'{"id": 1, "log_text": "x"}\n')],
)
def test_each_line_is_answered_before_the_next_is_sent(arguments: list[str], line: bytes) -> None:
    with start(*arguments) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline()
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def test_a_reader_that_goes_away_is_no_error(somewhere: Path) -> None:
    (somewhere / "long.log").write_bytes(b"a line\n" * 200_000)
    with start("fingerprint", "long.log") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_bad_line_ends_the_program_with_2() -> None:
    process = start("analyze", "--jsonl", "-")
    out, err = process.communicate(b"nonsense\n")
    assert (process.returncode, json.loads(out)["id"], err) == (2, None, b"")


def test_a_short_command_imports_nothing_heavy() -> None:
    script = (
        "import sys, contextlib\nfrom langraph.cli import main\n"
        "with contextlib.suppress(SystemExit): main(sys.argv[1:])\n"
        "heavy = ('langgraph', 'fastapi', 'sqlalchemy', 'git', 'uvicorn', 'httpx')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    for arguments in (["analyze", "/dev/null"], ["fingerprint", "/dev/null"], ["values", "--help"], ["--help"]):
        run = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
        assert run.stdout.splitlines()[-1] == "[]", arguments


def test_an_unknown_command_is_an_error_that_names_it() -> None:
    result = call("analyse")
    assert result.exit_code == 2
    assert "analyse" in result.stderr


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    assert set(COMMANDS) >= {"run", "demo", "analyze", "incidents", "halt", "resume", "check", "fsck"}
    for name in ("analyze", "incidents", "halt", "resume", "values", "fingerprint"):
        command = cli.get_command(None, name)  # type: ignore[arg-type]  # the group asks nothing of the context
        assert command is not None
        assert command.name == name
        assert COMMANDS[name][1] in call("--help").stdout.replace("\n               ", " ")
