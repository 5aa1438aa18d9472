"""What was refused or did not help is held back: by which rule, for how long, and what lifts it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.learning.holding import held_back
from langraph.learning.steps import same_way
from langraph.models.incident import Category, Scalar, ValueChange
from langraph.models.learning import HeldBack, Result, Step, Trial
from tests.support.past import step, trial
from tests.support.proposals import FILE, MEMORY, NOW

WORKED, FAILED, REJECTED, REVERTED = Result.RECOVERED, Result.NOT_RECOVERED, Result.REJECTED, Result.REVERTED


def change(old: Scalar = "512Mi", new: Scalar = "1Gi", file: str = FILE, doc: int = 0) -> ValueChange:
    return ValueChange(file, MEMORY, old, new, doc=doc)


def held(*past: Trial, made: ValueChange | None = None, category: Category = Category.OOM) -> HeldBack | None:
    got = held_back(past, "grafana", category, made or change(), NOW)
    if got is not None:
        assert f"`{got.rule}`" in got.why.en
        assert f"`{got.rule}`" in got.why.ko
        assert got.incident_id in got.why.en
        assert got.incident_id in got.why.ko
    return got


def rule(*past: Trial, made: ValueChange | None = None, category: Category = Category.OOM) -> str | None:
    got = held(*past, made=made, category=category)
    return got.rule if got else None


# --- refused by people ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("result", "name"), [(REJECTED, "rejected"), (REVERTED, "reverted")])
def test_what_people_refused_is_held_back_with_person_incident_and_date(result: Result, name: str) -> None:
    got = held(trial(result, by="Alice", days=3))
    assert got is not None
    assert (got.rule, got.incident_id) == (name, "incident-3-days-ago")
    assert "Alice" in got.why.en
    assert "Alice 님" in got.why.ko
    assert "before 2026-01-22" in got.why.en
    assert "expected value" in got.why.en


@pytest.mark.parametrize("result", [REJECTED, REVERTED])
def test_more_of_what_was_refused_is_refused_and_less_of_it_is_not(result: Result) -> None:
    assert rule(trial(result), made=change(new="2Gi")) is not None
    assert rule(trial(result), made=change(new="1024Mi")) is not None
    assert rule(trial(result), made=change("0.5Gi")) is not None
    assert rule(trial(result), made=change(new="768Mi")) is None


@pytest.mark.parametrize(
    ("past", "made"),
    [
        (trial(REJECTED, days=31), change()),
        (trial(REJECTED), change("700Mi")),
        (trial(REJECTED), change(new="256Mi")),
        (trial(REJECTED, app="loki"), change()),
        (trial(REJECTED, file="other.yaml"), change()),
        (trial(REJECTED), change(doc=1)),
        (trial(REJECTED, Step("resources.requests.memory", "512Mi", "1Gi")), change()),
        (trial(REJECTED, days=-2), change()),
        (trial(Result.MODIFIED, instead=step("512Mi", "768Mi")), change()),
        (trial(Result.INCONCLUSIVE), change()),
        (trial(WORKED), change()),
    ],
)
def test_another_time_value_direction_app_or_key_is_not_held_back(past: Trial, made: ValueChange) -> None:
    assert rule(past, made=made) is None


def test_a_refusal_holds_whatever_the_fault_is() -> None:
    assert rule(trial(REJECTED), category=Category.EVICTION) == "rejected"


def test_an_expected_value_lifts_a_refusal_as_far_as_it_goes() -> None:
    past = trial(REJECTED, expected="should be 3Gi")
    assert rule(past, made=change(new="2Gi")) is None
    assert rule(past, made=change(new="3Gi")) is None
    assert rule(past, made=change(new="4Gi")) == "rejected"
    assert rule(past) == "rejected"
    assert rule(trial(REJECTED, expected="256Mi")) == "rejected"


def test_a_modification_since_lifts_a_refusal_and_one_before_does_not() -> None:
    own = step("512Mi", "2Gi")
    refused = trial(REJECTED, days=5)
    assert rule(refused, trial(Result.MODIFIED, days=2, instead=own), made=change(new="2Gi")) is None
    assert rule(refused, trial(Result.MODIFIED, days=9, instead=own), made=change(new="2Gi")) == "rejected"


@pytest.mark.parametrize(("result", "left"), [(WORKED, None), (FAILED, "failed"), (Result.INCONCLUSIVE, None)])
def test_an_approval_since_lifts_a_refusal(result: Result, left: str | None) -> None:
    assert rule(trial(REJECTED, days=5), trial(result, days=2)) == left
    assert rule(trial(REJECTED, days=5), trial(result, days=9)) == "rejected"


def test_only_an_approval_of_as_much_lifts_a_refusal() -> None:
    assert rule(trial(REJECTED, days=5), trial(WORKED, step("512Mi", "768Mi"), days=2)) == "rejected"
    assert rule(trial(REJECTED, days=5), trial(REVERTED, step("256Mi", "1Gi"), days=2)) == "rejected"


def test_a_lowering_that_was_refused_is_refused_and_so_is_more_of_it() -> None:
    past = trial(REJECTED, step("1Gi", "512Mi"))
    assert rule(past, made=change("1Gi", "256Mi")) == "rejected"
    assert rule(past, made=change("1Gi", "768Mi")) is None


def test_a_refused_first_value_is_held_back_while_there_is_none() -> None:
    past = trial(REJECTED, step(None, "512Mi"))
    assert rule(past, made=change(None, "512Mi")) == "rejected"
    assert rule(past, made=change("256Mi", "512Mi")) is None


def test_a_refused_word_is_held_back_and_other_words_are_not() -> None:
    past = trial(REJECTED, Step("mode", "a", "b"))
    assert rule(past, made=ValueChange(FILE, ("mode",), "a", "b")) == "rejected"
    assert rule(past, made=ValueChange(FILE, ("mode",), "a", "c")) is None


# --- did not help --------------------------------------------------------------------------------------------------


def test_what_did_not_help_is_held_back_and_more_of_it_is_not() -> None:
    got = held(trial(FAILED, days=3))
    assert got is not None
    assert (got.rule, got.beyond, got.incident_id) == ("failed", "1Gi", "incident-3-days-ago")
    assert rule(trial(FAILED), made=change(new="768Mi")) == "failed"
    assert rule(trial(FAILED), made=change(new="2Gi")) is None


def test_the_furthest_amount_that_did_not_help_is_the_one_to_go_beyond() -> None:
    past = (
        trial(FAILED, days=3),
        trial(FAILED, step("512Mi", "1536Mi"), days=9),
        trial(WORKED, step("2Gi", "4Gi"), days=8),
    )
    got = held(*past)
    assert got is not None
    assert got.beyond == "1536Mi"


@pytest.mark.parametrize(
    ("past", "category"),
    [
        ([trial(FAILED, days=91)], Category.OOM),
        ([trial(FAILED)], Category.EVICTION),
        ([trial(FAILED, step("1Gi", "2Gi"))], Category.OOM),
        ([trial(FAILED, days=5), trial(WORKED, days=2)], Category.OOM),
        ([trial(FAILED, days=5), trial(WORKED, step("512Mi", "768Mi"), days=2)], Category.OOM),
    ],
)
def test_an_old_other_or_overtaken_failure_holds_nothing_back(past: list[Trial], category: Category) -> None:
    assert rule(*past, category=category) is None


def test_a_larger_success_since_does_not_lift_a_failure_of_the_smaller_amount() -> None:
    assert rule(trial(FAILED, days=5), trial(WORKED, step("512Mi", "2Gi"), days=2)) == "failed"


def test_a_success_before_the_failure_does_not_lift_it() -> None:
    assert rule(trial(WORKED, days=5), trial(FAILED, days=2)) == "failed"


@pytest.mark.parametrize("present", ["384Mi", "500Mi", "600Mi", "1000Mi"])
def test_what_did_not_help_does_not_help_from_a_value_like_it_either(present: str) -> None:
    got = held(trial(FAILED), made=change(present, "1040Mi"))
    assert got is not None
    assert (got.rule, got.beyond) == ("failed", "1Gi")


@pytest.mark.parametrize("present", ["256Mi", "1100Mi"])
def test_from_quite_another_value_a_failure_says_nothing(present: str) -> None:
    assert rule(trial(FAILED), made=change(present, "1200Mi")) is None


def test_hardly_more_than_what_did_not_help_is_the_same_again() -> None:
    assert rule(trial(FAILED), made=change(new="1100Mi")) == "failed"
    assert rule(trial(FAILED), made=change(new="1536Mi")) is None


def test_a_success_with_less_from_a_value_like_it_lifts_a_failure() -> None:
    assert rule(trial(FAILED, days=5), trial(WORKED, step("500Mi", "1000Mi"), days=2)) is None


# --- the direction is wrong ----------------------------------------------------------------------------------------

TWO = (trial(FAILED, days=9), trial(FAILED, step("1Gi", "2Gi"), days=3))


@pytest.mark.parametrize("made", [change("2Gi", "4Gi"), change(), change("1Gi", "8Gi")])
def test_after_two_amounts_that_did_not_help_nothing_more_of_it_is_proposed(made: ValueChange) -> None:
    got = held(*TWO, made=made)
    assert got is not None
    assert (got.rule, got.incident_id) == ("failed_twice", "incident-3-days-ago")
    assert "1Gi, 2Gi" in got.why.en


def test_the_same_amount_twice_is_not_two_amounts() -> None:
    assert rule(trial(FAILED, days=9), trial(FAILED, days=3), made=change(new="2Gi")) is None


@pytest.mark.parametrize("second", ["1000Mi", "1100Mi", "1400Mi"])
def test_two_amounts_that_are_about_the_same_are_one(second: str) -> None:
    past = (trial(FAILED, days=9), trial(FAILED, step("512Mi", second), days=3))
    assert rule(*past, made=change(new="4Gi")) is None


@pytest.mark.parametrize("present", ["400Mi", "700Mi", "1500Mi"])
def test_values_rendered_a_little_differently_are_no_news_of_the_direction(present: str) -> None:
    assert rule(*TWO, made=change(present, "4Gi")) == "failed_twice"


@pytest.mark.parametrize(
    ("more", "made"),
    [
        ([trial(WORKED, step("2Gi", "4Gi"), days=2)], change("2Gi", "8Gi")),
        ([trial(FAILED, step("1Gi", "2Gi"), days=1, expected="4Gi")], change("2Gi", "4Gi")),
        ([], change("3Gi", "6Gi")),
        ([], change("2Gi", "1Gi")),
    ],
)
def test_a_success_a_word_another_value_or_the_other_way_lifts_it(more: list[Trial], made: ValueChange) -> None:
    assert rule(*TWO, *more, made=made) is None


def test_one_of_the_two_being_old_lifts_it() -> None:
    assert rule(trial(FAILED, days=95), TWO[1], made=change("2Gi", "4Gi")) is None


# --- in general ----------------------------------------------------------------------------------------------------

AMOUNTS = (None, "256Mi", "512Mi", "1Gi", "2Gi", "4Gi")
steps = st.builds(step, st.sampled_from(AMOUNTS), st.sampled_from(AMOUNTS[1:])).filter(lambda one: one.old != one.new)
pasts = st.lists(
    st.builds(
        lambda result, made, days, expected, app: trial(result, made, days=days, expected=expected, app=app),
        st.sampled_from(Result),
        steps,
        st.integers(0, 100),
        st.sampled_from(["", "2Gi", "8Gi"]),
        st.sampled_from(["grafana", "loki"]),
    ),
    max_size=10,
)


@settings(max_examples=300, deadline=None)
@given(pasts, steps)
def test_the_opposite_direction_is_never_held_back(past: list[Trial], made: Step) -> None:
    against = [one for one in past if not same_way(one.step, made)]
    assert rule(*against, made=change(made.old, made.new)) is None


@settings(max_examples=300, deadline=None)
@given(pasts, steps)
def test_only_trials_of_the_same_app_and_direction_matter(past: list[Trial], made: Step) -> None:
    same = [one for one in past if one.app == "grafana" and same_way(one.step, made)]
    wanted = change(made.old, made.new)
    assert held(*past, made=wanted) == held(*same, made=wanted)


@settings(max_examples=200, deadline=None)
@given(pasts, steps)
def test_after_ninety_days_everything_may_be_tried_again(past: list[Trial], made: Step) -> None:
    old = [one for one in past if (NOW - one.at).days >= 90]
    assert rule(*old, made=change(made.old, made.new)) is None
