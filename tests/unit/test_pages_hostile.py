"""No text from a log, a record or a person becomes anything but text on a page."""

import json
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from langraph.models.incident import Diagnosis, Evidence, Severity, Status
from langraph.models.text import Text
from langraph.ports import TimelineEntry
from tests.support.counter import a_diagnosis, a_proposal
from tests.support.pages import Browser, a_record, browser, pushed

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
TEMPLATE = "{{7*7}}{% raw %}"
BIDI = "\u202egpj.exe\u2066"
HOSTILE = f"{SCRIPT} {IMAGE} {TEMPLATE} {BIDI} ' onfocus=alert(1) x="


class Reader(HTMLParser):
    """Reads a page as a browser does, notes every element and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def assert_harmless(html: str) -> None:
    assert "alert(1)" in html, "the hostile text is not on the page at all"
    reader = Reader()
    reader.feed(html)
    assert reader.elements.count("script") == 1
    assert not {"img", "iframe", "object", "embed", "base", "b"} & set(reader.elements)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name == "style"]
    addresses = [value for name, value in reader.attributes if name in ("href", "src", "action")]
    assert all(value.startswith(("/", "#")) for value in addresses), addresses
    assert "\u202e" not in html
    assert "\u2066" not in html


@pytest.fixture
async def someone(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path) as found:
        yield found


async def test_a_hostile_log_line_is_shown_as_text(someone: Browser) -> None:
    world = someone.world
    hostile = Text(HOSTILE, HOSTILE)
    incident_id = await world.opened(
        text=HOSTILE, app="evil<b>app", namespace=HOSTILE, labels={HOSTILE: HOSTILE}, facts={"pod": HOSTILE}
    )
    known = a_diagnosis()
    found = Diagnosis(
        known.category, "oom-kill", HOSTILE, HOSTILE, HOSTILE, Severity.HIGH, hostile, (hostile,), (), (hostile,)
    )
    now = world.clock.now()
    seen = [Evidence("line", HOSTILE, now, supports=True), Evidence("query", HOSTILE, now, HOSTILE, hostile)]
    entry = TimelineEntry(now, HOSTILE, {"reason": HOSTILE, "commit": HOSTILE})
    await world.ledger.update(incident_id, diagnosis=found, evidence=seen, entry=entry)
    assert_harmless(await someone.opens(f"/incidents/{incident_id}"))
    assert TEMPLATE in await someone.opens(f"/incidents/{incident_id}")
    assert_harmless(await someone.opens("/"))


async def test_control_characters_and_turned_writing_are_shown_not_obeyed(someone: Browser) -> None:
    incident_id = await someone.world.opened(text=f"before {BIDI} \x1b[31mred\x07 after")
    html = await someone.opens(f"/incidents/{incident_id}")
    assert r"\u202egpj.exe" in html
    assert "\x1b" not in html
    assert "\x07" not in html


async def test_a_hostile_diff_is_shown_as_text(someone: Browser) -> None:
    from dataclasses import replace

    world = someone.world
    incident_id = await world.opened()
    hostile = Text(HOSTILE, HOSTILE)
    diff = f"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ {SCRIPT}\n-a: {HOSTILE}\n+a: {HOSTILE}1\n &amp;<b>\n"
    made = a_proposal(incident_id, world.clock.now())
    await world.ledger.propose(replace(made, diff=diff, revert_diff=diff, action=hostile, explanation=hostile))
    await world.ledger.update(incident_id, status=Status.AWAITING_APPROVAL)
    html = await someone.opens(f"/incidents/{incident_id}")
    assert_harmless(html)
    assert "&amp;amp;&lt;b&gt;" in re.sub(r"</?(span|mark)[^>]*>", "", html)


async def test_a_hostile_record_is_shown_as_text(someone: Browser) -> None:
    world = someone.world
    name, metadata = a_record(
        1, world.clock.now(), app=HOSTILE, namespace=HOSTILE, first_line=HOSTILE,
        root_cause={"en": HOSTILE, "ko": HOSTILE}, labels={HOSTILE: HOSTILE}, commits=[HOSTILE],
        decision={"action": "approve", "by": HOSTILE, "name": HOSTILE, "comment": HOSTILE},
    )  # fmt: skip
    pushed(world, (name, metadata))
    assert_harmless(await someone.opens("/"))
    assert_harmless(await someone.opens(f"/incidents/{name}"))


async def test_hostile_patterns_and_search_words_are_shown_as_text(someone: Browser) -> None:
    lesson = dict.fromkeys(("original_action", "result", "feedback", "improved_action"), HOSTILE)
    content = {"error_category": HOSTILE, "app_name": HOSTILE, "recommended_action": HOSTILE, "patterns": [lesson]}
    someone.world.git.person_pushes({"examples/learning/oom_x_patterns.json": json.dumps(content).encode()})
    assert_harmless(await someone.opens("/learning"))
    answer = await someone.client.get("/", params={"q": HOSTILE, "app": HOSTILE})
    assert_harmless(answer.text)


async def test_what_somebody_typed_comes_back_as_text(someone: Browser) -> None:
    incident_id, _ = await someone.world.asked()
    answer = await someone.decides(incident_id, "modify", comment=HOSTILE, **{"change.0": HOSTILE})
    assert answer.status_code == 422
    assert_harmless(answer.text)


async def test_a_result_in_an_address_is_a_code_and_never_a_text(someone: Browser) -> None:
    html = (await someone.client.get("/", params={"said": SCRIPT})).text
    assert "alert(1)" not in html
    assert "data-said" not in html
    assert "being committed" in (await someone.client.get("/", params={"said": "approved"})).text


async def test_pages_allow_nothing_inline_and_nothing_from_elsewhere(someone: Browser) -> None:
    for path in ("/", "/learning", "/system", "/docs", "/nope", "/incidents/nope"):
        policy = (await someone.client.get(path)).headers.get("content-security-policy")
        if path == "/nope":
            continue
        assert policy == (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
