"""Actions as text: one printer, one reader; and the amounts that people ask for in their own words."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.errors import BadInput
from langraph.learning.asked import amount_in, wanted
from langraph.learning.steps import MAX_TEXT, amounts, common_key, factor_of, read, same_value, same_way, write
from langraph.models.incident import Scalar
from langraph.models.learning import Factor, Move, Result, Step
from tests.support.past import step, trial

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**18), max_value=10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(
        ["unset", "->", "x2", "true", "1", "1e5", "-1.5", "", " ", '"', "512Mi", "\ud800", "\u202e", "a b"]
    ),
)
keys = st.one_of(st.text(min_size=1, max_size=40), st.sampled_from(["a.b[0].c", "->", "x2", "unset", '"k"', "리소스"]))
factors = st.integers(min_value=1, max_value=100_000).map(lambda n: Fraction(n, 100))
moves: st.SearchStrategy[Move] = st.one_of(st.builds(Step, keys, scalars, scalars), st.builds(Factor, keys, factors))


@pytest.mark.parametrize(
    ("move", "line"),
    [
        (step(), "resources.limits.memory 512Mi -> 1Gi"),
        (step(None, "512Mi"), "resources.limits.memory unset -> 512Mi"),
        (Step("env[2].value", "10", "20"), 'env[2].value "10" -> "20"'),
        (Step("livenessProbe.timeoutSeconds", 1, 3), "livenessProbe.timeoutSeconds 1 -> 3"),
        (Step("opts", "a b", True), 'opts "a b" -> true'),
        (Factor("resources.limits.cpu", Fraction(3, 2)), "resources.limits.cpu x1.5"),
        (Factor("replicas", Fraction(1000)), "replicas x1000"),
    ],
)
def test_an_action_is_written_as_commit_subjects_are(move: Move, line: str) -> None:
    assert write(move) == line
    assert read(line) == move


@settings(max_examples=300, deadline=None)
@given(moves)
def test_whatever_was_written_reads_back_as_the_same(move: Move) -> None:
    line = write(move)
    assert "\n" not in line
    got = read(line)
    assert got == move
    if isinstance(move, Step) and isinstance(got, Step):
        assert [type(got.old), type(got.new)] == [type(move.old), type(move.new)]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet='ab "x2->.\\u', max_size=60)))
def test_any_text_is_an_action_or_bad_input(text: str) -> None:
    try:
        move = read(text)
    except BadInput:
        return
    assert read(write(move)) == move


@pytest.mark.parametrize(
    "text",
    ["", "memory", "memory 1Gi", "memory 1Gi 2Gi 3Gi", "m x0", "m x9999", "m xNaN", "m 1 -> 1e999", 'm "a -> b',
     "m 1 -> 2 -> 3", "k " * MAX_TEXT, '"" 1 -> 2', 'm "\\q" -> 1'],
)  # fmt: skip
def test_what_is_no_action_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="write `resources"):
        read(text)


def test_amounts_are_compared_and_not_their_spelling() -> None:
    assert same_value("limits.memory", "1Gi", "1024Mi")
    assert same_value("env[0].value", "10", 10)
    assert not same_value("limits.memory", None, "1Gi")
    assert amounts("timeout", "60", "2m") == (60, 120)
    assert amounts("limits.cpu", "60", "2m") == (60, Fraction(2, 1000))
    assert amounts("logLevel", "info", "debug") is None


def test_a_factor_is_one_that_people_would_say() -> None:
    assert factor_of(step("512Mi", "1Gi")) == factor_of(step("1Gi", "2048Mi")) == Factor(step().key, Fraction(2))
    assert factor_of(step("384Mi", "512Mi")) == Factor(step().key, Fraction(133, 100))
    for none in (step(None, "1Gi"), step("0", "1Gi"), step("1", "9Gi"), step("512Mi", "513Mi"), step("a", "b")):
        assert factor_of(none) is None


def test_directions_are_up_down_or_to_one_value() -> None:
    assert same_way(step("1Gi", "2Gi"), step("256Mi", "300Mi"))
    assert same_way(step(None, "2Gi"), step("256Mi", "300Mi"))
    assert not same_way(step("1Gi", "2Gi"), step("1Gi", "512Mi"))
    assert same_way(Step("mode", "a", "b"), Step("mode", "c", "b"))
    assert not same_way(Step("mode", "a", "b"), Step("mode", "a", "c"))


@pytest.mark.parametrize(
    ("key", "common"),
    [
        ("server.resources.limits.memory", "resources.limits.memory"),
        ("a.b.livenessProbe.timeoutSeconds", "livenessProbe.timeoutSeconds"),
        ("maxConnections", "maxConnections"),
        ("env[2].value", None),
    ],
)
def test_apps_have_the_end_of_a_path_in_common(key: str, common: str | None) -> None:
    assert common_key(key) == common


# --- what people ask for -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("should have been 2Gi", "2Gi"),
        ("memory 2Gi 이상이면 좋겠습니다", "2Gi"),
        ("2Gi로 올려 주세요", "2Gi"),
        ("2기가바이트면 충분합니다", "2Gi"),
        ("I'd say 2 GB.", "2Gi"),
        ("1.5Gi, not less than 1536Mi", "1536Mi"),
        ("1Gi is enough, not 2Gi", None),
        ("more", None),
        ("50", None),
        ("INC-2Gi, v1.2Gi, 2025-12-26, 2Gi/4Gi", None),
        ("0Gi", None),
        ("9" * 5000 + "Gi", None),
        ("x" * 3000 + " 2Gi", None),
        ("", None),
    ],
)
def test_one_amount_of_memory_is_found_or_nothing(text: str, amount: str | None) -> None:
    assert amount_in(text, step()) == amount


@pytest.mark.parametrize(
    ("made", "text", "amount"),
    [
        (Step("limits.cpu", "500m", "750m"), "at least 1.5 cores", "1.5"),
        (Step("limits.cpu", "500m", "750m"), "2000m 이면 충분", "2000m"),
        (Step("livenessProbe.timeoutSeconds", 1, 3), "10초", "10s"),
        (Step("livenessProbe.timeoutSeconds", 1, 3), "make it 10", "10"),
        (Step("proxy.timeout", "30s", "90s"), "5 minutes", "5m"),
        (Step("env[0].value", "10", "20"), "50 connections", "50"),
        (Step("env[0].value", "10", "20"), "see INC-1234", None),
        (Step("mode", "a", "b"), "2Gi or 50", None),
    ],
)
def test_the_amount_is_of_the_keys_kind(made: Step, text: str, amount: Scalar) -> None:
    assert amount_in(text, made) == amount


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.sampled_from([step(), Step("cpu", "1", "2"), Step("env[0].value", "10", "20")]))
def test_nothing_but_an_amount_comes_out_of_any_text(text: str, made: Step) -> None:
    amount = amount_in(text, made)
    assert amount is None or (amounts(made.key, amount) or (math.nan,))[0] > 0


def test_a_persons_own_values_say_more_than_their_words() -> None:
    own = step("512Mi", "768Mi")
    assert wanted(trial(Result.MODIFIED, expected="4Gi", instead=own)) == own
    assert wanted(trial(expected="4Gi")) == step("512Mi", "4Gi")
    assert wanted(trial(expected="512Mi is what it had")) is None


def test_a_number_that_people_ask_for_is_a_number_where_the_value_is_one() -> None:
    delay = "livenessProbe.initialDelaySeconds"
    for made, amount in ((Step(delay, 15, 45), 90), (Step(delay, "15", "45"), "90")):
        got = wanted(trial(Result.NOT_RECOVERED, made, expected="90 please"))
        assert got is not None
        assert got.new == amount
        assert type(got.new) is type(amount)
