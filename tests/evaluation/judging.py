"""Puts each case before langraph and marks the answer against the label."""

import copy
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from langraph.analysis import Analysis, Analyst, Values, as_json
from langraph.catalogue import parse_catalogue
from langraph.commands.grouping import grouper
from langraph.errors import BadInput, LangraphError
from langraph.helm_values import find, parse_path, set_value, typed_like
from langraph.models.incident import Alert, LogEvent, ValuePath
from langraph.policy import Policy, parse_policy
from langraph.proposing import NoProposal
from langraph.ranking import rank
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load
from tests.evaluation.loading import NOTHING, Case
from tests.evaluation.stream_maker import make_sample, make_stream

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
TOP = 3  # how many ranked causes somebody reads who was just paged
KEY = b"evaluation-case!"  # 16 bytes, as every event key has

RICH_VALUES = (Path(__file__).parent / "rich_values.yaml").read_bytes()
"""A values file in which nearly every remedy finds its key, so that a wrong diff can show itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was right and wrong about one answer."""

    case: Case
    marks: Mapping[str, float]
    """By figure: 1 yes, 0 no; a share for samples of many lines. A figure that does not apply is left out."""
    got: Any
    expected: Any = field(default=None)


class Bench:
    """langraph with its rules loaded once, and for each case the values files that belong to it."""

    def __init__(self, apps: Sequence[str]) -> None:
        """Args: apps: each gets a rich values file of its own."""
        self.policy = open_policy()
        files = {f"helm-values/{app}/values.yaml": ("0" * 40, RICH_VALUES) for app in apps}
        self._runbooks = load()
        self._analyst = Analyst(self._runbooks, Values(files, policy=self.policy), NOW)
        self._recogniser = Recogniser(self._runbooks)

    def on(self, values: Values) -> Analyst:
        """The same rules on other files. Loading the rules anew for each case would take most of the time."""
        twin = copy.copy(self._analyst)
        twin._values, twin._known = values, {}
        return twin

    def judge(self, case: Case) -> Verdict:
        return getattr(self, f"_{case.kind}")(case)  # type: ignore[no-any-return]  # each of them gives a Verdict

    # --- single events and alerts ------------------------------------------------------------------------------

    def _event(self, case: Case) -> Verdict:
        labels = {name: str(value) for name, value in (case.given.get("labels") or {}).items()}
        return _judged_event(case, self._analyst.text(case.given["log_text"], labels))

    def _alert(self, case: Case) -> Verdict:
        verdict = _judged_event(case, self._of_alert(self._analyst, case.given["alert"]))
        if case.expect.get("category") in NOTHING:
            return verdict
        pasted = json.dumps({"status": "firing", **case.given["alert"]}, ensure_ascii=False)
        same = as_json(self._analyst.text(pasted, {}), "en")["category"] == case.expect["category"]
        return Verdict(case, {**verdict.marks, "category_pasted_alert": same}, verdict.got, verdict.expected)

    def _of_alert(self, analyst: Analyst, given: Mapping[str, Any]) -> Analysis:
        labels = {name: str(value) for name, value in (given.get("labels") or {}).items()}
        notes = {name: str(value) for name, value in (given.get("annotations") or {}).items()}
        alert = Alert(labels.get("alertname", ""), True, labels, notes, NOW, "alertmanager")
        seen = self._recogniser.alert(alert, KEY)
        return analyst.conclude(rank([seen], self._runbooks), [seen]) if seen else Analysis()

    # --- streams -----------------------------------------------------------------------------------------------

    def _stream(self, case: Case) -> Verdict:
        lines = make_stream(case.given, case.given["library"])
        events = [LogEvent(one.text, _ns(one.at), "stream", one.labels) for one in lines]
        ranked = as_json(self._analyst.stream(events), "en")["ranked"]
        found = [(one["category"], one["app"]) for one in ranked]
        expected = case.expect["first"]
        got = [f"{category} {app}" for category, app in found[:5]]
        if expected is None:
            return Verdict(case, {"stream_false_alarm": bool(found)}, got, "nothing")
        marks: dict[str, float] = {
            "root_first": bool(found) and _is(found[0], expected),
            "root_category_first": bool(found) and found[0][0] == expected["category"],
            "root_in_top": any(_is(one, expected) for one in found[:TOP]),
        }
        if also := case.expect.get("also"):
            marks["also_named"] = sum(any(_is(one, other) for one in found) for other in also) / len(also)
        return Verdict(case, marks, got, expected)

    # --- charts ------------------------------------------------------------------------------------------------

    def _chart(self, case: Case) -> Verdict:
        files = {path: ("0" * 40, data) for path, data in case.given["files"].items()}
        analyst = self.on(Values(files, parse_catalogue(case.given["apps"].encode()), self.policy))
        if "alert" in case.given:
            analysis = self._of_alert(analyst, case.given["alert"])
        else:
            analysis = analyst.text(case.given["log_text"], case.given["labels"])
        answer = as_json(analysis, "en")
        proposal, expect = answer["proposal"], case.expect
        got = proposal or _why_not(analysis, answer["category"])
        if expect.get("no_diff"):
            return Verdict(case, {"wrong_diff": proposal is not None}, got, "no diff")
        if expect.get("candidates"):
            asked = isinstance(analysis.proposed, NoProposal)
            return Verdict(case, {"target": asked, "target_wrong": not asked}, got, "candidates")
        right = proposal is not None and _is_target(proposal, expect)
        wrong = proposal is not None and not right
        return Verdict(case, {"target": right, "target_wrong": wrong}, got, expect)

    # --- edits and groups --------------------------------------------------------------------------------------

    def _edit(self, case: Case) -> Verdict:
        got = _edited(case.given)
        right = got is None if case.expect.get("refused") else got == case.expect["bytes"]
        shown = None if got is None else got.decode("utf-8", "replace")
        wanted = "refused" if case.expect.get("refused") else case.expect["bytes"].decode()
        return Verdict(case, {"edit": right}, shown, wanted)

    def _grouping(self, case: Case) -> Verdict:
        sample = make_sample(case.given)
        statements = {one["id"]: one["of"] for one in case.given["templates"] if "of" in one}
        found = list(map(grouper(), (line for _, line in sample)))
        share, wrong = grouping_accuracy([id for id, _ in sample], found, statements)
        examples = {id: [line for known, line in sample if known == id][:2] for id in wrong}
        return Verdict(case, {"grouping": share}, examples, "one group for each")


