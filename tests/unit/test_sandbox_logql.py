"""LogQL as the simulated Loki reads and runs it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.logql import Aggregation, LogQuery, Or, RangeFunction, Vector, parse, parse_selector
from services.sandbox.logql_lexer import LogQLError, duration_ns, size_bytes
from services.sandbox.logql_pipeline import make_pipeline
from services.sandbox.re2 import BadPattern, compile_anchored, compile_pattern

SECOND = 1_000_000_000


def log_query(text: str) -> LogQuery:
    tree = parse(text)
    assert isinstance(tree, LogQuery)
    return tree


def run(tail: str, line: str, metadata: dict[str, str] | None = None) -> dict[str, str] | None:
    """Labels of a line after `{app="x"} <tail>`; None when it is dropped."""
    pipeline = make_pipeline(log_query('{app="x"} ' + tail).stages)
    if not pipeline.keeps(line):
        return None
    row = pipeline.run(line, {"app": "x"}, metadata or {})
    return None if row is None else row.labels


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_selector_matches_all_of_its_conditions() -> None:
    matchers = log_query(r'{app="x", env!="dev", pod=~"web-\\d+", zone!~`eu|us`}').matchers
    assert [m.op for m in matchers] == ["=", "!=", "=~", "!~"]
    assert [m.accepts(value) for m, value in zip(matchers, ("x", "prod", "web-12", "ap"), strict=True)] == [True] * 4
    assert [m.accepts(value) for m, value in zip(matchers, ("y", "dev", "my-web-12", "eu"), strict=True)] == [False] * 4


@pytest.mark.parametrize("text", ["{}", '{app=~".*"}', '{app!="x"}', '{app=""}', '{app=~""}', '{app=~"a?"}'])
def test_a_selector_that_every_stream_could_match_is_refused(text: str) -> None:
    with pytest.raises(LogQLError, match="empty-compatible"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{app="f"', "parse error at line 1, col 9: syntax error: unexpected $end, expecting } or ,"),
        ('{app "f"}', "parse error at line 1, col 6: syntax error: unexpected STRING, expecting = or =~ or !~ or !="),
        (
            '{app="f"}\n |= foo',
            "parse error at line 2, col 5: syntax error: unexpected IDENTIFIER, expecting STRING or ip",
        ),
        ('{app="f"} }', "parse error at line 1, col 11: syntax error: unexpected }"),
        ('{app="f', "parse error at line 1, col 6: literal not terminated"),
        ("", "parse error : syntax error: unexpected $end"),
        ("# only a comment", "parse error : syntax error: unexpected $end"),
        ('sum(count_over_time({app="f"}))', "parse error at line 1, col 30: syntax error: unexpected )"),
        ('rate({app="f"}[5x])', 'parse error at line 0, col 15: unknown unit "x" in duration "5x"'),
        ('{app=~"("}', "parse error : error parsing regexp: missing closing ): `(`"),
    ],
)
def test_a_bad_query_is_refused_where_it_goes_wrong(text: str, complaint: str) -> None:
    with pytest.raises(LogQLError) as refused:
        parse(text)
    assert str(refused.value) == complaint


def test_a_query_beyond_the_size_limit_is_refused() -> None:
    with pytest.raises(LogQLError, match=r"input size too long \(131082 > 131072\)"):
        parse('{app="' + "x" * 131_074 + '"}')


def test_a_metric_query_is_a_tree() -> None:
    tree = parse('sum by (app, pod) (count_over_time({app="x"} |= "a # b" [1m30s])) or vector(0) # nonce 7')
    assert isinstance(tree, Or)
    assert tree.right == Vector(0.0)
    assert isinstance(tree.left, Aggregation)
    assert (tree.left.labels, tree.left.without) == (("app", "pod"), False)
    assert isinstance(tree.left.of, RangeFunction)
    assert tree.left.of.range_ns == 90 * SECOND
    assert str(tree.left.of.query) == '{app="x"} |= "a # b"'


def test_grouping_may_follow_what_is_grouped() -> None:
    assert parse('sum(rate({a="b"}[1m])) by (pod)') == parse('sum by (pod) (rate({a="b"}[1m]))')
    assert parse('sum(rate({a="b"}[1m])) without (pod)') != parse('sum(rate({a="b"}[1m])) by (pod)')


def test_comments_and_blanks_do_not_change_a_query() -> None:
    assert parse('{app="x"}|="a"') == parse('{ app = "x" } # one\n |= "a" # two')


def test_only_a_selector_is_a_selector() -> None:
    assert parse_selector('{app="x"}').stages == ()
    for text in ('{app="x"} |= "a"', 'rate({app="x"}[1m])'):
        with pytest.raises(LogQLError):
            parse_selector(text)


@given(text=st.text(max_size=40))
def test_any_text_survives_a_string_literal(text: str) -> None:
    literal = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    (stage,) = log_query('{app="x"} |= ' + literal).stages
    assert make_pipeline((stage,)).keeps("before " + text + " after")


@given(text=st.text(alphabet='{}()[]|=~!"`#,<>. 19aorbysumcnt', max_size=30))
@settings(max_examples=300)
def test_whatever_is_asked_is_a_query_or_a_refusal(text: str) -> None:
    try:
        tree = parse(text)
    except LogQLError:
        return
    assert isinstance(tree, LogQuery | Vector | Aggregation | RangeFunction | Or)


@pytest.mark.parametrize(
    ("text", "ns"), [("60s", 60 * SECOND), ("1m30s", 90 * SECOND), ("1.5s", 3 * SECOND // 2), ("7d", 604_800 * SECOND)]
)
def test_durations_are_nanoseconds(text: str, ns: int) -> None:
    assert duration_ns(text) == ns


@pytest.mark.parametrize("text", ["", "5", "5x", "s5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(LogQLError):
        duration_ns(text)


def test_sizes_are_bytes() -> None:
    assert (size_bytes("20MB"), size_bytes("1KiB"), size_bytes("7x"), size_bytes("1")) == (20e6, 1024.0, None, None)


# --- running --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tail", "line", "passes"),
    [
        ('|= "a" or "b"', "only b", True),
        ('!= "a" or "b"', "only b", False),
        ('!= "a" or "b"', "neither", True),
        (r"|~ `\d{3}` != `404`", "status 500", True),
        (r"|~ `\d{3}` != `404`", "status 404", False),
        ('!~ "^done$"', "done\n", True),
        ('|~ "(?i)ERR|PANIC"', "kernel panic", True),
    ],
)
def test_line_filters(tail: str, line: str, passes: bool) -> None:
    assert (run(tail, line) is not None) == passes


def test_json_is_flattened_and_does_not_overwrite_labels() -> None:
    labels = run("| json", '{"app":"other","http":{"status":500,"ok":false},"n.o-t":"x","list":[1]}')
    assert labels == {"app": "x", "app_extracted": "other", "http_status": "500", "http_ok": "false", "n_o_t": "x"}


def test_logfmt_takes_pairs_and_ignores_the_rest() -> None:
    labels = run("| logfmt", 'plain level=error msg="it \\"broke\\"" empty= user=bob')
    assert labels == {"app": "x", "level": "error", "msg": 'it "broke"', "user": "bob"}


@pytest.mark.parametrize(
    ("tail", "passes"),
    [
        ('level="error"', True),
        ('level!="error"', False),
        ('level=~"err.*" and n > 5', True),
        ('level="info" or n >= 7', True),
        ('(level="info" or n < 7) and app="x"', False),
        ('level="error", app="x"', True),
        ('absent=""', True),
        ("absent > 5", False),
        ("took > 250ms", True),
        ("took > 1s", False),
        ("size <= 2KB", True),
        ("n == 7", True),
    ],
)
def test_label_filters(tail: str, passes: bool) -> None:
    line = "level=error n=7 took=300ms size=1.5KB"
    assert (run("| logfmt | " + tail, line) is not None) == passes


def test_a_value_that_is_no_number_is_marked_and_kept() -> None:
    labels = run("| logfmt | level > 5", "level=error")
    assert labels is not None
    assert labels["__error__"] == "LabelFilterErr"


def test_lines_that_are_no_json_are_marked_and_can_be_filtered() -> None:
    assert run('| json | __error__=""', "plain") is None
    marked = run('| json | __error__="JSONParserErr" | drop __error__, __error_details__', "plain")
    assert marked == {"app": "x"}


def test_drop_and_keep_choose_labels() -> None:
    assert run("| logfmt | drop n, pod", "n=1 m=2", {"pod": "p"}) == {"app": "x", "m": "2"}
    assert run("| logfmt | keep m, pod", "n=1 m=2", {"pod": "p"}) == {"m": "2", "pod": "p"}
    assert run('| logfmt | drop n="2", m', "n=1 m=2") == {"app": "x", "n": "1"}


def test_filters_after_a_parser_still_see_the_line() -> None:
    assert run('| logfmt |= "n=1"', "n=1") is not None
    assert run('| logfmt |= "n=2"', "n=1") is None


# --- RE2 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(", "missing closing ): `(`"),
        (")", "unexpected ): `)`"),
        ("a(?!b)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?<=a)b", "invalid or unsupported Perl syntax: `(?<`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        ("a++", "invalid nested repetition operator: `++`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("[a", "missing closing ]: `[a`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a\\", "trailing backslash at end of expression: ``"),
    ],
)
def test_patterns_that_re2_refuses_are_refused(pattern: str, complaint: str) -> None:
    with pytest.raises(BadPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("(?<x>a)", "cat", True),
        ("(?P<x>a)", "cat", True),
        ("(?i)REFUSED", "refused", True),
        ("a$", "a\n", False),
        ("(?m)a$", "a\nb", True),
        (r"a\z", "ba", True),
        ("[[:digit:]]+x", "12x", True),
        ("[^[:space:]]", " ", False),
        ("[a&&b]", "&", True),
        ("[[]x", "[x", True),
        ("[]x]", "]", True),
        (r"\Qa.b\E", "a.b", True),
        (r"\Qa.b\E", "axb", False),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("(?i:A)b", "ab", True),
        ("x{2}", "xx", True),
        ("{", "{", True),
        ("a+?", "aa", True),
    ],
)
def test_patterns_match_as_in_re2(pattern: str, text: str, matches: bool) -> None:
    assert bool(compile_pattern(pattern).search(text)) == matches


def test_a_matchers_pattern_has_to_match_the_whole_value() -> None:
    assert compile_anchored("a|b").match("b")
    assert not compile_anchored("a|b").match("ab")


@given(literal=st.text(max_size=20), text=st.text(max_size=20))
def test_an_escaped_literal_matches_where_it_occurs(literal: str, text: str) -> None:
    escaped = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", literal)
    assert bool(compile_pattern(escaped).search(text + literal))
    assert bool(compile_pattern(escaped).search(text)) == (literal in text)
