"""Groups: a name that is an everyday word is known by the value that stands in its place in another line."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langraph.fingerprint import Groups

TEMPLATES = st.lists(
    st.lists(st.sampled_from(["<*>", "reply", "is", "wpad", "sent", "to", "maria", "in"]), min_size=1, max_size=6).map(
        " ".join
    ),
    max_size=30,
)


def grouped(*templates: str, most: int = 100) -> list[str]:
    """The template that each was counted under: that of the first of its group."""
    groups = Groups(most)
    return [groups.join(one, one) for one in templates]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rendered topic <*> for <*> in <*>", "Rendered topic <*> for maria in <*>"),
        ("Pipeline <*> failed: connection refused", "Pipeline orders failed: connection refused"),
        ("reply <*> is <*>", "reply wpad is <*>"),
        ("copied <*> to <*> for <*>", "copied general to admin for <*>"),
        ("forwarded <*> to <*>", "forwarded _ldap._tcp.corp.example.org to <*>"),
    ],
)
def test_a_word_where_another_line_has_a_value_is_a_name_whichever_came_first(one: str, other: str) -> None:
    assert grouped(one, other) == [one, one]
    assert grouped(other, one) == [other, other]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("volume <*> attached to <*>", "volume <*> detached to <*>"),
        ("<*> failed", "login failed"),
        ("<*> <*> <*> lost <*>", "a b c lost <*>"),
        ("task moved from ASSIGNED to <*>", "task moved from <*> to RUNNING"),
        ("reply <*> is <*>", "reply <*> is <*> now"),
        ("reply <*> is <*>", "reply ! is <*>"),
    ],
)
def test_two_words_in_one_place_or_too_little_in_common_are_two_messages(one: str, other: str) -> None:
    assert grouped(one, other) == [one, other]
    assert grouped(other, one) == [other, one]


def test_names_that_no_value_has_stood_for_yet_join_once_one_has() -> None:
    first, value, second = "session of maria was closed", "session of <*> was closed", "session of scheduler was closed"
    assert grouped(first, value, second) == [first, first, first]


def test_a_line_keeps_the_group_it_was_counted_under() -> None:
    maria, admin, value = "session of maria was closed", "session of admin was closed", "session of <*> was closed"
    assert grouped(maria, admin, value, admin, maria) == [maria, admin, maria, admin, maria]


def test_a_group_is_known_again_by_what_was_kept_of_it() -> None:
    groups = Groups(10)
    groups.remember("session of <*> was closed", "G1")
    groups.remember("session of maria was closed", "G1")
    assert groups.join("session of maria was closed", "new") == "G1"
    assert groups.join("session of scheduler was closed", "new") == "G1"
    assert groups.join("session of scheduler was opened", "new") == "new"


def test_the_templates_read_longest_ago_are_forgotten_first() -> None:
    groups = Groups(2)
    assert groups.join("session of <*> was closed", "G1") == "G1"
    assert groups.join("one other message", "G2") == "G2"
    assert groups.join("session of <*> was closed", "?") == "G1"
    assert groups.join("a third message", "G3") == "G3"
    assert groups.join("session of maria was closed", "?") == "G1"
    assert groups.join("one other message", "G4") == "G4"


@given(TEMPLATES)
def test_the_same_lines_in_the_same_order_are_grouped_the_same(templates: list[str]) -> None:
    assert grouped(*templates) == grouped(*templates)


@given(TEMPLATES)
def test_a_template_stays_in_its_group(templates: list[str]) -> None:
    groups = Groups(1_000)
    first = {one: groups.join(one, one) for one in templates}
    assert {one: groups.join(one, "?") for one in templates} == first


@given(TEMPLATES, st.integers(0, 30))
def test_what_was_kept_of_the_groups_goes_on_as_if_nothing_had_stopped(templates: list[str], at: int) -> None:
    whole = Groups(1_000)
    kept = [(one, whole.join(one, one)) for one in templates[:at]]
    again = Groups(1_000)
    for template, key in kept:
        again.remember(template, key)
    assert [again.join(one, one) for one in templates[at:]] == [whole.join(one, one) for one in templates[at:]]


@given(st.lists(st.text(string.printable, max_size=40), max_size=20), st.integers(1, 5))
def test_memory_is_bounded_whatever_comes(texts: list[str], most: int) -> None:
    groups = Groups(most)
    for text in texts:
        groups.join(text, text)
        assert len(groups) <= most
