"""Proposals that know what happened before: they start from what worked and leave out what was refused."""

from datetime import timedelta

import pytest

from langraph.catalogue import Catalogue
from langraph.learning.deriving import lessons
from langraph.models.incident import Category, Proposal
from langraph.models.learning import ALL_APPS, Lesson, Lessons, Result, Step, Trial
from langraph.ports import FileVersion
from langraph.proposing import NoProposal, propose
from langraph.sizing import Beyond, NoSize, Sized, size
from langraph.texts import learning as say
from tests.support.past import KEY, step, trial
from tests.support.proposals import FILE, NOW, POLICY, VALUES, diagnosis, incident, policy, remedy, runbook

WORKED, FAILED, REJECTED, REVERTED = Result.RECOVERED, Result.NOT_RECOVERED, Result.REJECTED, Result.REVERTED
ROOMY = POLICY.replace(b"max_step_factor: 2\n    min: 32Mi", b"max_step_factor: 8\n    min: 32Mi").replace(
    b"max_cumulative_factor: 4", b"max_cumulative_factor: 16"
)
FIVE_OF_SEVEN = [
    trial(result, days=days + 1) for days, result in enumerate((WORKED, WORKED, FAILED, WORKED, FAILED, WORKED, WORKED))
]


def made(
    *past: Trial,
    present: str = "512Mi",
    rules: bytes = ROOMY,
    known: Lessons | None = None,
    versions: tuple[FileVersion, ...] = (),
    app: str = "grafana",
) -> Proposal | NoProposal:
    """A proposal for an out-of-memory kill, on the lessons that the trials teach unless others are given."""
    taught = {lesson.app: lesson for lesson in lessons(past, NOW) if lesson.category is Category.OOM}
    got = propose(
        incident(app=app),
        diagnosis(),
        runbook(remedy()),
        files={f"helm-values/{app}/values.yaml": ("ab12", with_memory(present))},
        catalogue=Catalogue(),
        policy=policy(rules),
        history=(),
        now=NOW,
        expires_in=timedelta(hours=24),
        lessons=known or Lessons(taught.get(app), taught.get(ALL_APPS)),
        trials=past,
        versions={FILE: versions},
    )
    said = got.explanation if isinstance(got, Proposal) else got.reason
    assert said.en != said.ko
    return got


def with_memory(amount: str) -> bytes:
    return VALUES.replace(b"512Mi", amount.encode())


def new(got: Proposal | NoProposal, *says: str) -> object:
    """The proposed value; every sentence must be in the explanation."""
    assert isinstance(got, Proposal), got.reason.en
    assert [part for part in says if part not in got.explanation.en] == []
    return got.changes[0].new


def refusal(got: Proposal | NoProposal, *says: str) -> str:
    assert isinstance(got, NoProposal), got.changes
    assert [part for part in says if part not in got.reason.en] == []
    return got.reason.en


# --- what worked ---------------------------------------------------------------------------------------------------


def test_a_proposal_starts_from_what_worked_and_says_how_often() -> None:
    past = [trial(one.result, step("512Mi", "1536Mi"), days=(NOW - one.at).days) for one in FIVE_OF_SEVEN]
    assert new(made(*past), f"because {KEY} 512Mi -> 1536Mi worked 5 of 7 times for grafana") == "1536Mi"


def test_what_worked_since_its_last_failure_is_not_held_back() -> None:
    assert new(made(*FIVE_OF_SEVEN), "worked 5 of 7 times") == "1Gi"


def test_policy_still_bounds_what_was_learned() -> None:
    past = [trial(made=step("512Mi", "2Gi"), days=days) for days in (1, 2)]
    assert new(made(*past, rules=POLICY), "worked 2 of 2 times", "factor 2") == "1Gi"


def test_one_success_changes_nothing() -> None:
    assert new(made(trial(made=step("512Mi", "4Gi"))), "the usual step") == "1Gi"


def test_an_app_without_history_starts_from_all_apps() -> None:
    past = [trial(made=step("1Gi", "3Gi"), app="loki", days=1), trial(made=step("2Gi", "6Gi"), app="tempo", days=2)]
    assert new(made(*past), "over all apps") == "1536Mi"


def test_what_one_app_was_refused_is_proposed_to_another() -> None:
    assert new(made(trial(REJECTED, app="loki"))) == "1Gi"


def test_a_person_named_an_amount_and_it_is_proposed() -> None:
    assert new(made(trial(FAILED, expected="2Gi면 좋겠습니다")), "feedback on incident-1-days-ago asked for") == "2Gi"


