"""Lessons from the record: which action of which app deserves to be proposed first. Pure.

An action's rank is the lower end of what its successes and failures let us believe, and both fade with age. One
lucky case teaches nothing; one word of a person does. Apps are kept apart; what they share is factors alone.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from langraph.amounts import amount_of
from langraph.learning.asked import wanted
from langraph.learning.holding import held_back, is_settled
from langraph.learning.lesson_file import in_order, lesson_path
from langraph.learning.steps import (
    NEAR,
    amounts,
    common_key,
    factor_of,
    goes_further,
    same_value,
    show,
    show_factor,
    write,
)
from langraph.learning.tried import trials
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
from langraph.models.text import Text
from langraph.texts import learning as say

__all__ = ["advice", "held_back", "is_settled", "lessons", "lower_bound", "revised", "trials"]

HALF_LIFE = timedelta(days=90)  # a quarter: load and versions change; a result of last year weighs a sixteenth
Z = 1.645  # 90 % two-sided: an action that worked 2 of 2 times is believed to work 42 % of the time
MIN_SUCCESSES = 2  # different incidents; once is luck
MIN_RANK = 0.2  # below, the runbook's usual step is the better guess
WORD_HOLDS = 2 * HALF_LIFE  # what a person asked for half a year ago was about another system
SOON = HALF_LIFE  # a larger amount that works within this time after a smaller one failed mends the same fault
MIN_STEP = Fraction(5, 4)  # a quarter more at least; a smaller step than that is not worth a restart
MAX_TRIALS = 1000  # the newest of one app and category; three a day for a year
MAX_PATTERNS = 200  # the newest actions of one app and category


def lower_bound(successes: float, failures: float) -> float:
    """The lower end of the Wilson interval: 0 to 1, never higher for more failures.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).

    Args:
        successes, failures: counts, possibly decayed to fractions.
    """
    n = successes + failures
    if successes <= 0:
        return 0.0
    share, spread = successes / n, Z * Z / n
    half = Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (share + spread / 2 - half) / (1 + spread))


def lessons(trials: Sequence[Trial], now: datetime) -> tuple[Lesson, ...]:
    """A lesson for each category and app that has trials, and one for each category over all apps.

    Args:
        trials: as the function `trials` gives them.
        now: aware; age is counted from it.
    """
    by_app: defaultdict[tuple[Category, str], list[Trial]] = defaultdict(list)
    by_category: defaultdict[Category, list[Trial]] = defaultdict(list)
    for trial in sorted(trials, key=lambda one: (one.at, one.incident_id)):
        by_app[trial.category, trial.app].append(trial)
        by_category[trial.category].append(trial)
    of_apps = [_of_app(category, app, some[-MAX_TRIALS:], now) for (category, app), some in sorted(by_app.items())]
    of_all = [_of_all(category, some, now) for category, some in sorted(by_category.items())]
    return (*of_apps, *(lesson for lesson in of_all if lesson.patterns))


def revised(derived: Lesson, written: Lesson | None) -> Lesson:
    """The lesson to write: what the records say, and what people wrote into the file.

    A recommendation that differs from the one the loop had derived was set by a person and stays, and so do
    patterns of actions that are in no record.
    """
    if written is None:
        return derived
    known = {pattern.original for pattern in derived.patterns}
    own = tuple(pattern for pattern in written.patterns if pattern.original not in known)
    recommended = written.recommended if written.is_persons else derived.recommended
    return replace(derived, patterns=in_order((*derived.patterns, *own)), recommended=recommended)


# --- what the trials say -------------------------------------------------------------------------------------------


def _of_app(category: Category, app: str, trials: Sequence[Trial], now: datetime) -> Lesson:
    wins = _wins(trials)
    told = [*trials, *_finally(trials, wins)]
    groups: defaultdict[Hashable, list[Trial]] = defaultdict(list)
    by_factor: defaultdict[Factor, list[Trial]] = defaultdict(list)
    for trial in sorted(told, key=lambda one: one.at):
        groups[_same(trial.step)].append(trial)
        factor = factor_of(trial.step)
        if factor is not None:
            by_factor[factor].append(trial)
    evidence: dict[Move, Sequence[Trial]] = {some[-1].step: some for some in groups.values()}
    for factor, some in by_factor.items():
        if len({_same(trial.step) for trial in some}) > 1:  # of one step, the step itself says more
            evidence[factor] = some
    patterns = _patterns(evidence, wins)
    derived = _word(trials, now) or _best(evidence, now)
    return Lesson(category, app, patterns, derived, derived)


def _of_all(category: Category, trials: Sequence[Trial], now: datetime) -> Lesson:
    evidence: defaultdict[Move, list[Trial]] = defaultdict(list)
    for trial in trials:
        factor, key = factor_of(trial.step), common_key(trial.step.key)
        if factor is not None and key is not None:
            evidence[Factor(key, factor.factor)].append(trial)
    patterns = _patterns(evidence, {})
    # People's words are about their own app; over all apps only what happened counts.
    bare = tuple(replace(pattern, feedback="") for pattern in patterns)
    derived = _best(evidence, now)
    return Lesson(category, ALL_APPS, bare, derived, derived)


Wins = Mapping[tuple[str, int, str], Sequence[Trial]]
"""The successes of each value, oldest first, by file, document and path."""


def _wins(trials: Sequence[Trial]) -> Wins:
    wins: defaultdict[tuple[str, int, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.result is Result.RECOVERED:
            wins[trial.file, trial.doc, trial.step.key].append(trial)
    return wins


def _finally(trials: Sequence[Trial], wins: Wins) -> Iterator[Trial]:
    """For each amount that failed and the larger one that then worked: the step that would have done it at once."""
    for failed in trials:
        worked = _what_worked(failed, wins)
        if worked is not None and not same_value(failed.step.key, worked.step.old, failed.step.old):
            yield replace(worked, step=Step(failed.step.key, failed.step.old, worked.step.new))


def _what_worked(failed: Trial, wins: Wins) -> Trial | None:
    """The first success with a larger amount of the same value soon after a failure."""
    if failed.result is not Result.NOT_RECOVERED:
        return None
    key, starts = failed.step.key, (failed.step.old, failed.step.new)
    candidates = wins.get((failed.file, failed.doc, key), ())
    for later in candidates[bisect_right(candidates, failed.at, key=lambda win: win.at) :]:
        if later.at > failed.at + SOON:
            return None
        starts_there = any(same_value(key, later.step.old, start) for start in starts)
        if starts_there and goes_further(later.step, failed.step):
            return later
    return None


def _improved(move: Move, some: Sequence[Trial], wins: Wins) -> Move | None:
    """What to do in place of a step: what people wanted, else the amount that finally worked."""
    if not isinstance(move, Step):
        return None
    for trial in reversed(some):
        wish = wanted(trial)
        if wish is not None and not same_value(move.key, wish.new, move.new):
            return wish
    worked = next((found for trial in reversed(some) if (found := _what_worked(trial, wins))), None)
    return None if worked is None else Step(move.key, move.old, worked.step.new)


def _patterns(evidence: Mapping[Move, Sequence[Trial]], wins: Wins) -> tuple[Pattern, ...]:
    newest = sorted(evidence.items(), key=lambda item: (item[1][-1].at, write(item[0])), reverse=True)
    return in_order(tuple(_pattern(move, some, wins) for move, some in newest[:MAX_PATTERNS]))


def _pattern(move: Move, some: Sequence[Trial], wins: Wins) -> Pattern:
    words = next((trial.feedback for trial in reversed(some) if trial.feedback), "")
    won, lost = _incidents(some)
    return Pattern(move, some[-1].result, words, _improved(move, some, wins), len(won), len(lost))


def _incidents(some: Sequence[Trial]) -> tuple[Mapping[str, Trial], Mapping[str, Trial]]:
    """The incidents in which an action worked, and those in which it did not; each counts once."""
    won = {trial.incident_id: trial for trial in some if trial.result is Result.RECOVERED}
    lost = {trial.incident_id: trial for trial in some if trial.result.is_failure}
    return won, lost


def _best(evidence: Mapping[Move, Sequence[Trial]], now: datetime) -> Move | None:
    """The action of the highest rank, if any deserves one."""
    ranked = [(_rank(some, now), isinstance(move, Step), write(move), move) for move, some in evidence.items()]
    rank, _, _, best = max(ranked, key=lambda one: one[:3], default=(0.0, False, "", None))
    return best if rank >= MIN_RANK else None


def _rank(some: Sequence[Trial], now: datetime) -> float:
    won, lost = _incidents(some)
    if len(won) < MIN_SUCCESSES:
        return 0.0
    return lower_bound(_weight(won, now), _weight(lost, now))


def _weight(incidents: Mapping[str, Trial], now: datetime) -> float:
    ages = (max(timedelta(), now - trial.at) for trial in incidents.values())
    return float(sum(0.5 ** (age / HALF_LIFE) for age in ages))


def _word(trials: Sequence[Trial], now: datetime) -> Step | None:
    """What a person last asked for, unless it is old, or was tried since and was no good."""
    said = [(trial, wish) for trial in trials if (wish := wanted(trial)) is not None]
    if not said or now - said[-1][0].at > WORD_HOLDS:
        return None
    trial, wish = said[-1]
    failed = any(
        later.at > trial.at
        and later.step.key == wish.key
        and same_value(wish.key, later.step.new, wish.new)
        and (later.result.is_failure or later.result.is_refusal)
        for later in trials
    )
    return None if failed else wish


def _same(step: Step) -> Hashable:
    """Equal for all spellings of one step."""
    return (step.key, *(_amount(step.key, value) for value in (step.old, step.new)))


def _amount(key: str, value: Scalar) -> Hashable:
    found = None if value is None else amounts(key, value)
    return (type(value).__name__, value) if found is None else found[0]


# --- what to do next -----------------------------------------------------------------------------------------------


def advice(lessons: Lessons, key: str, kind: str, old: Scalar, trials: Sequence[Trial] = ()) -> Learned | None:
    """How far to move a value by what was learned; None where nothing fits.

    The app's own lesson decides where the app has any history with the key, else the category's over all apps.

    Args:
        lessons: of the incident's category.
        key: the dotted path.
        kind: what the value is, see `amounts.KINDS`.
        old: the present value; None when it is not set.
        trials: tell who asked for an amount.
    """
    own = lessons.of_app
    if own is not None and _speaks_of(own, key):
        return _of_own(own, key, kind, old, trials)
    return None if lessons.of_all is None else _of_others(lessons.of_all, key, kind, old)


def _speaks_of(lesson: Lesson, key: str) -> bool:
    if lesson.recommended is None and lesson.is_persons:
        return True  # somebody wants nothing recommended
    moves = (lesson.recommended, *(pattern.original for pattern in lesson.patterns))
    return any(move is not None and move.key == key for move in moves)


def _of_own(lesson: Lesson, key: str, kind: str, old: Scalar, trials: Sequence[Trial]) -> Learned | None:
    move = lesson.recommended
    if move is None or move.key != key:
        return None
    if isinstance(move, Factor):
        return Learned(_times(move), _why(lesson, move, trials)) if amount_of(old, kind) else None
    is_amount = amount_of(move.new, kind) is not None
    return Learned(str(move.new), _why(lesson, move, trials)) if is_amount and _leads_on(move, kind, old) else None


def _of_others(lesson: Lesson, key: str, kind: str, old: Scalar) -> Learned | None:
    move = lesson.recommended
    if not isinstance(move, Factor) or move.key != common_key(key) or not amount_of(old, kind):
        return None
    won, tried = _counts(lesson, move)
    if lesson.is_persons or not won:
        why = say.set_in_file(_times(move), lesson_path(lesson.category, lesson.app))
    else:
        why = say.worked_elsewhere(show_factor(move.factor), won, tried, str(lesson.category))
    return Learned(_times(move), why)


def _leads_on(step: Step, kind: str, old: Scalar) -> bool:
    """Whether the step starts at the present value or little above, or that is on its way with a good part left."""
    if old is None or step.old is None:
        return old is None and step.old is None
    present, start, end = (amount_of(value, kind) for value in (old, step.old, step.new))
    if present is None or start is None or end is None:
        return False
    return present == start or start / NEAR <= present <= end / MIN_STEP


def _times(factor: Factor) -> str:
    return f"x{show_factor(factor.factor)}"


def _why(lesson: Lesson, move: Move, trials: Sequence[Trial]) -> Text:
    path = lesson_path(lesson.category, lesson.app)
    shown = _times(move) if isinstance(move, Factor) else show(move.new)
    if lesson.is_persons:
        return say.set_in_file(shown, path)
    won, tried = _counts(lesson, move)
    if won >= MIN_SUCCESSES:
        return say.worked(shown, write(move), won, tried, lesson.app)
    asked = [trial for trial in trials if _asks_for(trial, lesson, move)]
    if asked:
        last = max(asked, key=lambda trial: trial.at)
        return say.asked_for(shown, last.by if last.instead is not None else "", last.incident_id)
    return say.improved(shown, path)


def _asks_for(trial: Trial, lesson: Lesson, move: Move) -> bool:
    is_theirs = (trial.category, trial.app) == (lesson.category, lesson.app)
    return is_theirs and isinstance(move, Step) and wanted(trial) == move


def _counts(lesson: Lesson, move: Move) -> tuple[int, int]:
    """How often an action worked, and how often it was tried, by the pattern file."""
    found = next((pattern for pattern in lesson.patterns if pattern.original == move), None)
    return (0, 0) if found is None else (found.success_count, found.success_count + found.failure_count)
