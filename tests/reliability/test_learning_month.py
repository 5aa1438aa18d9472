"""A month of incidents, twice over: what people refuse does not come back, and first proposals get better.

Everything is real but git, time and the cluster. `make simulate SEED=7 DAYS=60` runs other and longer months by hand.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog

from langraph.amounts import amount_of
from langraph.models.incident import Status
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load as load_runbooks
from tests.support.month import Month, Told, month

DAYS = int(os.environ.get("DAYS") or 30)
SEEDS = [int(os.environ["SEED"])] if os.environ.get("SEED") else [101]
THIRD = 10  # days
RULES = ("`rejected`", "`reverted`", "`failed`", "`failed_twice`")
HELD_FOR = timedelta(days=30)
MEMORY = Path("/dev/shm")
LEAST_GAIN = 0.15  # of the share of first proposals that work, between the first and the last third of the months


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load_runbooks())


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A month writes thousands of events; only what is wrong is of interest, and only here."""
    before = structlog.get_config()
    structlog.configure(**before | {"wrapper_class": structlog.make_filtering_bound_logger(logging.ERROR)})
    yield
    structlog.configure(**before)


async def lived(seed: int, recogniser: Recogniser, days: int) -> tuple[Month, Sequence[str]]:
    """A month, and the invariants that do not hold after it."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        async with month(Path(directory), seed, recogniser) as opened:
            await opened.live(days)
            wrong = [f"{one.invariant}: {one.what}" for one in await opened.violations()]
    return opened, wrong


def first_proposals(told: Sequence[Told], since: int, until: int) -> tuple[int, int]:
    """How many incidents had one that was decided for what it is, and in how many of these it worked as it was."""
    some = [one for one in told if since <= one.day < until and one.first is not None and not one.put_off]
    return len(some), sum(one.worked_at_once for one in some)


def held(told: Sequence[Told]) -> list[Told]:
    return [one for one in told if one.status is Status.NO_ACTION and one.first is None]


def came_back(lived: Month) -> list[str]:
    """Proposals of just what people had refused within the rule's time, unless they asked for as much since."""
    found = []
    for one in lived.told:
        for at, app, change in lived.refused:
            if one.first is None or app != one.app or not at < one.at < at + HELD_FOR:
                continue
            if (one.first.key, one.first.old, one.first.new) == (change.key, change.old, change.new):
                found.append(f"{one.incident_id}: {change.dotted} {change.old} -> {change.new}")
    return found


def strangers(lived: Month) -> list[str]:
    """Proposals of an amount that people named for another app, and never for this one."""
    kinds = {shop.name: shop.kind for shop in lived.shops}
    found = []
    for one in lived.told:
        if one.first is None:
            continue
        kind = kinds[one.app]
        for _, app, amount in lived.asked:
            is_others = app != one.app and kinds[app] == kind and amount not in lived.asked_by_now(one.app, one.at)
            if is_others and amount_of(amount, kind) == amount_of(one.first.new, kind):
                found.append(f"{one.incident_id} of {one.app} proposes {amount}, which was said of {app}")
    return found


@pytest.mark.timeout(1800)
async def test_over_a_month_first_proposals_get_better_and_what_was_refused_stays_away(
    recogniser: Recogniser, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = [0, 0], [0, 0]
    for seed in SEEDS:
        told, wrong = await lived(seed, recogniser, DAYS)
        early, late = first_proposals(told.told, 0, THIRD), first_proposals(told.told, DAYS - THIRD, DAYS)
        before = [sum(pair) for pair in zip(before, early, strict=True)]
        after = [sum(pair) for pair in zip(after, late, strict=True)]
        with capsys.disabled():
            print(report(seed, told, early, late))
        assert wrong == []
        assert came_back(told) == []
        assert strangers(told) == []
        assert [one.reason for one in held(told.told) if not any(rule in one.reason for rule in RULES)] == []
        assert {one.status for one in told.told} <= set(Status) - {Status.FAILED}
    assert after[1] / after[0] >= before[1] / before[0] + LEAST_GAIN, f"before {before}, after {after}"


def report(seed: int, told: Month, early: tuple[int, int], late: tuple[int, int]) -> str:
    shares = [f"{worked} of {proposed} ({worked / proposed:.0%})" for proposed, worked in (early, late)]
    return (
        f"\nseed {seed}: {len(told.told)} incidents in {DAYS} days; first proposals that worked: days 1-{THIRD}"
        f" {shares[0]}, days {DAYS - THIRD + 1}-{DAYS} {shares[1]}; refused {len(told.refused)}, held back"
        f" {len(held(told.told))}, came back {len(came_back(told))}"
    )


@pytest.mark.timeout(1800)
async def test_the_same_seed_is_the_same_month(recogniser: Recogniser) -> None:
    one, _ = await lived(103, recogniser, 3)
    other, _ = await lived(103, recogniser, 3)
    assert one.told == other.told
    assert [commit.oid for commit in one.git.commits] == [commit.oid for commit in other.git.commits]
    assert one.told
