"""What pages are made of: charts, diffs, forge addresses, the workflow's picture, files, words."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from markupsafe import Markup

from api.pages import assets, diffs, workflow_picture
from api.pages.archive import Row, recorded_row
from api.pages.charts import Series, bars, line, nice_top, number_text, spark
from api.pages.condition import Numbers, sources
from api.pages.environment import FOLDER, render
from api.pages.figures import charts
from api.pages.forge import forge_of
from api.pages.learned import parse
from langraph.graph import build
from langraph.models.incident import Category, Severity, Status
from langraph.models.text import Text
from langraph.policy import parse_policy
from langraph.ports import RecordedIncident
from langraph.texts import page as words
from langraph.texts import page_docs, page_system, signing_in, slack
from langraph.texts.page_timeline import STEPS, happened
from tests.support.counter import POLICY
from tests.support.pages import Browser, a_record, browser, said

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def rows(*made: tuple[timedelta, dict[str, object]]) -> list[Row]:
    found = []
    for number, (back, other) in enumerate(made):
        name, metadata = a_record(number, NOW - back, **other)
        found.append(recorded_row(RecordedIncident(name, "c" * 40, metadata)))
    return found


# --- charts --------------------------------------------------------------------------------------------------------


def test_charts_count_incidents_by_day_and_category() -> None:
    day = timedelta(days=1)
    known = rows((day, {}), (day, {"category": "dns"}), (day, {}), (3 * day, {}), (40 * day, {}))
    per_day = charts(known, NOW, "", "en")[0]
    assert per_day.head == ("Day", "oom", "dns")
    assert {row[0]: row[1:] for row in per_day.rows}["11-19"] == ("2", "1")
    assert per_day.latest == "4"
    assert len(per_day.rows) == 14
    assert len(charts(known, NOW, "90", "en")[0].rows) == 90


def test_charts_tell_how_long_people_and_services_took_and_how_often_it_helped() -> None:
    hour = timedelta(hours=1)
    known = rows((hour, {}), (2 * hour, {"status": "not_recovered"}), (3 * hour, {"status": "rejected"}))
    _, decision, recovery, rate, curve = charts(known, NOW, "", "en")
    assert decision.latest == "5 min"
    assert recovery.latest == "40 min"
    assert rate.latest == "50%"
    assert [row[1] for row in curve.rows] == ["0", "50"]


def test_more_categories_than_colours_become_others() -> None:
    known = rows(*((timedelta(hours=1), {"category": str(category)}) for category in list(Category)[:10]))
    assert charts(known, NOW, "", "en")[0].head[-1] == "others"
    assert len(charts(known, NOW, "", "en")[0].head) == 7


def test_charts_without_data_are_still_charts() -> None:
    for chart in charts([], NOW, "", "ko"):
        assert str(chart.svg).startswith("<svg")
        assert "NaN" not in chart.svg
        assert "nan" not in chart.svg


def test_a_picture_has_a_title_a_description_and_only_escaped_words() -> None:
    hostile = "<script>&\"'"
    chart = bars(hostile, hostile, [hostile], [Series(hostile, (3,))], hostile, key="k")
    drawn = line(hostile, hostile, ["a", "b"], Series(hostile, (1, None)), hostile, key="l")
    for svg in (chart.svg, drawn.svg, spark([1, 2], hostile, "s")):
        assert isinstance(svg, Markup)
        assert "<script>" not in svg
        assert "<title" in svg
        assert 'role="img"' in svg
        assert "style=" not in svg


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (3, 4), (41, 50), (100, 100), (float("inf"), 1)])
def test_an_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert nice_top(highest) == top


# --- diffs ---------------------------------------------------------------------------------------------------------

DIFF = """--- a/helm-values/grafana/values.yaml
+++ b/helm-values/grafana/values.yaml
@@ -3,4 +3,5 @@ resources
 resources:
   limits:
-    memory: 512Mi # enough
+    memory: 1Gi # enough
+    cpu: 500m
 # end
