"""Approved changes applied to a file, what differs, and how it is shown."""

import pytest

from langraph.errors import BadInput, EditRefused, Stale
from langraph.helm_values import apply_changes, changed_paths, revert_edit, set_value, unified_diff
from langraph.models.incident import Scalar, ValueChange

FILE = b"resources:\n  limits:\n    memory: 512Mi # c\nreplicas: 2\nextra: {}\n"


def change(path: str, old: Scalar, new: Scalar, op: str = "set", file: str = "v.yaml") -> ValueChange:
    return ValueChange(file, tuple(path.split(".")), old, new, op)


def test_changes_are_applied_in_order_each_on_its_old_value() -> None:
    after = apply_changes(
        FILE,
        [
            change("resources.limits.memory", "512Mi", "1Gi"),
            change("resources.requests.memory", None, "512Mi", "insert"),
            change("resources.requests.cpu", None, "100m", "insert"),
            change("replicas", 2, 3),
        ],
    )
    assert after == (
        b"resources:\n  limits:\n    memory: 1Gi # c\n  requests:\n    memory: 512Mi\n    cpu: 100m\n"
        b"replicas: 3\nextra: {}\n"
    )
    assert changed_paths(FILE, after) == {
        (0, ("resources", "limits", "memory")),
        (0, ("resources", "requests", "memory")),
        (0, ("resources", "requests", "cpu")),
        (0, ("replicas",)),
    }


@pytest.mark.parametrize(
    ("path", "old", "present"),
    [
        ("resources.limits.memory", "256Mi", "'512Mi'"),
        ("replicas", "2", "2"),
        ("replicas", 2.0, "2"),
        ("replicas", None, "2"),
        ("resources.limits.cpu", "1", "absent"),
        ("resources.limits", None, "a mapping"),
    ],
)
def test_a_value_that_is_not_what_the_approver_saw_is_stale(path: str, old: Scalar, present: str) -> None:
    with pytest.raises(Stale, match=f"v.yaml#0:{path} is {present} now.*{old!r}"):
        apply_changes(FILE, [change(path, old, "x")])


def test_a_change_to_the_value_that_is_there_leaves_the_bytes_alone() -> None:
    assert apply_changes(FILE, [change("replicas", 2, 2)]) == FILE
    assert apply_changes(FILE, []) == FILE


def test_two_changes_of_one_key_follow_each_other() -> None:
    assert apply_changes(FILE, [change("replicas", 2, 3), change("replicas", 3, 2)]) == FILE
    assert b"replicas: 4" in apply_changes(FILE, [change("replicas", 2, 3), change("replicas", 3, 4)])


def test_changes_of_several_files_and_unknown_ops_are_bad_input() -> None:
    with pytest.raises(BadInput, match="several files"):
        apply_changes(FILE, [change("replicas", 2, 3), change("a", None, 3, file="w.yaml")])
    with pytest.raises(BadInput, match="'remove'"):
        apply_changes(FILE, [change("replicas", 2, 3, op="remove")])


def test_a_change_that_cannot_be_exact_is_refused() -> None:
    with pytest.raises(EditRefused, match="alias"):
        apply_changes(b"a: &x 1\nb: *x\n", [change("b", 1, 2)])


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("a: 1\nb: x\n", "b: 'x' # c\na: 0x1\n", set()),
        ("a: 1\n", "a: '1'\n", {("a",)}),
        ("a: 1\n", "a: 1.0\n", {("a",)}),
        ("a: {}\n", "a: {b: {c: 1}}\n", {("a", "b", "c")}),
        ("a:\n", "a: {b: 1}\n", {("a", "b")}),
        ("a: {b: 1}\n", "a: {}\n", {("a", "b")}),
        ("a: {}\n", "b: 1\n", {("a",), ("b",)}),
        ("a: {}\n", "a: []\n", {("a",)}),
        ("a: []\n", "a: [1]\n", {("a",), ("a", 0)}),
        ("a: 1\n", "a: {b: 1}\n", {("a",), ("a", "b")}),
        ("a: &x 1\nb: *x\n", "a: &x 2\nb: *x\n", {("a",), ("b",)}),
        ("a: &x {q: [1]}\nb: {<<: *x}\n", "a: &x {q: [2]}\nb: {<<: *x}\n", {("a", "q", 0), ("b", "<<")}),
        ("", "a: 1\n", {("a",)}),
    ],
)
def test_the_difference_by_meaning_names_every_changed_place(before: str, after: str, changed: set[object]) -> None:
    assert changed_paths(before.encode(), after.encode()) == {(0, path) for path in changed}


