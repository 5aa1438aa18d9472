"""Byte-minimal edits of values files, compared byte by byte on hand-made hard files."""

from dataclasses import dataclass

import pytest

from langraph.helm_values import parse_path, set_value
from langraph.models.incident import Scalar

MEMORY = "resources.limits.memory"


@dataclass(frozen=True)
class Case:
    """One edit: the file, the key, the value, the file as it must be afterwards."""

    name: str
    before: str
    path: str
    value: Scalar
    after: str
    op: str = "set"


SETS = [
    Case("bare_text", "a:\n  b: 512Mi\n", "a.b", "1Gi", "a:\n  b: 1Gi\n"),
    Case("trailing_comment", "a: 512Mi   # was 256\n", "a", "1Gi", "a: 1Gi   # was 256\n"),
    Case("double_quotes", 'a: "1"\n', "a", "2", 'a: "2"\n'),
    Case("single_quotes", "a: '500m' # x\n", "a", "1", "a: '1' # x\n"),
    Case("a_quote_inside_single_quotes", "a: 'x'\n", "a", "it's", "a: 'it''s'\n"),
    Case("a_line_break_leaves_single_quotes", "a: 'x'\n", "a", "b\nc", 'a: "b\\nc"\n'),
    Case("backslash_in_double_quotes", 'a: "x"\n', "a", 'C:\\"', 'a: "C:\\\\\\""\n'),
    Case("control_and_wide_characters_are_escaped", 'a: "x"\n', "a", "\x01\u2028", 'a: "\\x01\\u2028"\n'),
    Case("number_stays_number", "a: 3\n", "a", 6, "a: 6\n"),
    Case("float", "a: 0.5\n", "a", 0.75, "a: 0.75\n"),
    Case("large_float_has_point_and_sign", "a: 0.5\n", "a", 1e22, "a: 1.0e+22\n"),
    Case("text_like_a_number_is_quoted", "a: x\n", "a", "500", 'a: "500"\n'),
    Case("text_like_a_bool_is_quoted", "a: x\n", "a", "no", 'a: "no"\n'),
    Case("text_like_base_60_is_quoted", "a: 12:30\n", "a", "12:45", 'a: "12:45"\n'),
    Case("text_like_a_date_is_quoted", "a: x\n", "a", "2025-01-02", 'a: "2025-01-02"\n'),
    Case("text_like_null_is_quoted", "a: x\n", "a", "~", 'a: "~"\n'),
    Case("empty_text_is_quoted", "a: x\n", "a", "", 'a: ""\n'),
    Case("text_like_a_comment_is_quoted", "a: x\n", "a", "b # c", 'a: "b # c"\n'),
    Case("a_template_is_quoted", "a: x\n", "a", "{{ .Values.b }}", 'a: "{{ .Values.b }}"\n'),
    Case("a_leading_dash_word_is_bare", "a: -Xmx512m\n", "a", "-Xmx1g", "a: -Xmx1g\n"),
    Case("a_leading_double_dash_is_bare", "a: --size=384\n", "a", "--size=768", "a: --size=768\n"),
    Case("a_document_mark_is_quoted", "a: x\n", "a", "---", 'a: "---"\n'),
    Case("json_number_becomes_a_json_string", '{"a": 1}', "a", "500m", '{"a": "500m"}'),
    Case("bare_text_among_json_keys_stays_bare", '{"a": 512Mi}', "a", "1Gi", '{"a": 1Gi}'),
    Case("octal_becomes_decimal", "mode: 0644\n", "mode", 384, "mode: 384\n"),
    Case("yes_becomes_no", "a: yes\n", "a", False, "a: no\n"),
    Case("Off_becomes_On", "a: Off # x\n", "a", True, "a: On # x\n"),
    Case("y_has_no_safe_partner", "a: y\n", "a", False, "a: false\n"),
    Case("text_becomes_bool_when_asked", 'a: "true"\n', "a", True, "a: true\n"),
    Case("null_word", "a: null # x\n", "a", 1, "a: 1 # x\n"),
    Case("tilde", "a: ~\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
    Case("nothing", "a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
    Case("nothing_but_a_comment", "a:   # why\nb: 1\n", "a", "x", "a: x   # why\nb: 1\n"),
    Case("nothing_at_the_end", "a:", "a", "x", "a: x"),
    Case("to_null", "a: 5\n", "a", None, "a: null\n"),
    Case("own_anchor", "a: &size 5 # c\nb: 1\n", "a", 6, "a: &size 6 # c\nb: 1\n"),
    Case("own_anchor_on_quotes", 'a: &size "5"\n', "a", "6", 'a: &size "6"\n'),
    Case("anchor_on_nothing", "a: &x\nb: 1\n", "a", 2, "a: &x 2\nb: 1\n"),
    Case("anchored_elsewhere", "a: &x {q: 1}\nb: *x\nc: 1\n", "c", 2, "a: &x {q: 1}\nb: *x\nc: 2\n"),
    Case("own_key_beside_a_merge", "a: &x {q: 1}\nb:\n  <<: *x\n  q: 2\n", "b.q", 3,
         "a: &x {q: 1}\nb:\n  <<: *x\n  q: 3\n"),
    Case("flow_mapping", "r: {limits: {memory: 1Gi, cpu: 1}}\n", "r.limits.memory", "2Gi",
         "r: {limits: {memory: 2Gi, cpu: 1}}\n"),
    Case("flow_text_with_comma", "r: {a: x}\n", "r.a", "b,c", 'r: {a: "b,c"}\n'),
    Case("flow_nothing", "r: {a: , b: 1}\n", "r.a", 5, "r: {a: 5, b: 1}\n"),
    Case("flow_list", "r: [a, b]\n", "r[1]", "c", "r: [a, c]\n"),
    Case("flow_pair_without_braces", "r: [a: 1, b: 2]\n", "r[1].b", 5, "r: [a: 1, b: 5]\n"),
    Case("json", '{"a": {"b": "x"}, "c": 1}', "a.b", "y", '{"a": {"b": "y"}, "c": 1}'),
    Case("tight_json", '{"a":null}', "a", "y", '{"a":"y"}'),
    Case("crlf", "a: 1\r\nb: 2\r\n", "a", 10, "a: 10\r\nb: 2\r\n"),
    Case("bom", "\ufeffa: 1\nb: 2\n", "b", 10, "\ufeffa: 1\nb: 10\n"),
    Case("no_final_newline", "a: 1\nb: 2", "b", 10, "a: 1\nb: 10"),
    Case("tabs_in_comments", "a: 1 #\tx\ty\n#\tz\nb: 2\n", "b", 10, "a: 1 #\tx\ty\n#\tz\nb: 10\n"),
    Case("line_separator_in_a_comment", "# \u2028\na: 1\nb: 2\n", "b", 10, "# \u2028\na: 1\nb: 10\n"),
    Case("next_line_in_a_comment", "# x\u0085# y\na: 1\nb: 2\n", "b", 10, "# x\u0085# y\na: 1\nb: 10\n"),
    Case("wide_characters_before", "a: 메모리 🚨\nb: 2 # 값\n", "b", 10, "a: 메모리 🚨\nb: 10 # 값\n"),
    Case("block_scalar_before", "a: |\n  b: 1\n   # no comment\n\nb: 2\n", "b", 10,
         "a: |\n  b: 1\n   # no comment\n\nb: 10\n"),
    Case("quoted_key", "'a.b': 1\n\"c d\": 2\n", '["a.b"]', 10, "'a.b': 10\n\"c d\": 2\n"),
    Case("number_as_key", "8080: x\n", '["8080"]', "z", "8080: z\n"),
    Case("list_not_indented", "e:\n- name: A\n  value: x\n- name: B\n  value: y\n", "e[1].value", "z",
         "e:\n- name: A\n  value: x\n- name: B\n  value: z\n"),
    Case("list_indented", "e:\n    - name: A\n      value: x\n", "e[0].value", "z",
         "e:\n    - name: A\n      value: z\n"),
    Case("list_of_lists", "e:\n- - 1\n  - 2\n", "e[0][1]", 3, "e:\n- - 1\n  - 3\n"),
    Case("empty_item", "e:\n-\n- 2\n", "e[0]", 1, "e:\n- 1\n- 2\n"),
    Case("value_on_the_next_line", "a:\n  # why\n  512Mi\nb: 1\n", "a", "1Gi", "a:\n  # why\n  1Gi\nb: 1\n"),
    Case("text_over_two_lines", "a: one\n  two\nb: 1\n", "a", "three", "a: three\nb: 1\n"),
    Case("the_same_again", "a:  '1'  # c\n", "a", "1", "a:  '1'  # c\n"),
    Case("the_same_octal", "a: 012\n", "a", 10, "a: 012\n"),
]  # fmt: skip

INSERTS = [
    Case("empty_braces", "resources: {}\nb: 1\n", MEMORY, "1Gi", "resources:\n  limits:\n    memory: 1Gi\nb: 1\n"),
    Case("empty_braces_with_example", "resources: {}\n  # limits:\n  #   memory: 128Mi\n\nb: 1\n", MEMORY, "1Gi",
         "resources:\n  limits:\n    memory: 1Gi\n  # limits:\n  #   memory: 128Mi\n\nb: 1\n"),
    Case("empty_braces_last_without_newline", "a: 1\nresources: {}", MEMORY, "1Gi",
         "a: 1\nresources:\n  limits:\n    memory: 1Gi"),
    Case("empty_braces_with_comment", "resources: {}  # none\n", MEMORY, "1Gi",
         "resources:  # none\n  limits:\n    memory: 1Gi\n"),
    Case("empty_braces_with_anchor", "resources: &r {}\n", MEMORY, "1Gi",
         "resources: &r\n  limits:\n    memory: 1Gi\n"),
    Case("empty_braces_below", "resources:\n  {}\nb: 1\n", MEMORY, "1Gi",
         "resources:\n  limits:\n    memory: 1Gi\nb: 1\n"),
    Case("empty_braces_crlf", "resources: {}\r\nb: 1\r\n", MEMORY, "1Gi",
         "resources:\r\n  limits:\r\n    memory: 1Gi\r\nb: 1\r\n"),
    Case("empty_braces_at_four_spaces", "a:\n    b: 1\nresources: {}\n", MEMORY, "1Gi",
         "a:\n    b: 1\nresources:\n    limits:\n        memory: 1Gi\n"),
    Case("empty_braces_deep", "a:\n   b:\n      resources: {}\n   c: 1\n", f"a.b.{MEMORY}", "1Gi",
         "a:\n   b:\n      resources:\n         limits:\n            memory: 1Gi\n   c: 1\n"),
    Case("null_parent", "resources: null\nb: 1\n", MEMORY, "1Gi", "resources:\n  limits:\n    memory: 1Gi\nb: 1\n"),
    Case("empty_parent_with_example", "resources:\n  # limits:\n  #   cpu: 1\nb: 1\n", MEMORY, "1Gi",
         "resources:\n  limits:\n    memory: 1Gi\n  # limits:\n  #   cpu: 1\nb: 1\n"),
    Case("into_a_block", "resources:\n  limits:\n    cpu: 1 # one\n\n# next\nb: 1\n", MEMORY, "1Gi",
         "resources:\n  limits:\n    cpu: 1 # one\n    memory: 1Gi\n\n# next\nb: 1\n"),
    Case("beside_a_block", "resources:\n  limits:\n    cpu: 1\n# next\nb: 1\n", "resources.requests.memory", "1Gi",
         "resources:\n  limits:\n    cpu: 1\n  requests:\n    memory: 1Gi\n# next\nb: 1\n"),
    Case("at_the_root", "a: 1\n\n# the end\n", "b.c", 2, "a: 1\nb:\n  c: 2\n\n# the end\n"),
    Case("a_commented_example_stays_with_its_key", "resources: {}\n  # limits:\n  #   cpu: 1\n", "b", 2,
         "resources: {}\n  # limits:\n  #   cpu: 1\nb: 2\n"),
    Case("three_spaces", "a:\n   b:\n      c: 1\nd: 2\n", "a.e.f", 3,
         "a:\n   b:\n      c: 1\n   e:\n      f: 3\nd: 2\n"),
    Case("no_final_newline", "a:\n  b: 1", "a.c", 2, "a:\n  b: 1\n  c: 2"),
    Case("crlf_without_final_newline", "a:\r\n  b: 1", "a.c", 2, "a:\r\n  b: 1\r\n  c: 2"),
    Case("bom", "\ufeffa: {}\n", "a.b", 2, "\ufeffa:\n  b: 2\n"),
    Case("bom_only", "\ufeff", "a", 2, "\ufeffa: 2\n"),
    Case("empty_file", "", MEMORY, "1Gi", "resources:\n  limits:\n    memory: 1Gi\n"),
    Case("only_comments", "# one\n\n# two\n", "a", 1, "# one\n\n# two\na: 1\n"),
    Case("only_a_comment_without_newline", "# one", "a.b", 1, "# one\na:\n  b: 1"),
    Case("only_braces", "{}\n", "a.b", 1, "a:\n  b: 1\n"),
    Case("braces_after_a_header", "# values\n{}\n", "a.b", 1, "# values\na:\n  b: 1\n"),
    Case("empty_document", "---\n# one\n", "a", 1, "---\n# one\na: 1\n"),
    Case("flow", "r: {limits: {cpu: 1}}\n", "r.limits.memory", "1Gi", "r: {limits: {cpu: 1, memory: 1Gi}}\n"),
    Case("flow_two_levels", "r: {a: 1} # c\n", "r.limits.memory", "1Gi", "r: {a: 1, limits: {memory: 1Gi}} # c\n"),
    Case("flow_empty_inside", "r: {limits: {}}\n", "r.limits.memory", "1Gi", "r: {limits: {memory: 1Gi}}\n"),
    Case("flow_over_lines", "r: {\n  a: 1, # x\n  b: 2 # y\n}\n", "r.c", 3,
         "r: {\n  a: 1, # x\n  b: 2, # y\n  c: 3\n}\n"),
    Case("flow_with_trailing_comma", "r: {a: 1, }\n", "r.c", 3, "r: {a: 1, c: 3, }\n"),
    Case("json_keeps_its_quotes", '{"a": {"b": "x"}}', "a.c.d", "1Gi", '{"a": {"b": "x", "c": {"d": "1Gi"}}}'),
    Case("quoted_siblings_are_followed", "limits:\n  cpu: '1'\n", "limits.memory", "1Gi",
         "limits:\n  cpu: '1'\n  memory: '1Gi'\n"),
    Case("a_number_is_not_quoted_for_siblings", "a:\n  b: '1'\n", "a.c", 1, "a:\n  b: '1'\n  c: 1\n"),
    Case("list_item", "e:\n- name: A\n- name: B\n  value: x\n", "e[0].value", "z",
         "e:\n- name: A\n  value: z\n- name: B\n  value: x\n"),
    Case("empty_list_item", "e:\n- {}\n- name: B\n", "e[0].name", "z", "e:\n- name: z\n- name: B\n"),
    Case("bare_list_item", "e:\n  -\n  - name: B\n", "e[0].a.b", "z", "e:\n  - a:\n      b: z\n  - name: B\n"),
    Case("after_a_list", "a:\n  e:\n  - 1\n  - 2 # two\nb: 1\n", "a.f", 3,
         "a:\n  e:\n  - 1\n  - 2 # two\n  f: 3\nb: 1\n"),
    Case("after_a_block_scalar", "a:\n  b: |\n    x\n\n  # c\nd: 1\n", "a.e", 1,
         "a:\n  b: |\n    x\n  e: 1\n\n  # c\nd: 1\n"),
    Case("after_a_kept_block_scalar", "a:\n  b: |+\n    x\n\nd: 1\n", "a.e", 1, "a:\n  b: |+\n    x\n\n  e: 1\nd: 1\n"),
    Case("after_a_block_scalar_at_the_end", "a:\n  b: |-\n    x", "a.e", 1, "a:\n  b: |-\n    x\n  e: 1"),
    Case("after_an_alias", "x: &x 1\na:\n  b: *x # c\nd: 1\n", "a.e", 1, "x: &x 1\na:\n  b: *x # c\n  e: 1\nd: 1\n"),
    Case("beside_a_merge", "x: &x {q: 1}\na:\n  <<: *x\n", "a.e", 1, "x: &x {q: 1}\na:\n  <<: *x\n  e: 1\n"),
    Case("after_an_empty_value", "a:\n  b:   # none\nd: 1\n", "a.e", 1, "a:\n  b:   # none\n  e: 1\nd: 1\n"),
    Case("a_key_that_needs_quotes", "a: {}\n", '["a", "on"]', 1, 'a:\n  "on": 1\n'),
    Case("a_key_with_dots", "a:\n  b: 1\n", '["a", "x.y/z"]', 1, "a:\n  b: 1\n  x.y/z: 1\n"),
    Case("before_the_end_mark", "a:\n  b: 1\n...\n", "a.c", 2, "a:\n  b: 1\n  c: 2\n...\n"),
]  # fmt: skip


@pytest.mark.parametrize("case", SETS, ids=lambda c: c.name)
def test_setting_a_value_changes_its_bytes_only(case: Case) -> None:
    edited = set_value(case.before.encode(), parse_path(case.path), case.value)
    assert edited.after.decode() == case.after
    assert edited.op == "set"


@pytest.mark.parametrize("case", INSERTS, ids=lambda c: c.name)
def test_inserting_a_key_leaves_its_neighbours_alone(case: Case) -> None:
    edited = set_value(case.before.encode(), parse_path(case.path), case.value)
    assert edited.after.decode() == case.after
    assert (edited.op, edited.old) == ("insert", None)


MULTI = "# first\na:\n  b: 1\n---\n# second\na:\n  b: 2 # two\n---\na: {}\n...\n"


def test_only_the_named_document_is_edited() -> None:
    assert set_value(MULTI.encode(), ("a", "b"), 5, doc=1).after.decode() == MULTI.replace("b: 2", "b: 5")
    assert set_value(MULTI.encode(), ("a", "c"), 5, doc=0).after.decode() == MULTI.replace("b: 1\n", "b: 1\n  c: 5\n")
    assert set_value(MULTI.encode(), ("a", "c"), 5, doc=2).after.decode() == MULTI.replace("a: {}", "a:\n  c: 5")


def test_an_edit_tells_the_old_value_with_its_type() -> None:
    assert set_value(b"a: 012\n", ("a",), 11).old == 10
    assert set_value(b"a: '012'\n", ("a",), "11").old == "012"
    assert set_value(b"a: yes\n", ("a",), False).old is True
