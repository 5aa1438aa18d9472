"""Rules that hold a change back: what was refused or did not help is not proposed again as if it were new. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from langraph.learning.asked import is_towards, wanted
from langraph.learning.steps import (
    clearly_apart,
    goes_as_far,
    goes_further,
    hardly_further,
    same_value,
    same_way,
    show,
    starts_alike,
    write,
)
from langraph.models.incident import Category, ValueChange
from langraph.models.learning import HeldBack, Result, Step, Trial
from langraph.texts import learning as say

REFUSED_FOR = timedelta(days=30)  # a month: long enough not to nag, short enough to follow the load
FAILED_FOR = timedelta(days=90)  # a quarter: by then the app is another version under another load
CLOCKS = timedelta(minutes=5)  # what is dated further ahead was not written by a clock


def held_back(
    trials: Sequence[Trial], app: str, category: Category, change: ValueChange, now: datetime
) -> HeldBack | None:
    """The rule that speaks against a change, if one does; the same key and direction only.

    `rejected`, `reverted`: a person refused it or took it back, from the same value, in the last 30 days: neither
    it nor more of it, whatever the fault was. Lifted by an approval since, or as far as people since asked to go.
    `failed_twice`: two clearly different amounts did not help against this category in 90 days, and none did: the
    direction is wrong. `failed`: this amount, hardly less or a larger one did not help, from the present value or one
    like it, and has not since: what an app needs does not depend on where it starts.

    Args:
        trials: of any app; only those of this app and of the change's own key count.
        change: what would be proposed, from the present value.
    """
    step = Step(change.dotted, change.old, change.new)
    about = [
        trial
        for trial in trials
        if (trial.app, trial.file, trial.doc, trial.step.key) == (app, change.file, change.doc, step.key)
        and same_way(trial.step, step)
        and now - FAILED_FOR < trial.at <= now + CLOCKS
    ]
    against = [trial for trial in about if trial.category is category]
    return _refused(about, step, now) or _failed_twice(against, about, step) or _failed(against, step)


def is_settled(trials: Sequence[Trial], app: str, change: ValueChange, now: datetime) -> bool:
    """Whether the record already says that this very change was no good, and why: then the rules above decide."""
    return any(
        (trial.app, trial.file, trial.doc, trial.step.key) == (app, change.file, change.doc, change.dotted)
        and trial.result.is_failure
        and now - trial.at < FAILED_FOR
        and same_value(change.dotted, trial.step.old, change.old)
        and same_value(change.dotted, trial.step.new, change.new)
        for trial in trials
    )


def _refused(about: Sequence[Trial], step: Step, now: datetime) -> HeldBack | None:
    for trial in sorted(about, key=lambda one: one.at, reverse=True):
        is_recent = now - trial.at < REFUSED_FOR
        is_same = same_value(step.key, trial.step.old, step.old) and goes_as_far(step, trial.step)
        if not trial.result.is_refusal or not is_recent or not is_same:
            continue
        if _approved_since(about, trial) or _asked_for(about, step, trial.step, trial.at):
            continue
        rule = "rejected" if trial.result is Result.REJECTED else "reverted"
        sentence = say.rejected if trial.result is Result.REJECTED else say.reverted
        why = sentence(write(trial.step), trial.by, trial.incident_id, trial.at + REFUSED_FOR)
        return HeldBack(rule, why, trial.incident_id)
    return None


def _approved_since(about: Sequence[Trial], refused: Trial) -> bool:
    return any(
        later.at > refused.at
        and later.result.was_applied
        and later.result is not Result.REVERTED
        and goes_as_far(later.step, refused.step)
        for later in about
    )


def _asked_for(about: Sequence[Trial], step: Step, than: Step, since: datetime) -> bool:
    """Whether people asked, with the refusal or since, to go as far as `step`, which is further than `than`."""
    wishes = (wanted(trial) for trial in about if trial.at >= since)
    return goes_further(step, than) and any(wish is not None and is_towards(step, wish) for wish in wishes)


def _failed_twice(against: Sequence[Trial], about: Sequence[Trial], step: Step) -> HeldBack | None:
    failures = [trial for trial in against if trial.result is Result.NOT_RECOVERED]
    if not failures or any(trial.result is Result.RECOVERED for trial in against):
        return None
    furthest = _furthest(failures)
    if not any(_is_on_the_way(step, trial.step) for trial in failures):
        return None  # somebody has moved it since
    if not any(clearly_apart(trial.step, furthest.step) for trial in failures):
        return None
    last = max(failures, key=lambda trial: trial.at)
    if _asked_for(about, step, furthest.step, last.at):
        return None
    amounts = ", ".join(dict.fromkeys(show(trial.step.new) for trial in failures))
    why = say.failed_twice(step.key, amounts, last.incident_id, last.at + FAILED_FOR)
    return HeldBack("failed_twice", why, last.incident_id)


def _is_on_the_way(step: Step, failed: Step) -> bool:
    return starts_alike(step, failed) or same_value(step.key, step.old, failed.new)


def _failed(against: Sequence[Trial], step: Step) -> HeldBack | None:
    standing = [trial for trial in against if _failed_as(trial, step) and not _worked_since(against, trial, step)]
    if not standing:
        return None
    furthest = _furthest(standing)
    why = say.failed(write(furthest.step), furthest.incident_id, furthest.at + FAILED_FOR)
    return HeldBack("failed", why, furthest.incident_id, beyond=furthest.step.new)


def _failed_as(trial: Trial, step: Step) -> bool:
    """Whether the trial failed with about this amount or a larger one, from the present value or one like it."""
    is_alike = trial.result is Result.NOT_RECOVERED and starts_alike(step, trial.step)
    return is_alike and same_way(trial.step, step) and hardly_further(step, trial.step)


def _worked_since(against: Sequence[Trial], failed: Trial, step: Step) -> bool:
    return any(
        later.at > failed.at
        and later.result is Result.RECOVERED
        and starts_alike(step, later.step)
        and goes_as_far(step, later.step)
        for later in against
    )


def _furthest(some: Sequence[Trial]) -> Trial:
    best = some[0]
    for trial in some:
        best = trial if goes_further(trial.step, best.step) else best
    return best
