"""Files and edits that must be refused, each with the place, the thing and the cure."""

import pytest
import yaml

from langraph.errors import BadInput, EditRefused
from langraph.helm_values import find, load_yaml, parse_path, set_value

REFUSED = {
    "an_alias": ("a: &x 1\nb: *x\n", "b", "line 2, column 4: .*alias .x"),
    "below_an_alias": ("a: &x {q: 1}\nb: *x\n", "b.q", "alias .x"),
    "an_aliased_anchor": ("a: &x 1\nb: *x\n", "a", "line 1, column 4: .*repeat it elsewhere"),
    "below_an_aliased_anchor": ("a: &x\n  q: 1\nb:\n  <<: *x\n", "a.q", "repeat it elsewhere"),
    "into_an_aliased_anchor": ("a: &x\n  q: 1\nb: *x\n", "a.r", "repeat it elsewhere"),
    "a_merged_key": ("a: &x {q: 1}\nb:\n  <<: *x\n", "b.q", "merge key"),
    "below_a_merged_key": ("a: &x {q: {r: 1}}\nb:\n  <<: [*x]\n", "b.q.s", "merge key"),
    "a_duplicate_key": ("a: 1\nb:\n  c: 1\n  'c': 2\n", "a", "line 4, column 3: the key 'c' is there twice"),
    "a_duplicate_key_of_two_types": ("1: a\n'1': b\n", '["1"]', "twice"),
    "a_tag": ("a: !!str 1\n", "a", "line 1, column 4: .*tag"),
    "below_a_tag": ("a: !mine\n  b: 1\n", "a.b", "tag"),
    "a_block_of_text": ("a: |\n  x\n", "a", "block of text"),
    "folded_text": ("a: >-\n  x\n", "a", "block of text"),
    "a_tab_as_indentation": ("a:\n\tb: 1\n", "a.b", "line 2, column 1: a tab .*spaces"),
    "not_yaml": ("a: [1\nb: 2\n", "a", "line 2"),
    "a_template": ("a: {{ .x }}\n", "a", "line 1"),
    "a_control_character": ("a: \x01\n", "a", "cannot be read"),
    "an_unknown_alias": ("a: *x\n", "a", "no anchor before it"),
    "an_alias_inside_itself": ("a: &x [*x]\n", "a", "inside its own anchor"),
    "a_mapping_in_place_of_a_value": ("a:\n  b: 1\n", "a", "is a mapping"),
    "a_list_in_place_of_a_value": ("a: []\n", "a", "is a sequence"),
    "keys_below_a_value": ("a: 5\n", "a.b", "holds no keys"),
    "a_position_in_a_mapping": ("a:\n  b: 1\n", "a[0]", "no position 0"),
    "a_key_in_a_list": ("a:\n- b: 1\n", "a.b", "list of 1 items"),
    "a_position_beyond_the_list": ("a:\n- b: 1\n", "a[1].b", "list of 1 items"),
    "a_new_list": ("a: {}\n", "a.b[0]", "new list item"),
    "a_complex_key": ("? [a, b]\n: 1\nc: 2\n", "c", "not a plain name"),
    "an_anchor_on_its_own_line": ("a: &x\n  512Mi\n", "a", "anchor"),
    "braces_with_a_comment_inside": ("a: {\n  # none\n}\n", "a.b", "braces"),
    "a_flow_key_without_colon": ("a: {b}\n", "a.b", "not come out exact"),
    "beside_text_that_ends_with_the_file": ("a:\n  b: |\n    x", "a.c", "add a line break"),
    "into_a_flow_pair_without_braces": ("r: [a: 1, b: 2]\n", "r[0].c", "not come out exact"),
    "braces_on_the_document_line": ("--- {}\n", "a", "by hand"),
    "too_deep": ("a:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 40)), "a", "32 levels"),
    "too_deep_in_braces": ("a: " + "[" * 40 + "]" * 40, "a", "32 levels"),
    "too_many_aliases": ("a: &x 1\nb: [" + "*x, " * 101 + "1]\n", "a", "100 aliases"),
    "too_large": ("a: 1\n" + "#" * (256 * 1024), "a", "262144"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_thing_and_cure(name: str) -> None:
    text, path, says = REFUSED[name]
    with pytest.raises(EditRefused, match=says) as caught:
        set_value(text.encode(), parse_path(path), "new")
    assert ";" in str(caught.value), "a refusal ends with its cure"


def test_bytes_that_are_no_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(EditRefused, match=r"line 2.*0xff.*UTF-8"):
        set_value(b"a: 1\nb: \xff\n", ("a",), 2)


def test_a_document_that_is_not_there_is_refused() -> None:
    with pytest.raises(EditRefused, match="1 document"):
        set_value(b"a: 1\n", ("a",), 2, doc=1)


def test_an_absent_key_is_refused_when_it_may_not_be_created() -> None:
    with pytest.raises(EditRefused, match=r"a\.b is not in the file"):
        set_value(b"a: {}\n", ("a", "b"), 2, create=False)


def test_no_path_and_no_number_are_bad_input() -> None:
    with pytest.raises(BadInput, match="path is empty"):
        set_value(b"a: 1\n", (), 2)
    with pytest.raises(BadInput, match="inf"):
        set_value(b"a: 1.5\n", ("a",), float("inf"))


def test_a_bomb_of_aliases_is_neither_walked_nor_unfolded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 11)]
    bomb = ("\n".join(lines) + "\nb: 1\n").encode()
    assert set_value(bomb, ("b",), 2).after == bomb.replace(b"b: 1", b"b: 2")
    with pytest.raises(BadInput, match="unfold"):
        load_yaml(bomb, "policy.yaml")


def test_a_bomb_of_merges_is_looked_through_once() -> None:
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 11)]
    bomb = ("\n".join(lines) + "\n").encode()
    assert find(bomb, ("a10", "k")).value == 1
    assert not find(bomb, ("a10", "absent")).exists


class Shifted(yaml.SafeLoader):
    """A loader whose marks do not enclose the text."""

    def get_event(self) -> yaml.Event:
        event: yaml.Event = super().get_event()
        if isinstance(event, yaml.ScalarEvent):
            event.start_mark = event.end_mark
        return event


def test_marks_of_the_fast_loader_that_do_not_fit_are_read_again_with_the_exact_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(yaml, "CSafeLoader", Shifted, raising=False)
    assert set_value(b"a: 512Mi # c\n", ("a",), "1Gi").after == b"a: 1Gi # c\n"
    monkeypatch.setattr(yaml, "SafeLoader", Shifted)
    with pytest.raises(EditRefused, match="cannot be told exactly"):
        set_value(b"a: 512Mi # c\n", ("a",), "1Gi")
