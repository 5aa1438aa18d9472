"""The pure parts of the git adapter: addresses, names, messages, trees."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.errors import BadInput, BadSetting, EditRefused
from langraph.ports import CommitRequest
from services.git_history_tracker.message import MAX_SUBJECT_CHARS, compose
from services.git_history_tracker.names import checked_branch, checked_path
from services.git_history_tracker.remote import parse_remote
from services.git_history_tracker.trees import Entry, directories, parse_tree, place

AT = datetime(2026, 11, 20, tzinfo=UTC)


def request(
    subject: str = "s", body: str = "", trailers: Mapping[str, str] | None = None, op: str = "op:1"
) -> CommitRequest:
    return CommitRequest(op, AT, subject, body, trailers or {}, (), lambda tree: {})


# --- messages


@settings(max_examples=60, deadline=None)
@given(
    subject=st.text(min_size=1).filter(lambda text: text.strip().isprintable() and bool(text.strip())),
    body=st.lists(st.sampled_from(["Signed-off-by: x", "---", "", " ", "\u2028A: b", "\rC: d", "E: f\x0b", "# c"])).map(
        "\n".join
    )
    | st.text(),
    value=st.text(),
)
def test_git_sees_our_trailers_and_no_others_whatever_the_texts_say(subject: str, body: str, value: str) -> None:
    message = compose(request(subject, body, {"Approved-By": value, "Category": "oom"}))

    run = subprocess.run(["git", "interpret-trailers", "--parse"], input=message, capture_output=True, check=True)
    lines = run.stdout.decode().split("\n")[:-1]
    assert lines[-2:] == ["Category: oom", "Langraph-Op: op:1"]
    assert [line.partition(":")[0] for line in lines[:-2]] in ([], ["Approved-By"])


def test_a_message_is_subject_indented_body_and_trailers() -> None:
    text = compose(request("fix: x", "why\n\n- a\n+   b\n", {"Category": "oom"})).decode()

    assert text == "fix: x\n\n    why\n\n    - a\n    +   b\n\nCategory: oom\nLangraph-Op: op:1\n"


def test_a_long_subject_is_cut() -> None:
    assert len(compose(request("x" * 300)).decode().splitlines()[0]) == MAX_SUBJECT_CHARS


@pytest.mark.parametrize("key", ["Langraph-Op", "langraph-op", "Bad Key", "", "A:b", "\ud55c"])
def test_a_key_that_is_no_trailer_of_a_callers_is_refused(key: str) -> None:
    with pytest.raises(BadInput):
        compose(request(trailers={key: "x"}))


@pytest.mark.parametrize("op", ["", "two words", "x\ny", "\ud55c", "x" * 201])
def test_an_op_id_that_cannot_be_a_trailer_is_refused(op: str) -> None:
    with pytest.raises(BadInput):
        compose(request(op=op))


def test_a_subject_of_controls_only_is_refused() -> None:
    with pytest.raises(BadInput):
        compose(request(" \n\x00\u202e"))


# --- addresses


@pytest.mark.parametrize(
    ("address", "url", "transport"),
    [
        ("/srv/repo", "/srv/repo", "file"),
        ("file:///srv/repo.git", "file:///srv/repo.git", "file"),
        ("https://host/org/repo.git", "https://host/org/repo.git", "https"),
        ("https://bot:token1@host:8443/repo", "https://host:8443/repo", "https"),
        ("http://[::1]:3000/repo", "http://[::1]:3000/repo", "http"),
        ("ssh://git@host:22/repo", "ssh://git@host:22/repo", "ssh"),
        ("ssh://git:token1@host/repo", "ssh://git@host/repo", "ssh"),
        ("git@host:org/repo.git", "git@host:org/repo.git", "ssh"),
        ("host:/srv/repo.git", "host:/srv/repo.git", "ssh"),
    ],
)
def test_an_address_is_taken_apart(address: str, url: str, transport: str) -> None:
    remote = parse_remote(address)

    assert (remote.url, remote.transport) == (url, transport)
    assert "token1" not in repr(remote)


def test_what_git_says_is_shown_without_the_secret() -> None:
    remote = parse_remote("https://bot:t%40ken1@host/repo")

    said = "fatal: https://bot:t%40ken1@host/repo, https://other:key@host and t@ken1"
    assert remote.redact(said) == "fatal: https://***@host/repo, https://***@host and ***"


def test_a_relative_path_is_made_absolute() -> None:
    assert parse_remote(".").url == str(Path.cwd())


@pytest.mark.parametrize(
    "address",
    ["", " ", "ext::sh -c id", "git://host/repo", "ftp://bot:token1@host/x", "-oProxy:x", "bot:token1@host:x", "a\nb"],
)
def test_an_address_we_do_not_use_is_refused_without_its_secret(address: str) -> None:
    with pytest.raises(BadSetting) as caught:
        parse_remote(address)
    assert "token1" not in str(caught.value)


@pytest.mark.parametrize("branch", ["main", "release/1.2", "feature_x", "\ud55c\uae00"])
def test_a_branch_name_is_taken(branch: str) -> None:
    assert checked_branch(branch) == branch


@pytest.mark.parametrize(
    "branch",
    ["", "-f", "a b", "a..b", "a.lock", "/a", "a/", "a//b", "@", "a@{1}", "a:b", "a~1", "refs/heads/x", "x\n", "a/.b"],
)
def test_a_name_git_does_not_take_for_a_branch_is_refused(branch: str) -> None:
    with pytest.raises(BadSetting, match="GIT_BRANCH"):
        checked_branch(branch)


def test_a_lone_surrogate_is_no_path() -> None:
    with pytest.raises(BadInput):
        checked_path("a/\ud800")


# --- trees

_LISTINGS = {
    "": {"dir": Entry("40000", "1" * 40), "link": Entry("120000", "2" * 40), "file": Entry("100644", "3" * 40)},
    "dir": {"run": Entry("100755", "4" * 40), "odd": Entry("100664", "5" * 40)},
}


def test_a_raw_tree_is_read() -> None:
    raw = b"40000 dir\0" + b"\x11" * 20 + b"100755 a b\0" + b"\x22" * 20

    assert parse_tree(raw, 20) == {"dir": Entry("40000", "11" * 20), "a b": Entry("100755", "22" * 20)}


def test_every_directory_on_the_way_is_asked_for_parents_first() -> None:
    assert directories(["a/b/c", "a/d", "e"]) == ["", "a", "a/b"]


def test_what_is_not_there_can_be_written_and_reads_as_nothing() -> None:
    for path in ("new", "dir/new", "new/deep/er"):
        assert (place(_LISTINGS, path).readable, place(_LISTINGS, path).mode_to_write) == (None, "100644")


def test_an_executable_keeps_its_mode() -> None:
    assert place(_LISTINGS, "dir/run").mode_to_write == "100755"


@pytest.mark.parametrize("path", ["link", "link/x", "dir/odd"])
def test_links_and_odd_modes_are_neither_read_nor_written(path: str) -> None:
    with pytest.raises(EditRefused):
        _ = place(_LISTINGS, path).readable
    with pytest.raises(EditRefused):
        _ = place(_LISTINGS, path).mode_to_write


@pytest.mark.parametrize("path", ["dir", "file/x"])
def test_a_file_and_a_directory_do_not_replace_each_other(path: str) -> None:
    assert place(_LISTINGS, path).readable is None
    with pytest.raises(EditRefused):
        _ = place(_LISTINGS, path).mode_to_write