def test_a_persons_own_values_are_proposed_next_time() -> None:
    past = trial(Result.MODIFIED, by="Alice", instead=step("512Mi", "768Mi"))
    assert new(made(past), "768Mi, which Alice chose in incident-1-days-ago") == "768Mi"


def test_what_the_team_wrote_into_the_file_is_proposed() -> None:
    lesson = Lesson(Category.OOM, "grafana", recommended=step("512Mi", "3Gi"))
    assert new(made(known=Lessons(lesson)), "the team set", "oom_grafana_patterns.json") == "3Gi"


# --- what did not help ---------------------------------------------------------------------------------------------


def test_after_a_failure_that_was_taken_back_the_next_step_goes_beyond_it() -> None:
    got = made(trial(FAILED, days=3))
    assert new(got, "1Gi was tried in incident-3-days-ago and did not help") == "2Gi"


def test_beyond_a_failure_the_policy_may_leave_less_but_never_the_same() -> None:
    tighter = ROOMY.replace(b"max_step_factor: 8", b"max_step_factor: 3")
    assert new(made(trial(FAILED), rules=tighter), "did not help", "factor 3") == "1536Mi"
    refusal(made(trial(FAILED), rules=POLICY), "1Gi did not help before", "factor 2", "a person has to decide")


def test_a_failure_is_gone_beyond_from_a_value_like_the_one_it_started_at() -> None:
    assert new(made(trial(FAILED, days=3), present="480Mi"), "1Gi was tried in incident-3-days-ago") == "2Gi"


def test_a_persons_amount_little_beyond_a_failure_is_proposed_all_the_same() -> None:
    assert new(made(trial(FAILED, expected="1200Mi")), "asked for", "did not help") == "1200Mi"


def test_where_policy_leaves_no_whole_step_beyond_a_failure_less_of_it_is_proposed() -> None:
    assert new(made(trial(FAILED), present="600Mi", rules=POLICY), "did not help", "factor 2") == "1200Mi"


def test_what_was_asked_for_from_a_value_like_the_present_one_is_proposed() -> None:
    asked = trial(Result.MODIFIED, by="Alice", instead=step("512Mi", "2Gi"))
    assert new(made(asked, present="500Mi"), "2Gi, which Alice chose") == "2Gi"
    assert new(made(asked, present="300Mi"), "the usual step") == "600Mi"


def test_a_word_that_did_not_help_is_not_proposed_again() -> None:
    words = b"  - {name: mode, keys: [mode], type: string, allowed: [fast, safe], cooldown: 1h}\n"
    safer = remedy(value_path="mode", op="set", amount="safe", kind="string")

    def proposed(*past: Trial) -> Proposal | NoProposal:
        return propose(
            incident(),
            diagnosis(),
            runbook(safer),
            files={FILE: ("ab12", VALUES + b"mode: fast\n")},
            catalogue=Catalogue(),
            policy=policy(POLICY + words),
            history=(),
            now=NOW,
            expires_in=timedelta(hours=24),
            trials=past,
        )

    assert new(proposed()) == "safe"
    refusal(proposed(trial(FAILED, Step("mode", "fast", "safe"))), "`failed`")


def test_after_two_amounts_that_did_not_help_nothing_is_proposed() -> None:
    past = (trial(FAILED, days=9), trial(FAILED, step("1Gi", "2Gi"), days=3))
    for present in ("512Mi", "2Gi"):
        refusal(made(*past, present=present), "`failed_twice`", "1Gi, 2Gi", "incident-3-days-ago", "expected value")


def test_a_failure_that_was_left_in_place_is_followed_by_the_usual_step() -> None:
    assert new(made(trial(FAILED), present="1Gi"), "the usual step") == "2Gi"


# --- what was refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("result", "name"), [(REJECTED, "`rejected`"), (REVERTED, "`reverted`")])
def test_what_was_refused_is_not_proposed_again_and_the_rule_is_named(result: Result, name: str) -> None:
    got = made(trial(result, by="Alice", days=3))
    refusal(got, name, "by Alice", "incident-3-days-ago", "another present value")
    assert isinstance(got, NoProposal)
    assert got.candidates == ()


def test_what_was_refused_is_proposed_again_when_something_changed() -> None:
    assert new(made(trial(REJECTED), present="600Mi")) == "1200Mi"
    assert new(made(trial(REJECTED, days=31))) == "1Gi"
    assert new(made(trial(REJECTED, expected="2Gi"))) == "2Gi"