def grouping_accuracy(
    true: Sequence[str], found: Sequence[str], statements: Mapping[str, str] | None = None
) -> tuple[float, list[str]]:
    """Share of lines whose found group has exactly the lines of their true group, and the true groups missed.

    Args:
        true, found: the group of each line.
        statements: true groups that are one logging statement filled with another fixed word (a state, an error
            text). Public samples count them sometimes apart and sometimes together; either is right here.
    """
    members = Counter(zip(true, found, strict=True))
    in_true, of = Counter(true), statements or {}
    inside: dict[str, set[str]] = defaultdict(set)
    for one, group in members:
        inside[group].add(one)
    right = {
        one
        for group, ones in inside.items()
        if len({of.get(one, one) for one in ones}) == 1 and all(members[one, group] == in_true[one] for one in ones)
        for one in ones
    }
    return sum(in_true[one] for one in right) / len(true), sorted(set(true) - right)


def open_policy() -> Policy:
    """The shipped bounds, for values files of every name."""
    rules = yaml.safe_load((ROOT / "helm-values" / "policy.yaml").read_bytes())
    return parse_policy(
        yaml.safe_dump({**rules, "files": [f"helm-values/{'*/' * depth}*.yaml" for depth in (1, 2, 3)]}).encode()
    )


def _judged_event(case: Case, analysis: Analysis) -> Verdict:
    answer, expect = as_json(analysis, "en"), case.expect
    got = {name: answer[name] for name in ("category", "app", "namespace", "severity")}
    got["diff"] = answer["proposal"]["changes"] if answer["proposal"] else None
    marks: dict[str, float] = {}
    if expect.get("diff") == "never":
        marks["wrong_diff"] = answer["proposal"] is not None
    if expect.get("category") in NOTHING:
        return Verdict(case, {**marks, "false_alarm": answer["category"] is not None}, got, expect)
    right = answer["category"] == expect["category"]
    marks["category"] = right
    marks["category_alert" if case.kind == "alert" else "category_event"] = right
    marks["confidently_wrong"] = not right and answer["category"] not in (None, "unknown")
    for name in ("app", "namespace"):
        if name in expect:
            marks[name] = _among(answer[name], expect[name])
    if expect.get("severity"):
        marks["severity"] = answer["severity"] == expect["severity"]
    return Verdict(case, marks, got, expect)


