"""What holds for every values file: only the value's bytes change, and it means what was asked."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from langraph.errors import EditRefused
from langraph.helm_values import (
    changed_paths,
    find,
    format_path,
    load_yaml,
    read_plain,
    revert_edit,
    set_value,
    walk,
)
from langraph.helm_values.scalars import is_bare, same, write_scalar
from langraph.helm_values.tree import Node, read_stream
from langraph.models.incident import Scalar
from tests.support.yaml_files import SCALARS, STRINGS, File, files, mappings, scalars, with_value

VALUES_FILES = sorted(Path(__file__).parents[2].glob("helm-values/*/values.yaml"))
thorough = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def span(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """What is left of the two when equal beginnings and ends are cut off."""
    head = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    rest = min(len(before), len(after)) - head
    tail = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return before[head : len(before) - tail], after[head : len(after) - tail]


@thorough
@given(files())
def test_a_file_is_read_as_it_was_meant(file: File) -> None:
    assert load_yaml(file.source, "f") == file.model
    found = dict(walk(file.source))
    assert all(same(found[path], value) for path, value in scalars(file.model))


@thorough
@given(files(), st.data())
def test_setting_changes_one_line_and_one_value(file: File, data: st.DataObject) -> None:
    places = scalars(file.model)
    assume(places)
    path, old = data.draw(st.sampled_from(places))
    new = data.draw(SCALARS)
    edited = set_value(file.source, path, new)
    assert edited.op == "set"
    assert same(edited.old, old)
    gone, come = span(file.source, edited.after)
    assert b"\n" not in gone + come
    assert load_yaml(edited.after, "f") == with_value(file.model, path, new)
    assert changed_paths(file.source, edited.after) == (set() if same(old, new) else {(0, path)})
    assert set_value(edited.after, path, new).after == edited.after


@thorough
@given(files(quantity=True))
def test_a_quantity_set_and_set_back_restores_the_bytes(file: File) -> None:
    path = next(path for path, _ in scalars(file.model) if path[-1] == "q")
    edited = set_value(file.source, path, "3Gi")
    assert edited.after != file.source
    assert set_value(edited.after, path, "512Mi").after == file.source


@thorough
@given(files(quantity=True), st.data())
def test_an_insert_is_taken_back_also_after_another_change(file: File, data: st.DataObject) -> None:
    path = next(path for path, _ in scalars(file.model) if path[-1] == "q")
    inserted = set_value(file.source, (*data.draw(st.sampled_from(mappings(file.model))), "new", "b"), 5).after
    assert revert_edit(file.source, inserted, inserted) == file.source
    current = set_value(inserted, path, "3Gi").after
    try:
        reverted = revert_edit(file.source, inserted, current)
    except EditRefused:
        return
    assert reverted == set_value(file.source, path, "3Gi").after


@thorough
@given(files(), st.data())
def test_inserting_adds_bytes_and_one_value(file: File, data: st.DataObject) -> None:
    path = (
        *data.draw(st.sampled_from(mappings(file.model))),
        *data.draw(st.sampled_from([("new",), ("new", "b", "c")])),
    )
    new = data.draw(SCALARS)
    edited = set_value(file.source, path, new)
    assert edited.op == "insert"
    assert load_yaml(edited.after, "f") == with_value(file.model, path, new)
    assert same(find(edited.after, path).value, new)
    assert changed_paths(file.source, edited.after) == {(0, path)}
    for comment in (b"# why", b"#\ttab", b"# note", b"#\tnote: x", b"# --", b"# 2"):
        assert edited.after.count(comment) == file.source.count(comment)
    assert set_value(edited.after, path, new).after == edited.after


@given(STRINGS, st.sampled_from(["", "'", '"']), st.booleans())
def test_a_written_string_is_that_string_to_helm_and_to_python(text: str, style: str, flow: bool) -> None:
    written = write_scalar(text, style=style, flow=flow)
    source = f"a: [{written}]" if flow else f"a: {written}"
    expected = {"a": [text]} if flow else {"a": text}
    assert load_yaml(source, "f") == expected
    assert yaml.safe_load(source) == expected


@given(SCALARS.filter(lambda value: not isinstance(value, str)))
def test_a_written_number_is_that_number_to_helm_and_to_python(value: Scalar) -> None:
    written = write_scalar(value)
    assert same(read_plain(written), value)
    assert same(yaml.safe_load(f"a: {written}")["a"], value)


@given(st.text(alphabet="0123456789abcdefxXoObBeE+-_.:~yYnN", max_size=8))
def test_bare_text_is_text_to_helm_and_to_python(text: str) -> None:
    if is_bare(text):
        assert yaml.safe_load(f"a: {text}") == {"a": text} == load_yaml(f"a: {text}", "f")


def marks(node: Node) -> list[tuple[object, ...]]:
    """Everything an edit relies on: ends of block collections are not among it."""
    is_block = node.kind in ("mapping", "sequence") and not node.flow
    here = (node.kind, node.start, None if is_block else node.end, node.line, node.column, node.text, node.style)
    return [here, *(m for key, below in node.entries for m in (*(marks(key) if key else []), *marks(below)))]


@thorough
@given(files())
def test_both_loaders_put_every_mark_in_the_same_place(file: File) -> None:
    fast = [marks(each.root) for each in read_stream(file.source).documents]
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader", raising=False)
        slow = [marks(each.root) for each in read_stream(file.source).documents]
    assert fast == slow


@pytest.mark.parametrize("path", VALUES_FILES, ids=lambda p: p.parent.name)
def test_every_scalar_of_our_values_files_can_be_set_and_set_back(path: Path) -> None:
    source = path.read_bytes()
    blocks = 0
    for place, old in walk(source):
        if isinstance(old, str) and "\n" in old:
            blocks += 1
            continue
        new = f"{old}0" if isinstance(old, str) else not old if isinstance(old, bool) else 4711
        edited = set_value(source, place, new)
        assert changed_paths(source, edited.after, whole={(0, place)}) == {(0, place)}, format_path(place)
        assert set_value(edited.after, place, old).after == source, format_path(place)
    assert blocks <= 1
    assert len(list(walk(source))) > 20


def test_there_are_values_files_to_try() -> None:
    assert {p.parent.name for p in VALUES_FILES} >= {"grafana", "loki", "orders-api", "postgresql", "mail-worker"}
