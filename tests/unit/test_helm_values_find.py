"""Paths, look-ups and types as Helm sees them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langraph.errors import BadInput, EditRefused
from langraph.helm_values import (
    find,
    find_named,
    format_path,
    keys_under,
    load_yaml,
    parse_path,
    read_plain,
    typed_like,
    walk,
)
from langraph.models.incident import Scalar, ValuePath


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("resources.limits.memory", ("resources", "limits", "memory")),
        ("env[2].value", ("env", 2, "value")),
        ("a[0][1]", ("a", 0, 1)),
        ("[0].name", (0, "name")),
        ("[0][1]", (0, 1)),
        ("[3]", (3,)),
        ('["a.b", "c", 0]', ("a.b", "c", 0)),
        ("a/b.c-d", ("a/b", "c-d")),
        (" a.b ", ("a", "b")),
    ],
)
def test_paths_are_read_dotted_or_as_a_json_list(text: str, path: ValuePath) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "a.",
        ".a",
        "a[",
        "a[x]",
        "a[-1]",
        "a]b",
        "[]",
        "[true]",
        "[1.5]",
        "[-1]",
        "[null]",
        "a. b",
        "a\\.b",
    ],
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="path"):
        parse_path(text)


@given(
    st.lists(
        st.one_of(st.text(max_size=6), st.sampled_from(["a", "b.c", "[0]"]), st.integers(0, 99)), min_size=1, max_size=5
    )
)
def test_a_written_path_is_read_back_as_it_was(parts: list[str | int]) -> None:
    assert parse_path(format_path(tuple(parts))) == tuple(parts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("512Mi", "512Mi"), ("1", 1), ("-1", -1), ("+5", 5), ("0", 0), ("012", 10), ("0o14", 12), ("0x1F", 31),
        ("0b11", 3), ("1_000", 1000), ("09", 9.0), ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0),
        ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 1.8446744073709552e19),
        ("yes", True), ("off", False), ("y", True), ("True", True), ("tRUE", "tRUE"), ("~", None), ("", None),
        ("Null", None), ("nil", "nil"), (".inf", math.inf), ("12:30:45", "12:30:45"), ("2025-01-02", "2025-01-02"),
        ("1.2.3", "1.2.3"), ("-", "-"), (".", "."), ("1e999", "1e999"),
    ],
)  # fmt: skip
def test_bare_scalars_have_the_type_that_helm_sees(text: str, value: Scalar) -> None:
    seen = read_plain(text)
    assert (type(seen), seen) == (type(value), value)


def test_what_a_person_types_takes_the_type_of_what_it_replaces() -> None:
    assert typed_like("1", "500m") == "1"
    assert typed_like("6", 3) == 6
    assert typed_like("false", True) is False
    assert typed_like("1Gi", None) == "1Gi"


FILE = b"""\
defaults: &defaults
  cpu: 1
  memory: 1Gi
web:
  <<: *defaults
  memory: 2Gi
job: *defaults
plain: {a: [1, x], b: {}}
env:
- name: A
  value: "1"
- name: B
8080: on
text: |
  hello
"""


def test_values_are_found_with_kind_type_and_line() -> None:
    found = find(FILE, ("env", 0, "value"))
    assert (found.exists, found.value, found.kind, found.shared, found.line) == (True, "1", "scalar", False, 11)
    assert find(FILE, ("plain",)).kind == "mapping"
    assert find(FILE, ("plain", "a")).kind == "sequence"
    assert find(FILE, ("8080",)).value is True
    assert find(FILE, ("text",)).value == "hello\n"


@pytest.mark.parametrize(
    "path", [("no",), ("plain", "a", 2), ("plain", 0), ("env", "name"), ("text", "a", "b"), ("web", "no")]
)
def test_what_is_not_there_is_absent(path: ValuePath) -> None:
    found = find(FILE, path)
    assert (found.exists, found.kind, found.value) == (False, "absent", None)


@pytest.mark.parametrize(
    ("path", "value", "shared"),
    [
        (("web", "cpu"), 1, True),
        (("web", "memory"), "2Gi", False),
        (("job", "memory"), "1Gi", True),
        (("defaults", "cpu"), 1, True),
    ],
)
def test_values_reached_through_aliases_and_merges_are_marked_shared(
    path: ValuePath, value: Scalar, shared: bool
) -> None:
    found = find(FILE, path)
    assert (found.value, found.shared) == (value, shared)


def test_keys_and_positions_below_a_path_are_listed() -> None:
    assert keys_under(FILE, ("plain",)) == ("a", "b")
    assert keys_under(FILE, ("env",)) == (0, 1)
    assert keys_under(FILE, ("web",)) == ("memory",)
    assert keys_under(FILE, ("text",)) == ()
    assert keys_under(FILE, ("no",)) == ()


def test_a_walk_yields_every_scalar_that_stands_in_the_file() -> None:
    assert dict(walk(FILE)) == {
        ("defaults", "cpu"): 1,
        ("defaults", "memory"): "1Gi",
        ("web", "memory"): "2Gi",
        ("plain", "a", 0): 1,
        ("plain", "a", 1): "x",
        ("env", 0, "name"): "A",
        ("env", 0, "value"): "1",
        ("env", 1, "name"): "B",
        ("8080",): True,
        ("text",): "hello\n",
    }


def test_a_list_item_is_found_by_its_name() -> None:
    assert find_named(FILE, ("env",), "B") == 1
    assert find_named(FILE, ("env",), "C") is None
    assert find_named(FILE, ("plain",), "a") is None
    assert find_named(FILE, ("no", "where"), "a") is None
    with pytest.raises(EditRefused, match="2 items named 'A'"):
        find_named(b"env: [{name: A}, {name: A}]\n", ("env",), "A")


def test_loaded_data_is_what_helm_sees() -> None:
    assert load_yaml(FILE, "values.yaml") == {
        "defaults": {"cpu": 1, "memory": "1Gi"},
        "web": {"cpu": 1, "memory": "2Gi"},
        "job": {"cpu": 1, "memory": "1Gi"},
        "plain": {"a": [1, "x"], "b": {}},
        "env": [{"name": "A", "value": "1"}, {"name": "B"}],
        "8080": True,
        "text": "hello\n",
    }
    assert load_yaml("", "policy.yaml") is None
    assert load_yaml("a: !!str 1", "policy.yaml") == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "twice"),
        ("a: 1\n---\nb: 1", "2 documents"),
        ("a: !x 1", "tag"),
        ("a: [1\nb: 2", "line 2"),
        ("a: 1\n<<: 5\n", "merge"),
    ],
)
def test_data_that_cannot_be_trusted_is_not_loaded(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=f"policy.yaml: .*{says}"):
        load_yaml(text, "policy.yaml")