\\ No newline at end of file
"""


def test_both_views_of_a_diff_count_lines_as_the_files_do() -> None:
    shown = diffs.show(DIFF)
    assert (shown.added, shown.removed) == (2, 1)
    numbers = [(row.kind, row.old and row.old.number, row.new and row.new.number) for row in shown.unified]
    assert numbers == [
        ("file", None, None),
        ("hunk", None, None),
        ("same", 3, 3),
        ("same", 4, 4),
        ("removed", 5, None),
        ("added", None, 5),
        ("added", None, 6),
        ("same", 6, 7),
        ("hunk", None, None),
    ]
    assert [row.kind for row in shown.split if row.old or row.new] == ["same", "same", "changed", "added", "same"]


def test_what_differs_in_a_line_is_marked_in_whole_words() -> None:
    changed = next(row for row in diffs.show(DIFF).split if row.kind == "changed")
    assert changed.old is not None
    assert changed.new is not None
    assert re.sub(r"<(?!/?mark)[^>]*>", "", str(changed.old.html)) == "    memory: <mark>512Mi</mark> # enough"
    assert re.sub(r"<(?!/?mark)[^>]*>", "", str(changed.new.html)) == "    memory: <mark>1Gi</mark> # enough"


def test_an_axis_of_less_than_one_has_different_numbers_on_it() -> None:
    said = [number_text(value) for value in (0, 0.01, 0.02, 0.5, 1, 2.5, 1200)]
    assert said == ["0", "0.01", "0.02", "0.5", "1", "2.5", "1,200"]


@pytest.mark.parametrize("text", ["", "no diff\nat all <b>", "@@ -1 +1 @@\n-\n+\n", "+" * 100_000, "-a\n" * 5_000])
def test_anything_is_shown_line_by_line(text: str) -> None:
    shown = diffs.show(text)
    html = "".join(str(side.html) for row in shown.unified for side in (row.old, row.new) if side)
    assert "<b>" not in html
    assert len(shown.unified) <= diffs.MAX_LINES
    assert shown.is_cut == (text.count("\n") > diffs.MAX_LINES)


# --- forge ---------------------------------------------------------------------------------------------------------

C = "a" * 40


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/acme/gitops.git", f"https://github.com/acme/gitops/commit/{C}"),
        ("https://user:token@github.com/acme/gitops", f"https://github.com/acme/gitops/commit/{C}"),
        ("git@github.com:acme/gitops.git", f"https://github.com/acme/gitops/commit/{C}"),
        ("ssh://git@gitlab.example.org:2222/a/b/c.git", f"https://gitlab.example.org/a/b/c/-/commit/{C}"),
        ("https://gitlab.com/acme/ops.git/", f"https://gitlab.com/acme/ops/-/commit/{C}"),
        ("http://gitea.local:3000/acme/ops.git", f"http://gitea.local:3000/acme/ops/commit/{C}"),
        ("https://codeberg.org/acme/ops", f"https://codeberg.org/acme/ops/commit/{C}"),
        ("git@github.com:acme/a b\"'.git", None),
        ("/srv/git/ops.git", None),
        (".", None),
        ("file:///srv/github.com/ops.git", None),
        ("https://git.example.org/ops.git", None),
        ("https://github.com/", None),
        ("https://github.com:99999/a/b", None),
        ("javascript://github.com/a/b", None),
        ('https://github.com"><script>/a/b', None),
    ],
)
def test_a_commits_address_is_known_from_the_repositorys(repository: str, address: str | None) -> None:
    forge = forge_of(repository)
    assert (forge.commit(C) if forge else None) == address


def test_only_a_commits_id_gets_a_link() -> None:
    forge = forge_of("https://github.com/acme/gitops")
    assert forge is not None
    assert forge.commit("../../evil") is None
    assert forge.folder("examples/x y", C) == f"https://github.com/acme/gitops/tree/{C}/examples/x%20y"


# --- the workflow --------------------------------------------------------------------------------------------------


def test_the_picture_is_the_real_graph() -> None:
    drawn = build().compile().get_graph()
    inner = {
        (edge.source, edge.target) for edge in drawn.edges if not {edge.source, edge.target} & {"__start__", "__end__"}
    }
    assert set(workflow_picture.EDGES) == inner
    assert set(workflow_picture.PLACES) == set(STEPS) == {node for node in drawn.nodes if not node.startswith("__")}


@pytest.mark.parametrize("status", list(Status))
def test_an_open_incident_has_one_lit_step_and_a_closed_one_none(status: Status) -> None:
    where = workflow_picture.progress(status, ["opened", "asked", "decided", "nobody knows"])
    svg = workflow_picture.draw(where, "en")
    assert svg.count('class="step now"') == int(status.is_open)
    assert ("now here" in workflow_picture.spoken(where, "en")) is status.is_open


# --- learned -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"{nope", b"[]", b'{"patterns": 3}', b"\xff\xfe", b"[" * 100_000])
def test_a_broken_pattern_file_says_so(data: bytes) -> None:
    assert parse("examples/learning/x_patterns.json", data).broken is not None


def test_what_is_wrong_within_a_pattern_file_is_left_out() -> None:
    data = b'{"error_category": 3, "patterns": [7, {"original_action": "a 1 -> 2", "success_count": -4}, {}]}'
    taught = parse("x", data)
    assert taught.broken is None
    assert [(one.original, one.worked) for one in taught.lessons] == [("a 1 -> 2", 0), ("", 0)]


async def test_learned_patterns_are_shown_and_broken_files_named(tmp_path: Path) -> None:
    async with browser(tmp_path) as someone:
        assert "Nothing has been learned yet." in await someone.opens("/learning")
        good = b'{"error_category": "oom", "app_name": "grafana", "recommended_action": "resources.limits.memory x2",'
        good += b'"patterns": [{"original_action": "a 1 -> 2", "result": "recovered", "success_count": 7}]}'
        files = {"oom_grafana_patterns.json": good, "dns_x_patterns.json": b"{", "readme.md": b"#"}
        someone.world.git.person_pushes({f"examples/learning/{name}": data for name, data in files.items()})
        shown = said(await someone.opens("/learning"))
        assert "oom grafana Next time: resources.limits.memory x2" in shown
        assert "✔ 7" in shown
        assert "dns_x_patterns.json This file cannot be read: it is not a JSON object" in shown
        assert "readme" not in shown


# --- the system ----------------------------------------------------------------------------------------------------

EXPOSITION = """# HELP langraph_source_lag_seconds Age
langraph_source_lag_seconds{source="loki:a\\"b"} 130.5
langraph_log_lines_total{source="loki:a\\"b"} 12345.0
langraph_source_errors_total{kind="timeout",source="loki:a\\"b"} 2.0
langraph_source_errors_total{kind="gone",source="loki:a\\"b"} 1.0
langraph_drive_seconds_count 4.0
nonsense
langraph_queue_length NaN
"""


def test_our_own_metrics_are_read_back() -> None:
    numbers = Numbers.parse(EXPOSITION)
    (one,) = sources(numbers)
    assert (one.lines, one.errors, one.lost, one.lag) == (12_345, 3, 0, timedelta(seconds=130.5))
    assert numbers.total("langraph_drive_seconds_count") == 4
    assert numbers.total("langraph_queue_length") == 0


def test_a_rule_is_said_in_words() -> None:
    (rule,) = parse_policy(POLICY).rules
    assert page_system.rule(rule) == Text(
        "may be raised, between 64Mi and 4Gi, at most ×4 at a time, ×8 within 7d, once in 30m, "
        "up to 1Gi where nothing was set",
        "늘리기만 가능, 64Mi ~ 4Gi, 한 번에 최대 4배, 7d 동안 8배, 30m에 한 번, 값이 없던 곳에는 최대 1Gi",
    )


async def test_the_kill_switch_is_turned_on_the_page_and_shown_on_every_page(tmp_path: Path) -> None:
    async with browser(tmp_path) as someone:
        page = await someone.opens("/system")
        assert "langraph may commit." in page
        assert (await someone.sends("/system/halt", page, reason="  ")).status_code == 422
        answer = await someone.sends("/system/halt", page, reason="a <b>storm</b>")
        assert answer.headers["location"] == "/system?said=halted"
        assert await someone.world.ledger.halted() == "local operator: a <b>storm</b>"
        assert "Halted: nothing is committed. local operator: a <b>storm</b>" in said(await someone.opens("/"))
        await someone.sends("/system/resume", await someone.opens("/system"), reason="over")
        assert await someone.world.ledger.halted() is None


async def test_the_system_page_tells_of_needs_gaps_and_the_policy(tmp_path: Path) -> None:
    async with browser(tmp_path) as someone:
        someone.world.needs["git"] = "https://git.example.org is away"
        shown = said(await someone.opens("/system"))
        for word in ("git ✖ missing https://git.example.org is away", "ledger ✔ there", "No gaps", "may be raised"):
            assert word in shown
        assert "9 changes per app and 99 in all" in shown
        assert "local:operator api:alice api:bob" in shown


async def test_who_may_only_look_learns_neither_names_nor_addresses(tmp_path: Path) -> None:
    from tests.support.counter import BOB, KEYS

    policy = POLICY.replace(b"[local:operator, api:alice, api:bob]", b"[api:alice]")
    async with browser(tmp_path, policy=policy, keys=KEYS, key=BOB) as bob:
        bob.world.needs["git"] = "https://git.example.org is away"
        html = await bob.opens("/system")
        assert "api:alice" not in html
        assert "git.example.org" not in html
        assert "/system/halt" not in html
        assert "Names are shown to approvers." in html
        answer = await bob.sends("/system/halt", html, reason="because")
        assert answer.status_code == 403


# --- files and words -----------------------------------------------------------------------------------------------


@pytest.fixture
async def someone(tmp_path: Path) -> Browser:  # type: ignore[misc]
    async with browser(tmp_path) as found:
        yield found


async def test_static_files_are_kept_for_ever_under_the_address_of_their_content(someone: Browser) -> None:
    for name, asset in assets.ASSETS.items():
        answer = await someone.client.get(assets.address(name))
        assert answer.content == asset.data
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == asset.media_type
        again = await someone.client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert "immutable" not in again.headers["cache-control"]
    for name in ("nope.css", "..%2Fbase.html", "%2e%2e/templates/base.html"):
        assert (await someone.client.get(f"/static/{name}")).status_code == 404


def test_the_script_is_small_and_asks_nobody_else() -> None:
    script = assets.ASSETS["langraph.js"].data.decode()
    assert len(script.splitlines()) < 250
    assert "innerHTML" not in script
    assert "http" not in script
    assert "eval" not in script
    assert "import " not in script


@pytest.mark.parametrize("trouble", [None, signing_in.WRONG])
def test_the_login_page_asks_for_a_key_and_says_what_was_wrong(trouble: Text | None) -> None:
    html = render("login.html", "en", {"wanted": '/incidents/x?a="b"', "trouble": trouble})
    assert '<input type="hidden" name="next" value="/incidents/x?a=&#34;b&#34;">' in html
    assert '<input type="password" name="key" required' in html
    assert ("This key is not known." in html) is (trouble is not None)
    assert "<script" not in html


def test_every_word_that_a_template_uses_exists_in_both_languages() -> None:
    rooms = {"w": words, "s": page_system, "sw": slack, "d": page_docs, "l": signing_in}
    for template in sorted(FOLDER.glob("*.html")):
        for room, name in re.findall(r"\b(w|s|sw|d|l)\.([A-Z][A-Z_]*)\b", template.read_text()):
            found = getattr(rooms[room], name)
            for text in found.values() if isinstance(found, dict) else (found,):
                assert isinstance(text, str) or (text.en and text.ko), f"{template.name}: {room}.{name}"


def test_every_status_and_severity_has_a_word_and_a_shape() -> None:
    assert set(words.STATUSES) == set(words.STATUS_SHAPES) == set(Status)
    assert set(words.SEVERITIES) == set(words.SEVERITY_SHAPES) == set(Severity)
    assert len(set(words.STATUS_SHAPES.values())) == len(Status)


def test_templates_trust_nothing() -> None:
    for template in FOLDER.glob("*.html"):
        text = template.read_text()
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text
        assert " style=" not in text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=2, minutes=5), "2 h 5 min ago"),
        (timedelta(days=3), "3 d ago"),
        (timedelta(hours=-24), "in 24 h"),
    ],
)
def test_times_are_said_as_people_say_them(span: timedelta, text: str) -> None:
    assert words.ago(span).en == text


def test_a_name_in_a_timeline_that_nobody_knows_is_shown_as_it_is() -> None:
    assert happened("a_new_thing", {}).en == "a_new_thing"
    assert happened("decided", {"action": "approve"}).en == "Approved"
    assert happened("closed", {"status": "recovered"}).en == "Closed: Recovered"