def _edited(given: Mapping[str, Any]) -> bytes | None:
    """The file after the edit as `langraph values set` makes it; None when it was refused."""
    doc = given.get("doc", 0)
    try:
        path = parse_path(given["path"])
        value = typed_like(given["value"], find(given["source"], path, doc).value)
        return set_value(given["source"], path, value, doc).after
    except LangraphError:
        return None


def _is_target(proposal: Mapping[str, Any], expect: Mapping[str, Any]) -> bool:
    """Whether the proposal makes the expected change in the expected file and touches nothing it may not."""
    if proposal["file"] != expect["file"]:
        return False
    if "changed" in expect:
        body = proposal["diff"].split("\n")[2:]
        return bool([line for line in body if line[:1] in ("-", "+")] == expect["changed"])
    wanted = expect["path"] if isinstance(expect["path"], list) else [expect["path"]]
    main = [one for one in proposal["changes"] if _is_at(one["path"], wanted) and one["op"] == expect["op"]]
    allowed = [*wanted, *expect.get("may_also", ())]
    is_old = "old" not in expect or (bool(main) and _is_old(main[0], wanted, expect["old"]))
    is_new = "new" not in expect or (bool(main) and main[0]["new"] == expect["new"])
    return bool(main) and is_old and is_new and all(_is_at(one["path"], allowed) for one in proposal["changes"])


def _is_at(path: str, wanted: Sequence[str]) -> bool:
    """Whether a change is at one of the values, or within the text that one of them is."""
    keys = parse_path(path)
    for one in map(_keys, wanted):
        inside = keys[len(one) : len(one) + 1] if keys[: len(one)] == one else None
        if one and inside is not None and (not inside or str(inside[0])[:1] in ("-", "~", "|")):
            return True
    return False


def _keys(path: str) -> ValuePath:
    """A label's path, in whichever notation; empty where it is none of ours."""
    try:
        return parse_path(path)
    except BadInput:
        return ()


def _is_old(change: Mapping[str, Any], wanted: Sequence[str], old: object) -> bool:
    is_whole = parse_path(change["path"]) in map(_keys, wanted)
    return change["old"] == old if is_whole else str(change["old"]) in str(old)


def _why_not(analysis: Analysis, category: str | None) -> str:
    if not isinstance(analysis.proposed, NoProposal):
        return f"nothing found ({category})"
    places = [".".join(map(str, place.path)) for place in analysis.proposed.candidates]
    return f"{category}: {analysis.proposed.reason.en} candidates={places}"


def _is(found: tuple[str, str | None], expected: Mapping[str, Any]) -> bool:
    return found[0] == expected["category"] and ("app" not in expected or _among(found[1], expected["app"]))


def _among(value: object, expected: object) -> bool:
    return value in expected if isinstance(expected, list) else value == expected


def _ns(at: datetime) -> int:
    return int(at.timestamp()) * 10**9 + at.microsecond * 1_000
