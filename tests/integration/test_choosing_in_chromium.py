"""A question's page in a real browser: a choice survives what happens meanwhile, and fits a phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from langraph.models.incident import Action
from langraph.ports import TimelineEntry
from tests.integration.test_page_in_chromium import OVERFLOWS, PHONE, TOO_SMALL, UNREADABLE, Scene, scene
from tests.support.questions import INGESTER, QUERIER, asked_which

pytestmark = pytest.mark.debian


@pytest.fixture
async def seen(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as found:
        yield found


async def chosen(scene: Scene) -> list[str]:
    found: list[str] = await scene.tab.runs(
        "[...document.querySelectorAll('[name=option]')].filter(one => one.checked).map(one => one.value)"
    )
    return found


async def test_a_choice_stays_when_something_happens_and_is_what_is_decided(seen: Scene) -> None:
    tab, world = seen.tab, seen.world
    incident_id, proposal = await asked_which(world)
    await tab.opens(f"{seen.url}/incidents/{incident_id}")
    await tab.runs("""(() => {
      window.notReloaded = true;
      document.querySelectorAll('[name=option]')[1].click();
      document.querySelector('[name="change.1"]').value = '3Gi';
    })()""")
    await world.ledger.update(incident_id, entry=TimelineEntry(world.clock.now(), "reminded", {"by": "api:carol"}))
    await tab.sees("document.body.textContent.includes('api:carol')")
    assert await tab.runs("window.notReloaded") is True
    assert await chosen(seen) == ["1"]
    assert await tab.runs("""document.querySelector('[name="change.1"]').value""") == "3Gi"
    await tab.runs("document.querySelector('#modify button').click()")
    await tab.sees("document.body.textContent.includes('your values are being committed')")
    decision = await world.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.action is Action.MODIFY
    (change,) = (await world.ledger.proposal(str(decision.replaced_by))).changes
    assert (change.dotted, change.new) == (QUERIER.dotted, "3Gi")
    assert tab.console == []


async def test_a_choice_is_not_carried_to_another_question(seen: Scene) -> None:
    tab, world = seen.tab, seen.world
    incident_id, _ = await asked_which(world)
    await tab.opens(f"{seen.url}/incidents/{incident_id}")
    await tab.runs("document.querySelectorAll('[name=option]')[1].click()")
    _, newer = await asked_which(world, QUERIER, INGESTER, version=2, incident_id=incident_id)
    await tab.sees(f"document.querySelector('[name=digest]').value === {newer.digest!r}")
    assert await chosen(seen) == []


async def test_nothing_is_sent_without_a_choice(seen: Scene) -> None:
    incident_id, proposal = await asked_which(seen.world)
    await seen.tab.opens(f"{seen.url}/incidents/{incident_id}")
    assert await seen.tab.runs("document.querySelector('#modify').checkValidity()") is False
    assert await seen.world.ledger.decision(proposal.digest) is None


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_question_can_be_read_and_answered_on_a_phone(seen: Scene, theme: str) -> None:
    tab = seen.tab
    incident_id, _ = await asked_which(seen.world)
    await tab.opens(f"{seen.url}/")
    await tab.runs(f"localStorage.setItem('langraph-theme', '{theme}')")
    await tab.asks("Emulation.setDeviceMetricsOverride", **PHONE)
    await tab.opens(f"{seen.url}/incidents/{incident_id}")
    await tab.sees(f"document.documentElement.dataset.theme === '{theme}'")
    assert await tab.runs(OVERFLOWS) is False
    assert await tab.runs(TOO_SMALL) == []
    assert await tab.runs(UNREADABLE) == []
