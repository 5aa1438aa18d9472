"""The scan for candidates: nothing that the exact patterns match is missed, whatever stands around it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langraph.runbooks.regex import within_line
from langraph.runbooks.scanner import RESUMES_AFTER, PlainScanner, scanner

PATTERNS = (r"foo.{0,30}bar", r"a[^x]{1,40}z", r"(?:ab){2,25}c", r"\d{20,40}$", r"x{0,3}y")
texts = st.lists(st.sampled_from(["foo", "bar", "ab", "a", "z", "x", "y", "c", "1" * 21, " ", "-" * 40]), max_size=30)


@given(st.lists(texts, min_size=1, max_size=4))
def test_every_line_that_a_pattern_matches_is_a_candidate(lines: list[list[str]]) -> None:
    data = "\n".join("".join(line) for line in lines).encode()
    loose = {(number, data.count(b"\n", 0, end - 1)) for number, end in scanner(PATTERNS).ends(data) if end}
    exact = {(number, data.count(b"\n", 0, end - 1)) for number, end in PlainScanner(PATTERNS).ends(data) if end}
    assert exact <= loose


def test_a_match_far_behind_a_candidate_on_one_long_line_is_found_too() -> None:
    line = b"foo" + b"-" * 5 * RESUMES_AFTER + b"bar" + b"-" * 2 * RESUMES_AFTER + b"foo bar"
    ends = [end for _, end in scanner(PATTERNS[:1]).ends(line)]
    true_end = re.search(PATTERNS[0].encode(), line)
    assert true_end is not None
    assert any(abs(end - true_end.end()) <= RESUMES_AFTER for end in ends)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_candidate_reaches_over_a_line_feed(pattern: str) -> None:
    data = b"foo\nbar\na\nz\nabab\nc\n" + b"1" * 15 + b"\n" + b"1" * 15
    exact = re.compile(within_line(pattern).encode(), re.MULTILINE)
    assert bool(scanner([pattern]).ends(data)) == bool(exact.search(data))
