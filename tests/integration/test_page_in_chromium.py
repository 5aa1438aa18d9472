"""The pages in a real browser: they keep themselves up to date, take nothing out of the reader's hands, can be read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from langraph.models.incident import Outcome, Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from tests.support.chromium import Tab, chromium
from tests.support.counter import CounterWorld, counter_world
from tests.support.pages import a_record, pushed
from tests.support.servers import serve

pytestmark = pytest.mark.debian

PHONE = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
ANNOUNCED = "document.querySelector('[data-live]').textContent"
OVERFLOWS = "document.documentElement.scrollWidth > innerWidth"
TOO_SMALL = """[...document.querySelectorAll('button, .button, .bar a')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && !one.closest('[data-diff]') && (box.height < 44 || box.width < 44);
}).map(one => one.outerHTML)"""
UNREADABLE = """(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  for (const one of document.querySelectorAll('body *:not(svg *)')) {
    const says = [...one.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!says || !one.getClientRects().length || one.closest('.spoken, .skip')) continue;
    const [a, b] = [light(parse(getComputedStyle(one).color)), light(behind(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(`${one.className || one.tagName} ${ratio.toFixed(2)}`);
  }
  return [...bad];
})()"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A world, its address, a browser."""

    world: CounterWorld
    url: str
    tab: Tab


def _started(app: Any) -> Any:
    """The app of a world, whose lifespan runs already."""

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for answer in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{answer}.complete"})

    return inner


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """The browser ends before the server: a stream of events has no end of its own."""
    async with counter_world(folder) as world, serve(_started(world.app)) as url:
        async with chromium(folder / "profile") as tab:
            yield Scene(world, url, tab)
        world.app.state.live.stop()


@pytest.fixture
async def seen(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as found:
        yield found


async def test_what_happens_appears_by_itself_and_what_was_typed_stays(seen: Scene) -> None:
    tab, world = seen.tab, seen.world
    incident_id, _ = await world.asked()
    await tab.opens(f"{seen.url}/incidents/{incident_id}")
    await tab.sees("document.querySelector('[data-diff-views]').hidden === false")
    await tab.runs("""(() => {
      window.notReloaded = true;
      const box = document.querySelector('#approve-form textarea');
      box.value = 'my note'; box.focus(); box.setSelectionRange(2, 4);
      document.querySelector('details.modify').open = true;
      document.querySelector('#approve-form [name=auto_revert]').checked = true;
    })()""")
    opened = await world.opened(app="other")  # another incident is none of this page's business
    await world.ledger.update(incident_id, diagnosis=None, entry=None)
    person = await _happens(world, incident_id)
    await tab.sees(f"document.body.textContent.includes({person!r})")
    assert await tab.runs("window.notReloaded") is True
    assert await tab.runs("document.activeElement.value") == "my note"
    assert await tab.runs("document.activeElement.selectionStart") == 2
    assert await tab.runs("document.querySelector('details.modify').open") is True
    assert await tab.runs("document.querySelector('#approve-form [name=auto_revert]').checked") is True
    assert opened not in await tab.runs("document.body.textContent")
    await world.ledger.close(incident_id, Outcome(Status.EXPIRED, world.clock.now(), Text("late", "늦음")))
    await tab.sees(f"{ANNOUNCED} === 'grafana: Expired'")
    assert await tab.runs("document.querySelector('#approve-form')") is None
    assert tab.console == []


async def _happens(world: CounterWorld, incident_id: str) -> str:
    await world.ledger.update(incident_id, entry=TimelineEntry(world.clock.now(), "reminded", {"by": "api:carol"}))
    return "api:carol"


async def test_the_list_takes_up_a_new_incident(seen: Scene) -> None:
    await seen.tab.opens(f"{seen.url}/")
    await seen.tab.sees("document.querySelector('[data-theme-toggle]').hidden === false")
    await seen.world.opened(app="brand-new")
    await seen.tab.sees("document.body.textContent.includes('brand-new')")
    assert "1 open" in await seen.tab.runs(ANNOUNCED)


async def test_a_click_approves_and_the_result_is_said_once(seen: Scene) -> None:
    incident_id, proposal = await seen.world.asked()
    await seen.tab.opens(f"{seen.url}/incidents/{incident_id}")
    await seen.tab.runs("document.querySelector('#approve-form button').click()")
    await seen.tab.sees("document.body.textContent.includes('Taken: approved.')")
    await seen.world.ledger.update(incident_id, status=Status.APPLYING)
    await _happens(seen.world, incident_id)
    await seen.tab.sees("document.body.textContent.includes('api:carol')")
    assert await seen.tab.runs("document.querySelectorAll('[data-said]').length") == 1
    decision = await seen.world.ledger.decision(proposal.digest)
    assert decision is not None
    assert await seen.tab.runs("location.search") == ""
    assert seen.tab.console == []


async def test_view_and_theme_are_turned_and_remembered(seen: Scene) -> None:
    tab = seen.tab
    incident_id, _ = await seen.world.asked()
    address = f"{seen.url}/incidents/{incident_id}"
    await tab.opens(address)
    await tab.sees("document.querySelector('[data-diff-views]').hidden === false")
    await tab.runs("document.querySelector('[data-view=split]').click()")
    await tab.runs("document.querySelector('[data-theme-toggle]').click()")
    theme = await tab.runs("document.documentElement.dataset.theme")
    await tab.opens(f"{seen.url}/system")
    await tab.opens(address)
    await tab.sees("document.querySelector('[data-diff]').dataset.view === 'split'")
    assert await tab.runs("document.documentElement.dataset.theme") == theme
    assert await tab.runs("getComputedStyle(document.querySelector('.diff .unified')).display") == "none"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everything_can_be_read_and_pressed_on_a_phone_too(seen: Scene, theme: str) -> None:
    tab, world = seen.tab, seen.world
    now = world.clock.now()
    pushed(world, *(a_record(i, now, status=str(status)) for i, status in enumerate(Status) if not status.is_open))
    world.git.person_pushes({"examples/learning/oom_x_patterns.json": b'{"patterns": [{"original_action": "a"}]}'})
    ended, _ = await world.asked(now, app="other")
    await world.ledger.close(ended, Outcome(Status.NOT_RECOVERED, now, Text("It still restarts.", "재시작")))
    incident_id, _ = await world.asked()
    await tab.opens(f"{seen.url}/")
    await tab.runs(f"localStorage.setItem('langraph-theme', '{theme}')")
    for path in ("/", f"/incidents/{incident_id}", f"/incidents/{ended}", "/learning", "/system", "/docs", "/?lang=ko"):
        for metrics in (PHONE, {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}):
            await tab.asks("Emulation.setDeviceMetricsOverride", **metrics)
            await tab.opens(f"{seen.url}{path}")
            await tab.sees(f"document.documentElement.dataset.theme === '{theme}'")
            assert not await tab.runs(OVERFLOWS), (path, metrics)
            assert await tab.runs(UNREADABLE) == [], (path, theme)
            if metrics["mobile"]:
                assert await tab.runs(TOO_SMALL) == [], path
    assert tab.console == []
