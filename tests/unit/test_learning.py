"""Lessons from trials: what deserves to be proposed first, what never does, and what is said of it."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.learning.deriving import HALF_LIFE, WORD_HOLDS, advice, lessons, lower_bound, revised
from langraph.learning.lesson_file import lesson_bytes, lesson_path, parse_lesson
from langraph.models.incident import Category, Scalar
from langraph.models.learning import (
    ALL_APPS,
    Factor,
    Learned,
    Lesson,
    Lessons,
    Move,
    Pattern,
    Result,
    Step,
    Trial,
)
from tests.support.past import KEY, step, trial
from tests.support.proposals import NOW

WORKED, FAILED, REJECTED = Result.RECOVERED, Result.NOT_RECOVERED, Result.REJECTED
TWICE = Factor(KEY, Fraction(2))


def learned(*past: Trial, app: str = "grafana") -> Lesson:
    known = (lesson for lesson in lessons(past, NOW) if lesson.app == app and lesson.category == past[0].category)
    return next(known)


def ended(*results: Result, made: Step | None = None, app: str = "grafana", first: int = 1) -> list[Trial]:
    """Trials of one step, the newest first, a day apart."""
    return [trial(result, made, days=first + n, app=app) for n, result in enumerate(results)]


def pattern(lesson: Lesson, move: Move) -> Pattern:
    return next(one for one in lesson.patterns if one.original == move)


def advised(past: list[Trial], old: Scalar = "512Mi", app: str = "grafana", key: str = KEY) -> Learned | None:
    known = {lesson.app: lesson for lesson in lessons(past, NOW)}
    got = advice(Lessons(known.get(app), known.get(ALL_APPS)), key, "memory", old, past)
    assert got is None or got.why.en != got.why.ko
    return got


# --- by counts -----------------------------------------------------------------------------------------------------


def test_what_worked_five_of_seven_times_is_recommended_and_says_so() -> None:
    past = ended(WORKED, WORKED, FAILED, WORKED, FAILED, WORKED, WORKED)
    lesson = learned(*past)
    assert lesson.recommended == lesson.derived == step()
    assert (pattern(lesson, step()).success_count, pattern(lesson, step()).failure_count) == (5, 2)
    got = advised(past)
    assert got is not None
    assert got.amount == "1Gi"
    assert "because resources.limits.memory 512Mi -> 1Gi worked 5 of 7 times for grafana" in got.why.en
    assert "7번 중 5번" in got.why.ko


def test_one_lucky_case_teaches_nothing() -> None:
    lesson = learned(trial())
    assert lesson.recommended is None
    assert pattern(lesson, step()).success_count == 1
    assert advised([trial()]) is None


def test_one_incident_counts_once_however_often_it_tried() -> None:
    same = [trial(incident="incident-x", days=1), trial(incident="incident-x", days=2)]
    assert learned(*same).recommended is None
    assert pattern(learned(*same), step()).success_count == 1


def test_the_better_of_two_actions_is_recommended() -> None:
    twice, thrice = ended(WORKED, WORKED, FAILED), ended(WORKED, WORKED, made=step("512Mi", "1536Mi"), first=10)
    assert learned(*twice, *thrice).recommended == step("512Mi", "1536Mi")


def test_what_mostly_failed_is_not_recommended_though_it_worked_twice() -> None:
    assert learned(*ended(WORKED, WORKED, *[FAILED] * 8)).recommended is None


def test_the_same_factor_from_different_sizes_speaks_for_the_factor() -> None:
    past = [trial(days=1), trial(made=step("1Gi", "2048Mi"), days=2)]
    lesson = learned(*past)
    assert lesson.recommended == TWICE
    assert pattern(lesson, TWICE).success_count == 2
    got = advised(past, "3Gi")
    assert got is not None
    assert got.amount == "x2"


def test_spellings_of_one_amount_are_one_action() -> None:
    past = [trial(days=1), trial(made=step("0.5Gi", "1024Mi"), days=2)]
    assert [(one.original, one.success_count) for one in learned(*past).patterns] == [(step(), 2)]


def test_what_was_learned_fades_with_age() -> None:
    recent, old = ended(WORKED, WORKED), ended(WORKED, WORKED, first=200)
    assert learned(*recent).recommended == step()
    assert learned(*old).recommended is None


def test_a_success_dated_in_the_future_weighs_no_more_than_one_of_today() -> None:
    ahead = [trial(days=-900), trial(days=-901)]
    assert learned(*ahead, *ended(*[FAILED] * 9)).recommended is None


def test_an_inconclusive_end_and_a_refusal_count_neither_way() -> None:
    lesson = learned(*ended(WORKED, WORKED, Result.INCONCLUSIVE, REJECTED, Result.MODIFIED))
    assert (pattern(lesson, step()).success_count, pattern(lesson, step()).failure_count) == (2, 0)


def test_what_people_took_back_is_a_failure() -> None:
    assert pattern(learned(*ended(Result.REVERTED, WORKED)), step()).failure_count == 1


@given(st.floats(0.01, 50), st.floats(0, 50), st.floats(0, 50))
def test_more_failures_never_raise_the_lower_bound(won: float, lost: float, more: float) -> None:
    assert 0 <= lower_bound(won, lost + more) <= lower_bound(won, lost) + 1e-9 <= 1


AMOUNTS = ("512Mi", "1Gi", "2Gi", "4Gi")
made_steps = st.tuples(st.sampled_from(AMOUNTS), st.sampled_from(AMOUNTS)).filter(lambda two: two[0] != two[1])
pasts = st.lists(
    st.builds(
        lambda two, result, days, app: trial(result, step(*two), days=days, app=app),
        made_steps,
        st.sampled_from([WORKED, WORKED, FAILED, REJECTED, Result.INCONCLUSIVE, Result.REVERTED]),
        st.integers(1, 300),
        st.sampled_from(["grafana", "loki"]),
    ),
    max_size=14,
)


@settings(max_examples=200, deadline=None)
@given(pasts, made_steps, st.integers(1, 300))
def test_a_failure_of_an_action_never_makes_it_the_recommended_one(
    past: list[Trial], two: tuple[str, str], days: int
) -> None:
    failed = trial(FAILED, step(*two), days=days + 0.5)
    before = {lesson.app: lesson.recommended for lesson in lessons(past, NOW)}.get("grafana")
    after = learned(*past, failed).recommended
    if after != before:
        assert after != failed.step


@settings(max_examples=200, deadline=None)
@given(pasts)
def test_apps_are_kept_apart(past: list[Trial]) -> None:
    own = [one for one in past if one.app == "grafana"]
    together = [lesson for lesson in lessons(past, NOW) if lesson.app == "grafana"]
    assert together == [lesson for lesson in lessons(own, NOW) if lesson.app == "grafana"]
    for lesson in lessons(past, NOW):
        if lesson.app == ALL_APPS:
            assert all(isinstance(one.original, Factor) for one in lesson.patterns)
        assert parse_lesson(lesson_bytes(lesson), lesson_path(lesson.category, lesson.app)) == lesson


def test_categories_are_kept_apart() -> None:
    past = [trial(days=1), trial(days=2, category=Category.EVICTION)]
    assert [lesson.recommended for lesson in lessons(past, NOW) if lesson.app == "grafana"] == [None, None]


# --- by people -----------------------------------------------------------------------------------------------------


def test_an_expected_amount_is_followed_after_one_word() -> None:
    past = [trial(FAILED, expected="memory 2Gi 이상이면 좋겠습니다", feedback="too little")]
    lesson = learned(*past)
    assert lesson.recommended == step("512Mi", "2Gi")
    assert pattern(lesson, step()).improved == step("512Mi", "2Gi")
    assert pattern(lesson, step()).feedback == "too little"
    got = advised(past)
    assert got is not None
    assert (got.amount, "feedback on incident-1-days-ago asked for" in got.why.en) == ("2Gi", True)
    applies = advised(past, "1Gi")
    assert applies is not None
    assert applies.amount == "2Gi"


def test_a_persons_own_values_are_followed_and_the_person_is_named() -> None:
    past = [trial(Result.MODIFIED, by="Alice", instead=step("512Mi", "768Mi"))]
    got = advised(past)
    assert got is not None
    assert (got.amount, "which Alice chose" in got.why.en, "Alice 님" in got.why.ko) == ("768Mi", True, True)


@pytest.mark.parametrize("result", [FAILED, REJECTED, Result.REVERTED])
def test_a_word_that_was_tried_and_was_no_good_is_not_followed(result: Result) -> None:
    past = [trial(FAILED, expected="2Gi", days=9), trial(result, step("1Gi", "2Gi"), days=2)]
    assert learned(*past).recommended is None


def test_a_word_after_a_failure_of_that_very_amount_is_followed() -> None:
    past = [trial(FAILED, step("1Gi", "2Gi"), days=9), trial(FAILED, expected="2Gi", days=2)]
    assert learned(*past).recommended == step("512Mi", "2Gi")


def test_an_old_word_is_not_followed() -> None:
    days = WORD_HOLDS / timedelta(days=1)
    assert learned(trial(FAILED, expected="2Gi", days=days - 1)).recommended == step("512Mi", "2Gi")
    assert learned(trial(FAILED, expected="2Gi", days=days + 1)).recommended is None


def test_one_persons_word_is_not_proposed_to_other_apps() -> None:
    past = [trial(FAILED, expected="2Gi")]
    assert advised(past, app="loki") is None


def test_words_of_one_app_are_not_shown_in_the_file_of_all() -> None:
    assert pattern(learned(trial(FAILED, feedback="secret plan"), app=ALL_APPS), TWICE).feedback == ""


# --- the amount that finally worked --------------------------------------------------------------------------------


def test_the_amount_that_finally_worked_improves_the_one_that_failed() -> None:
    past = [trial(FAILED, days=3), trial(WORKED, step("1Gi", "2Gi"), days=2)]
    lesson = learned(*past)
    assert pattern(lesson, step()).improved == step("512Mi", "2Gi")
    assert lesson.recommended is None  # once is luck


def test_what_finally_worked_twice_is_recommended_at_once() -> None:
    past = [
        trial(FAILED, days=30),
        trial(WORKED, step("1Gi", "2Gi"), days=29),
        trial(FAILED, days=3),
        trial(WORKED, step("512Mi", "2Gi"), days=2),
    ]
    lesson = learned(*past)
    assert lesson.recommended == step("512Mi", "2Gi")
    assert pattern(lesson, step("512Mi", "2Gi")).success_count == 2
    assert pattern(lesson, step("1Gi", "2Gi")).success_count == 1


@pytest.mark.parametrize(
    "later",
    [
        trial(WORKED, step("1Gi", "2Gi"), days=2, app="loki"),
        trial(WORKED, step("1Gi", "2Gi"), days=2, category=Category.EVICTION),
        trial(WORKED, step("1Gi", "2Gi"), days=2, file="helm-values/grafana/other.yaml"),
        trial(WORKED, step("1Gi", "2Gi"), days=9),
        trial(WORKED, step("4Gi", "8Gi"), days=2),
        trial(WORKED, step("1Gi", "512Mi"), days=2),
        trial(Result.INCONCLUSIVE, step("1Gi", "2Gi"), days=2),
    ],
)
def test_only_a_later_larger_success_of_the_same_value_improves(later: Trial) -> None:
    assert pattern(learned(trial(FAILED, days=5), later), step()).improved is None


# --- advice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "amount"),
    [
        ("512Mi", "1Gi"),
        ("0.5Gi", "1Gi"),
        ("700Mi", "1Gi"),
        ("1000Mi", None),
        ("1Gi", None),
        ("256Mi", None),
        (None, None),
    ],
)
def test_an_amount_fits_where_the_present_value_is_on_its_way(old: Scalar, amount: str | None) -> None:
    got = advised(ended(WORKED, WORKED), old)
    assert (got.amount if got else None) == amount


def test_an_app_without_history_takes_the_factor_of_all_apps() -> None:
    past = [trial(app="loki", days=1), trial(made=step("1Gi", "2Gi", f"server.{KEY}"), app="tempo", days=2)]
    got = advised(past, "3Gi", key=f"grafana.{KEY}")
    assert got is not None
    assert got.amount == "x2"
    assert "2 of 2 times for oom over all apps" in got.why.en
    assert advised([*past, trial(made=step("1", "2", "resources.limits.cpu"), days=3)], "3Gi") is not None
    assert advised(past, None) is None
    assert advised(past, key="resources.limits.cpu") is None


def test_an_app_with_history_of_its_own_does_not_look_at_others() -> None:
    past = [*ended(WORKED, WORKED, WORKED, app="loki"), trial(FAILED, step("2Gi", "4Gi"), days=9)]
    assert advised(past) is None


def test_what_the_team_set_wins_and_is_said_to_be_theirs() -> None:
    lesson = Lesson(Category.OOM, "grafana", recommended=step("512Mi", "3Gi"), derived=step())
    got = advice(Lessons(lesson, None), KEY, "memory", "512Mi")
    assert got is not None
    assert got.amount == "3Gi"
    assert "examples/learning/oom_grafana_patterns.json" in got.why.en
    nothing = Lesson(Category.OOM, "grafana", recommended=None, derived=step())
    others = learned(*ended(WORKED, WORKED), app=ALL_APPS)
    assert advice(Lessons(nothing, others), KEY, "memory", "512Mi") is None


@pytest.mark.parametrize("new", ["lots", True, "2h", None])
def test_what_is_no_amount_of_the_kind_is_not_advised(new: Scalar) -> None:
    lesson = Lesson(Category.OOM, "grafana", recommended=step("512Mi", new))
    assert advice(Lessons(lesson, None), KEY, "memory", "512Mi") is None


# --- the file and the people ---------------------------------------------------------------------------------------


def test_the_loop_leaves_alone_what_a_person_set() -> None:
    before = learned(*ended(WORKED, WORKED))
    own = Pattern(Factor(KEY, Fraction(3)), Result.RECOVERED, "from the handbook")
    edited = Lesson(Category.OOM, "grafana", (*before.patterns, own), step("512Mi", "3Gi"), before.derived)
    after = revised(learned(*ended(FAILED, FAILED, WORKED, WORKED)), edited)
    assert after.recommended == step("512Mi", "3Gi")
    assert own in after.patterns
    assert pattern(after, step()).failure_count == 2


def test_the_loop_moves_on_from_what_it_set_itself() -> None:
    before, after = learned(*ended(WORKED, WORKED)), learned(*ended(*[FAILED] * 9, WORKED, WORKED))
    assert revised(after, before).recommended is None
    assert revised(after, None) == after
    assert revised(before, revised(before, None)) == before


def test_half_of_the_weight_is_gone_after_a_half_life() -> None:
    """Two successes a half-life ago weigh as one, which is believed just enough to be recommended."""
    days = HALF_LIFE // timedelta(days=1)
    assert lower_bound(1, 0) > 0.2 > lower_bound(0.5, 0)
    assert learned(*ended(WORKED, WORKED, first=days)).recommended == step()
