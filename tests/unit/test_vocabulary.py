"""Names that only the word itself gives away."""

import pytest

from langraph.fingerprint import template


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No pod can fit to ci-runners", "No pod can fit to gpupool"),
        ("replica has been created using wal_e", "replica has been created using pgbackrest"),
        ("Published OrderShippd for order 17 to the bus", "Published OrdrCreated for order 18 to the bus"),
        ("the connection to zorvath was closed by its server", "the connection to quibblex was closed by its server"),
    ],
)
def test_a_word_that_no_message_uses_is_a_name(one: str, other: str) -> None:
    assert template(one) == template(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the write failed with ZorvathTimeoutException on the server", "the write failed with Zorvath on the server"),
        ("the write failed with EZORVATH on the server", "the write failed with EQUIBBLE on the server"),
        ("the run of Job ZorvathJob failed on the server", "the run of Job QuibbleJob failed on the server"),
        ("zorvath: the write to the server failed", "quibblex: the write to the server failed"),
    ],
    ids=["an exception", "an error's code", "the class of a job", "who speaks is no part, what is said is"],
)
def test_what_tells_one_fault_from_another_is_no_name(one: str, other: str) -> None:
    assert (template(one) == template(other)) == one.startswith("zorvath:")


@pytest.mark.parametrize("short", ["zorvath failed", "frobnication of quux", "zorvath quibblex"])
def test_a_message_of_hardly_any_known_words_keeps_its_own(short: str) -> None:
    assert template(short) == short