def test_a_learned_amount_that_was_refused_gives_way_to_the_usual_step_below_it() -> None:
    lesson = Lessons(Lesson(Category.OOM, "grafana", recommended=step("512Mi", "4Gi")))
    assert new(made(trial(REJECTED, step("512Mi", "4Gi")), known=lesson), "the usual step") == "1Gi"
    refusal(made(trial(REJECTED), known=lesson), "`rejected`")


def test_a_persons_words_never_get_into_the_reason() -> None:
    hostile = "<!channel> ](http://evil) {app}"
    got = made(trial(REJECTED, feedback=hostile, expected=hostile))
    assert "evil" not in refusal(got)


# --- what people changed in git ------------------------------------------------------------------------------------


def version(amount: str, days: float, *, by_us: bool = False) -> FileVersion:
    at = NOW - timedelta(days=days)
    return FileVersion(f"{days:g}" * 12, at, "langraph" if by_us else "Bob", "change", with_memory(amount), by_us)


TAKEN_BACK = (version("512Mi", 1), version("1Gi", 2, by_us=True), version("512Mi", 90))


def test_a_change_of_ours_that_a_person_undid_in_git_is_not_made_again_before_any_record_says_so() -> None:
    refusal(made(versions=TAKEN_BACK), "`reverted`", "by Bob", f"{KEY} 512Mi -> 1Gi")
    refusal(made(trial(WORKED, days=2), versions=TAKEN_BACK), "`reverted`", "by Bob")


def test_what_a_person_lowered_that_was_never_ours_is_put_back() -> None:
    own = (version("512Mi", 1), version("1Gi", 2), version("512Mi", 90))
    assert new(made(versions=own), "this puts it back") == "1Gi"


def test_what_a_person_lowered_to_a_value_of_their_own_is_put_back() -> None:
    own = (version("512Mi", 1), version("1Gi", 2, by_us=True), version("256Mi", 90))
    assert new(made(versions=own), "this puts it back") == "1Gi"


def test_what_was_undone_because_it_did_not_help_is_gone_beyond() -> None:
    assert new(made(trial(FAILED, days=2), versions=TAKEN_BACK), "did not help") == "2Gi"


def test_a_failure_of_long_ago_does_not_explain_why_it_was_undone_now() -> None:
    refusal(made(trial(FAILED, days=95), versions=TAKEN_BACK), "`reverted`", "by Bob")


def test_what_was_undone_with_an_expected_value_goes_there() -> None:
    assert new(made(trial(REVERTED, expected="3Gi"), versions=TAKEN_BACK)) == "3Gi"


def test_what_was_undone_a_month_ago_may_be_tried_again() -> None:
    old = (version("512Mi", 31), version("1Gi", 40, by_us=True), version("512Mi", 90))
    assert new(made(versions=old)) == "1Gi"


def test_a_value_whose_restoring_was_rejected_is_not_restored() -> None:
    own = (version("512Mi", 1), version("1Gi", 2), version("512Mi", 90))
    refusal(made(trial(REJECTED), versions=own), "`rejected`")


# --- the step itself -----------------------------------------------------------------------------------------------


def beyond(amount: str, old: str | None = "512Mi", **given: object) -> Sized | NoSize:
    failed = Beyond(amount, say.beyond(amount, "incident-x"))
    return size("k", old, remedy(), [], beyond=failed, **given)  # type: ignore[arg-type]


def test_beyond_what_failed_the_larger_of_learned_measured_and_usual_is_taken() -> None:
    for given, expected in (
        ({}, "2Gi"),
        ({"learned": "x2"}, "2Gi"),
        ({"learned": "3Gi"}, "3Gi"),
        ({"peak_bytes": 5 << 30}, "6Gi"),
        ({"peak_bytes": 1000 << 20}, "2Gi"),  # cut off by the limit that was too small
        ({"learned": "1200Mi"}, "1200Mi"),
    ):
        got = beyond("1Gi", **given)
        assert isinstance(got, Sized)
        assert got.new == expected
        assert "did not help" in got.why.en
    first = beyond("1Gi", None)
    assert isinstance(first, Sized)
    assert first.new == "2Gi"


def test_what_cannot_be_compared_is_not_gone_beyond() -> None:
    got = beyond("a lot")
    assert isinstance(got, Sized)
    assert got.new == "1Gi"


def test_a_step_of_another_kind_in_the_file_is_passed_over() -> None:
    lesson = Lessons(Lesson(Category.OOM, "grafana", recommended=Step(KEY, "512Mi", "lots")))
    assert new(made(known=lesson), "the usual step") == "1Gi"
