"""How far a value moves: learned, measured or usual, within every bound, as its author writes."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.amounts import amount_of
from langraph.models.incident import Scalar
from langraph.models.text import Text
from langraph.policy import Limit
from langraph.sizing import Beside, NoSize, Sized, next_usual_size, size
from tests.support.proposals import remedy

MIB = 1 << 20


def upto(amount: int | Fraction) -> Limit:
    return Limit(None, Fraction(amount), Text("the maximum", "최댓값"))


def new(made: Sized | NoSize) -> Scalar:
    assert isinstance(made, Sized), made
    assert made.why.en != made.why.ko
    return made.new


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        ("512Mi", "1Gi"),
        ("1024Mi", "2048Mi"),
        ("1G", "2G"),
        ("0.5Gi", "1Gi"),
        (1073741824, 2147483648),
        ("100M", "200M"),
    ],
)
def test_memory_doubles_in_the_authors_unit(old: Scalar, expected: Scalar) -> None:
    assert new(size("k", old, remedy(), [])) == expected


@pytest.mark.parametrize(
    ("old", "expected"), [("500m", "750m"), (2, 3), ("2", "3"), (0.5, 0.75), ("0.5", "0.75"), ("1", "1500m")]
)
def test_cpu_grows_by_half_and_keeps_its_type(old: Scalar, expected: Scalar) -> None:
    made = new(size("k", old, remedy(kind="cpu", amount="1.5"), []))
    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("old", "expected"), [(10, 30), ("10", "30"), ("10s", "30s"), ("2m", "6m"), ("500ms", "1500ms"), ("1m30s", "270s")]
)
def test_seconds_keep_the_way_they_are_written(old: Scalar, expected: Scalar) -> None:
    made = new(size("k", old, remedy(kind="seconds", amount="3"), []))
    assert made == expected
    assert type(made) is type(expected)


def test_a_step_may_be_a_difference_or_a_fixed_value() -> None:
    assert new(size("k", 10, remedy(kind="count", op="add", amount="5"), [])) == 15
    assert new(size("k", "3", remedy(kind="count", op="set", amount="8"), [])) == "8"
    assert new(size("k", "a", remedy(kind="string", op="set", amount="b"), [])) == "b"
    assert isinstance(size("k", "b", remedy(kind="string", op="set", amount="b"), []), NoSize)


@pytest.mark.parametrize(("learned", "expected"), [("3Gi", "3Gi"), ("x3", "1536Mi"), ("+256Mi", "768Mi")])
def test_what_was_learned_comes_first(learned: str, expected: str) -> None:
    assert new(size("k", "512Mi", remedy(), [], learned=learned)) == expected


@pytest.mark.parametrize("learned", ["512Mi", "256Mi", "a lot", "x", "+", ""])
def test_what_was_learned_is_passed_over_where_it_goes_no_further(learned: str) -> None:
    assert new(size("k", "512Mi", remedy(), [], learned=learned)) == "1Gi"


def test_a_measured_peak_enlarges_the_step_and_never_shrinks_it() -> None:
    assert new(size("k", "512Mi", remedy(), [], peak_bytes=1000 * MIB)) == "1536Mi"
    assert new(size("k", "512Mi", remedy(), [], peak_bytes=511 * MIB)) == "1Gi"


def test_a_first_value_comes_from_the_runbook_the_running_limit_or_the_peak() -> None:
    assert new(size("k", None, remedy(default="256Mi"), [])) == "256Mi"
    assert new(size("k", None, remedy(default="256Mi"), [], running="524288kB")) == "1Gi"
    assert new(size("k", None, remedy(), [], running="300Mi")) == "600Mi"
    assert new(size("k", None, remedy(), [], peak_bytes=100 * MIB)) == "128Mi"
    assert new(size("k", None, remedy(kind="seconds", default="30"), [])) == 30
    assert isinstance(size("k", None, remedy(), []), NoSize)


def test_a_bound_holds_the_value_and_is_named() -> None:
    made = size("k", "512Mi", remedy(), [upto(700 * MIB)])
    assert new(made) == "700Mi"
    assert isinstance(made, Sized)
    assert "the maximum" in made.why.en


def test_a_bounded_value_is_never_rounded_up_over_its_bound() -> None:
    made = new(size("k", "1Gi", remedy(), [upto(Fraction(15, 10) * 1024 * MIB - 1)]))
    assert made == "1535Mi"
    assert new(size("k", 3, remedy(kind="count"), [upto(Fraction(9, 2))])) == 4


def test_without_room_there_is_no_size_and_the_bound_is_named() -> None:
    made = size("k", "512Mi", remedy(), [upto(512 * MIB)])
    assert isinstance(made, NoSize)
    assert "the maximum" in made.reason.en


def test_a_request_stays_below_its_limit_and_a_limit_above_its_request() -> None:
    made = size("k", "512Mi", remedy(), [], beside=Beside("600Mi", is_limit=True))
    assert new(made) == "600Mi"
    assert isinstance(size("k", "512Mi", remedy(), [], beside=Beside("512Mi", is_limit=True)), NoSize)
    assert new(size("k", None, remedy(default="128Mi"), [], beside=Beside("300Mi", is_limit=False))) == "300Mi"


@pytest.mark.parametrize("old", ["lots", True, "{{ .Values.x }}", "-1Gi", "512MB"])
def test_a_value_that_is_no_amount_is_left_alone(old: Scalar) -> None:
    assert isinstance(size("k", old, remedy(), []), NoSize)


@settings(max_examples=200, deadline=None)
@given(
    number=st.integers(min_value=1, max_value=5000),
    unit=st.sampled_from(["", "k", "Ki", "M", "Mi", "G", "Gi"]),
    most=st.integers(min_value=1, max_value=20_000),
    learned=st.one_of(st.none(), st.sampled_from(["x1.7", "+100Mi", "3Gi", "7000M"])),
    peak=st.one_of(st.none(), st.integers(min_value=1, max_value=1 << 36)),
)
def test_whatever_comes_out_is_larger_than_before_and_within_the_bound(
    number: int, unit: str, most: int, learned: str | None, peak: int | None
) -> None:
    old = f"{number}{unit}"
    made = size("k", old, remedy(), [upto(most * MIB)], learned=learned, peak_bytes=peak)
    if isinstance(made, NoSize):
        return
    before, after = amount_of(old, "memory"), amount_of(made.new, "memory")
    assert before is not None
    assert after is not None
    assert before < after <= most * MIB


@given(st.integers(min_value=1, max_value=1 << 45))
def test_the_usual_sizes_leave_less_than_half_unused(need: int) -> None:
    usual = next_usual_size(Fraction(need))
    assert need <= usual
    assert usual <= max(16 * MIB, need * 3 // 2 + MIB)


@pytest.mark.parametrize(
    ("value", "kind", "amount"),
    [
        ("1Gi", "memory", 1 << 30),
        (0.5, "cpu", Fraction(1, 2)),
        ("500m", "cpu", Fraction(1, 2)),
        ("1m30s", "seconds", 90),
        ("30", "seconds", 30),
        (30, "count", 30),
        ("3.5", "count", None),
        (True, "count", None),
        ("", "memory", None),
        ("x", "string", None),
        ("9" * 50, "count", None),
        ("1e999999999", "seconds", None),
    ],
)
def test_amounts_are_exact_or_none(value: Scalar, kind: str, amount: Fraction | None) -> None:
    assert amount_of(value, kind) == amount