def test_the_difference_names_the_document() -> None:
    assert changed_paths(b"a: 1\n---\na: 1\n", b"a: 1\n---\na: 2\n") == {(1, ("a",))}


def test_a_diff_shows_three_lines_around_the_change() -> None:
    before = "".join(f"k{n}: {n}\n" for n in range(20)).encode()
    after = before.replace(b"k9: 9", b"k9: 90")
    assert unified_diff("helm-values/a/values.yaml", before, after) == (
        "--- a/helm-values/a/values.yaml\n+++ b/helm-values/a/values.yaml\n"
        "@@ -7,7 +7,7 @@\n k6: 6\n k7: 7\n k8: 8\n-k9: 9\n+k9: 90\n k10: 10\n k11: 11\n k12: 12\n"
    )


def test_changes_far_apart_have_hunks_of_their_own_and_near_ones_share() -> None:
    before = "".join(f"k{n}: {n}\n" for n in range(30)).encode()
    far = before.replace(b"k2: 2\n", b"k2: x\n").replace(b"k20: 20\n", b"k20: x\n")
    near = before.replace(b"k2: 2\n", b"k2: x\n").replace(b"k9: 9\n", b"")
    assert unified_diff("f", before, far).count("@@ -") == 2
    assert unified_diff("f", before, near).count("@@ -") == 1


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (b"a: 1\r\nb: 2\r\n", b"a: 1\r\nb: 3\r\n", "@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"),
        (
            b"a: 1",
            b"a: 2",
            "@@ -1 +1 @@\n-a: 1\n\\ No newline at end of file\n+a: 2\n\\ No newline at end of file\n",
        ),
        (b"a: 1\nb: 1", b"a: 2\nb: 1", "@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n b: 1\n\\ No newline at end of file\n"),
        (b"", b"a: 1\n", "@@ -0,0 +1 @@\n+a: 1\n"),
        (b"a: 1\n", b"", "@@ -1 +0,0 @@\n-a: 1\n"),
        (b"a: x\xe2\x80\xa8y\n", b"a: z\n", "@@ -1 +1 @@\n-a: x\u2028y\n+a: z\n"),
    ],
)
def test_a_diff_is_right_at_the_edges(before: bytes, after: bytes, shown: str) -> None:
    assert unified_diff("f", before, after) == "--- a/f\n+++ b/f\n" + shown


def test_equal_files_have_no_diff() -> None:
    assert unified_diff("f", FILE, FILE) == ""


AFTER = set_value(FILE, ("extra", "a"), 1).after


def test_an_edit_is_taken_back_exactly_when_nothing_else_changed() -> None:
    assert revert_edit(FILE, AFTER, AFTER) == FILE


def test_an_edit_is_taken_back_and_other_peoples_changes_stay() -> None:
    current = b"# header\n" + AFTER.replace(b"512Mi", b"1Gi")
    assert revert_edit(FILE, AFTER, current) == b"# header\n" + FILE.replace(b"512Mi", b"1Gi")
    crlf = [data.replace(b"\n", b"\r\n") for data in (FILE, AFTER, current)]
    assert revert_edit(*crlf) == b"# header\r\n" + crlf[0].replace(b"512Mi", b"1Gi")


def test_an_edit_whose_value_was_changed_since_is_stale() -> None:
    with pytest.raises(Stale, match=r"extra\.a was changed since"):
        revert_edit(FILE, AFTER, AFTER.replace(b"a: 1", b"a: 2"))
    with pytest.raises(Stale, match=r"extra\.a was changed since"):
        revert_edit(FILE, AFTER, FILE + b"more: 1\n")


@pytest.mark.parametrize("addition", [b"  b: 2\n", b"  # seen\n  b: 2\n"])
def test_an_edit_that_others_built_upon_is_left_to_people(addition: bytes) -> None:
    with pytest.raises(EditRefused, match="by hand"):
        revert_edit(FILE, AFTER, AFTER + addition)


def test_an_edit_whose_lines_were_changed_since_is_left_to_people() -> None:
    with pytest.raises(EditRefused, match="same lines"):
        revert_edit(FILE, AFTER, AFTER.replace(b"a: 1", b"a: 1 # kept"))
