"""Values inside a block of text: edited exactly, or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.errors import EditRefused, Stale
from langraph.helm_values import apply_changes, changed_paths, find, keys_under, parse_path, revert_edit, set_value
from langraph.models.incident import ValueChange
from tests.support.yaml_files import SCALARS, File, files, scalars

HEAD = "spec:\n  helm:\n    values: |\n"
INNER = "# text\nresources:\n  limits: {memory: 1Gi} # why\n\nlist:\n- name: a\n"
TAIL = "  after: 'x'\n"
MEMORY = parse_path("spec.helm.values.|.resources.limits.memory")


def indented(text: str, by: int = 6) -> str:
    return "".join(f"{' ' * by}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def block(inner: str = INNER, head: str = HEAD, by: int = 6) -> bytes:
    return (head + indented(inner, by) + TAIL).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (block(), block().replace(b"1Gi", b"2Gi")),
        (block(by=8), block(by=8).replace(b"1Gi", b"2Gi")),
        (block().replace(b"|\n", b"|+ # kept\n"), block().replace(b"|\n", b"|+ # kept\n").replace(b"1Gi", b"2Gi")),
        (block().replace(b"|\n", b"|-\n"), block().replace(b"|\n", b"|-\n").replace(b"1Gi", b"2Gi")),
        (block().replace(b"\n", b"\r\n"), block().replace(b"\n", b"\r\n").replace(b"1Gi", b"2Gi")),
        (block().replace(b"|\n", b"|2\n", 1), block().replace(b"|\n", b"|2\n", 1).replace(b"1Gi", b"2Gi")),
    ],
)
def test_only_the_values_bytes_change(before: bytes, after: bytes) -> None:
    edited = set_value(before, MEMORY, "2Gi")
    assert (edited.after, edited.op, edited.old) == (after, "set", "1Gi")
    assert changed_paths(before, after) == {(0, MEMORY)}


@pytest.mark.parametrize("head", [HEAD, HEAD.replace("|", "|-"), HEAD.replace("|", "|+")])
def test_an_inserted_key_gets_the_blocks_indentation(head: str) -> None:
    before = block("a: 1\nresources: {}\n", head)
    made = set_value(before, MEMORY, "1Gi")
    assert made.op == "insert"
    assert made.after == block("a: 1\nresources:\n  limits:\n    memory: 1Gi\n", head)
    assert revert_edit(before, made.after, made.after) == before


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_block_at_the_end_of_the_file_keeps_its_ending(ending: str) -> None:
    before = f"v: |-\n  a: 1{ending}".encode()
    assert set_value(before, ("v", "|", "b"), 2).after == f"v: |-\n  a: 1\n  b: 2{ending}".encode()
    assert set_value(before, ("v", "|", "a"), 2).after == f"v: |-\n  a: 2{ending}".encode()


@pytest.mark.parametrize(
    "source",
    [
        b"v: 'a: 1'\n",
        b"v: >\n  a: 1\n",
        b"v: |\n  {{ if }}\n",
        b"v: |\n",
        b"v: &t |\n  a: 1\nw: *t\n",
        "v: |\n  a: 1\u2028  b: 1\n".encode(),
        b"v: |\n  a: &x 1\n  b: *x\n",
        b"v: |\n  a: |\n    b: 1\n",
    ],
)
def test_what_cannot_be_edited_exactly_is_refused(source: bytes) -> None:
    with pytest.raises(EditRefused):
        set_value(source, ("v", "|", "a"), 2)


def test_the_value_is_found_where_it_stands_in_the_file() -> None:
    found = find(block(), MEMORY)
    assert (found.value, found.line, found.shared) == ("1Gi", 6, False)
    assert keys_under(block(), ("spec", "helm", "values", "|")) == ("resources", "list")
    assert not find(block(), ("spec", "helm", "values", "|", "nothing")).exists
    assert not find(block(), ("spec", "|", "nothing")).exists
    assert find(b"a: {'|': {b: 1}}\n", ("a", "|", "b")).value == 1


def test_text_within_text_is_edited_too() -> None:
    before = b"v: |\n  w: |\n    a: 1\n  b: 2\n"
    path = ("v", "|", "w", "|", "a")
    assert set_value(before, path, 5).after == before.replace(b"a: 1", b"a: 5")
    assert changed_paths(before, before.replace(b"a: 1", b"a: 5")) == {(0, path)}


def test_changes_inside_and_outside_are_made_together_on_what_was_seen() -> None:
    file = "f.yaml"
    inside = ValueChange(file, MEMORY, "1Gi", "2Gi")
    outside = ValueChange(file, ("spec", "after"), "x", "y")
    added = ValueChange(file, parse_path("spec.helm.values.|.resources.limits.cpu"), None, "1", "insert")
    after = apply_changes(block(), [inside, outside, added])
    assert changed_paths(block(), after) == {(0, change.path) for change in (inside, outside, added)}
    with pytest.raises(Stale):
        apply_changes(block().replace(b"1Gi", b"3Gi"), [inside])


def test_a_text_that_differs_in_its_comments_only_differs_as_text() -> None:
    assert changed_paths(block(), block().replace(b"# why", b"# because")) == {(0, MEMORY[:3])}


@settings(max_examples=60, deadline=None)
@given(files(), st.data(), st.integers(1, 4), st.sampled_from(["|", "|-", "|+"]))
def test_an_edit_inside_is_the_edit_of_the_text_alone(file: File, data: st.DataObject, by: int, mark: str) -> None:
    inner = file.source.decode()
    places = scalars(file.model)
    plain = not inner.startswith("\ufeff") and "\r" not in inner and inner.strip() and not inner.startswith((" ", "\n"))
    if not places or not plain:
        return
    source = f"v: {mark}\n{indented(inner, by)}".encode()
    text = find(source, ("v",)).value
    path, _ = data.draw(st.sampled_from(places))
    new = data.draw(SCALARS)
    try:
        after = set_value(source, ("v", "|", *path), new).after
    except EditRefused:
        return  # a refusal is always safe
    assert isinstance(text, str)
    assert find(after, ("v",)).value == set_value(text.encode(), path, new).after.decode()
    assert sum(a != b for a, b in zip(source.split(b"\n"), after.split(b"\n"), strict=False)) <= 1
