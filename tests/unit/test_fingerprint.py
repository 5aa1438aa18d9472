"""Templates: what varies is masked, what says something is kept."""

import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.fingerprint import fingerprint, max_template_chars, template
from langraph.models.incident import Category

WORDS = st.lists(st.text(string.ascii_lowercase, min_size=2, max_size=9), min_size=2, max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("user 123 not found", "user 9 not found"),
        ("took 3.5s", "took 250ms"),
        ("from 10.0.0.1:8080", "from 192.168.10.20:443"),
        ("from [2001:db8::1]:80", "from [fe80::2]:8080"),
        ("id=4f2a9c7d1e done", "id=00ffab12cd done"),
        ("trace 550e8400-e29b-41d4-a716-446655440000", "trace 123e4567-e89b-12d3-a456-426614174000"),
        ("2025-01-02T03:04:05.678Z x", "2026-11-20T23:59:59Z x"),
        ("[02/Jan/2025:03:04:05 +0000] x", "[20/Nov/2026:11:12:13 +0900] x"),
        ("pod web-7d9f8b6c5d-x2k4p died", "pod web-5c8d7f9b4-abcde died"),
        ("mail to a.b@example.com", "mail to zed@corp.example.org"),
        ("open /var/lib/a/1.log", "open /srv/data/b/c/2.log"),
        ('user "bob" is gone', 'user "alice-2" is gone'),
        ("worker-3 stopped", "worker-12 stopped"),
        ("\x1b[31mbad\x1b[0m thing 1", "bad thing 2"),
        ("req 8fK2pQz1x9 failed", "req 7aB3cDe4f5 failed"),
    ],
)
def test_what_varies_is_masked(one: str, other: str) -> None:
    assert template(one) == template(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("user not found", "order not found"),
        ('level=error msg="cannot open the file"', 'level=error msg="cannot close the file"'),
        ('{"level":"error","msg":"boom"}', '{"level":"error","msg":"bang"}'),
        ('E0102 03:04:05.123456 1 x.go:1] "bad thing"', 'E0102 03:04:05.123456 1 x.go:1] "good thing"'),
        ("took 5 apples", "ate 5 apples"),
    ],
)
def test_other_words_are_another_fault(one: str, other: str) -> None:
    assert template(one) != template(other)


@settings(max_examples=80, deadline=None)
@given(
    WORDS,
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.uuids(),
    st.uuids(),
    st.ip_addresses(v=4),
    st.ip_addresses(v=4),
)
def test_numbers_ids_and_addresses_never_change_the_template(
    words: str, n: int, m: int, id1: object, id2: object, ip1: object, ip2: object
) -> None:
    assert template(f"{words} {n} id {id1} at {ip1}") == template(f"{words} {m} id {id2} at {ip2}")


@settings(max_examples=80, deadline=None)
@given(WORDS, WORDS)
def test_templates_of_plain_words_are_equal_only_for_equal_words(one: str, other: str) -> None:
    assert (template(one) == template(other)) == (one == other)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=3_000))
def test_a_template_is_bounded_and_the_same_every_time(text: str) -> None:
    assert template(text) == template(text)
    assert len(template(text)) <= max_template_chars


def test_a_fingerprint_separates_its_parts() -> None:
    assert fingerprint("ab", "c", Category.OOM, "x") != fingerprint("a", "bc", Category.OOM, "x")
    assert fingerprint(None, None, Category.OOM, "x") != fingerprint(None, None, Category.DNS, "x")
    assert len(fingerprint("a", None, Category.UNKNOWN, "\ud800")) == 32


GROUPS = yaml.safe_load((Path(__file__).parent / "fingerprint_groups.yaml").read_text(encoding="utf-8"))


def test_the_groups_are_of_many_styles_of_software() -> None:
    assert len(GROUPS) >= 25
    assert all(len(groups) >= 2 and len(groups[0]) >= 2 for groups in GROUPS.values())


@pytest.mark.parametrize("style", GROUPS)
def test_one_fault_is_not_split_and_two_are_not_merged(style: str) -> None:
    templates = [sorted({template(event) for event in group}) for group in GROUPS[style]]
    assert [t for t in templates if len(t) > 1] == []
    assert len({t[0] for t in templates}) == len(templates)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("user not found in cache", "user is found in cache"),
        ("level=error msg=bad err=boom", "level=error msg=bad err=bang"),
        ("job ended state=failed", "job ended state=done"),
        ("kernel: (12) 0x1f", "mtrr: (12) 0x1f"),
        ("partition is offline", "partition is online"),
        ("shop::cart failed", "shop::stock failed"),
        ("read and/or write failed", "read but write failed"),
    ],
)
def test_words_that_look_like_values_are_kept(one: str, other: str) -> None:
    assert template(one) != template(other)
