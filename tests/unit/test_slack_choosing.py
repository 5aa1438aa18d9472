"""A question in Slack, whatever the values files hold: limits kept, nothing alive, each value to be chosen there."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.asking import MOST_OPTIONS, question
from langraph.models.incident import BlastRadius, FileEdit, Incident, Proposal, Status, ValueChange
from langraph.models.text import Text
from langraph.policy import parse_policy
from langraph.texts import slack as say
from services.sandbox.slack_rules import block_faults, message_error, view_error
from services.slack_client import blocks, modals
from services.slack_client.message import BLOCKS_CHARS, Seen, incident_message
from tests.support.counter import BEFORE, POLICY, a_proposal
from tests.support.proposals import NOW, incident

RULES = parse_policy(POLICY)


def asked(options: tuple[ValueChange, ...]) -> Proposal:
    """A question with these values to choose from."""
    text = Text("a\nb", "ㄱ\nㄴ")
    each = [
        replace(
            a_proposal("incident-20261120083000-00000a", NOW),
            changes=(option,),
            edits=(FileEdit(option.file, "b" * 40, BEFORE, BEFORE),),
            explanation=text,
            blast=BlastRadius((option.file,), ("mimir",), restarts_pods=True, weakens_guardrail=True),
        )
        for option in options
    ]
    return question(text, each)


def waiting() -> Incident:
    return replace(incident(), status=Status.AWAITING_APPROVAL)


def window(proposal: Proposal, locale: str = "en") -> dict[str, Any]:
    return modals.choose_modal(proposal, "C0INCIDENTS", RULES, (), NOW, locale)


def sent(choice: str | None, value: str | None = None) -> dict[str, Any]:
    option = None if choice is None else {"value": choice}
    values = {"choice": {"value": {"selected_option": option}}, "value": {"value": {"value": value}}}
    return {"state": {"values": values}}


LOUD = ["<!channel>", "<https://a.b|Approve>", "*b* `c` &<>" * 40]
HOSTILE = st.text(min_size=1, max_size=400) | st.sampled_from(LOUD)
OPTIONS = st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE), min_size=1, max_size=14)


@settings(max_examples=60, deadline=None)
@given(OPTIONS, st.sampled_from(["en", "ko"]))
def test_whatever_the_values_are_called_message_and_window_keep_slacks_limits_and_are_harmless(
    found: list[tuple[str, str, str, str]], locale: str
) -> None:
    proposal = asked(tuple(ValueChange(file, (name, "memory"), old, new) for file, name, old, new in found))
    post = incident_message(Seen(waiting(), proposal, None, (), NOW), locale)
    assert block_faults(post.blocks) == []
    assert message_error(post.text, post.blocks) is None
    assert sum(len(str(block)) for block in post.blocks) <= BLOCKS_CHARS * 1.2
    view = window(proposal, locale)
    assert view_error(view) is None
    for dead in ("<!channel>", "<https://"):
        assert dead not in str(post.blocks) + str(view)
    assert "'mrkdwn'" not in str(post.blocks) + str(view)
    assert len(view["blocks"][0]["element"]["options"]) == min(len(found), MOST_OPTIONS) <= blocks.MOST_RADIOS


def test_ten_long_values_are_all_in_the_message() -> None:
    options = tuple(
        ValueChange(f"helm-values/{'x' * 90}-{n}/values.yaml", ("y" * 90, "limits", "memory"), "1Gi", "2Gi")
        for n in range(10)
    )
    post = incident_message(Seen(waiting(), asked(options), None, (), NOW), "en")
    for n in range(10):
        assert f"-{n}/values.yaml): 1Gi -&gt; 2Gi" in str(post.blocks)
    assert say.WEAKENS.en in str(post.blocks)


def test_the_file_is_named_beside_each_value_where_there_are_several() -> None:
    one, other = (ValueChange(f"helm-values/{name}/values.yaml", ("memory",), "1Gi", "2Gi") for name in ("a", "b"))
    (first, second) = window(asked((one, other)))["blocks"][0]["element"]["options"]
    assert first["description"]["text"].endswith("helm-values/a/values.yaml")
    assert second["description"]["text"].endswith("helm-values/b/values.yaml")
    assert modals.modified_values(sent("1"), asked((one, other))) == {other.key: "2Gi"}


@pytest.mark.parametrize("choice", [None, "", "2", "-1", "01", "0 ", "٠", "x" * 9_000])
def test_a_choice_that_was_not_offered_is_none(choice: str | None) -> None:
    one, other = (ValueChange("f", (name, "memory"), "1Gi", "2Gi") for name in ("a", "b"))
    proposal = asked((one, other))
    values = modals.modified_values(sent(choice, "2Gi"), proposal)
    assert values == {}
    assert list(modals.field_errors(values, proposal, RULES, (), NOW, "en")) == [modals.CHOICE]


def test_a_suggestion_that_is_no_text_is_kept_as_it_is() -> None:
    replicas = ValueChange("f", ("replicas",), 2, 3)
    assert modals.modified_values(sent("0"), asked((replicas,))) == {replicas.key: 3}


def test_without_blocks_people_are_told_how_to_choose_and_not_how_to_approve() -> None:
    proposal = asked((ValueChange("f", ("a", "memory"), "1Gi", "2Gi"), ValueChange("f", ("b", "memory"), None, "2Gi")))
    post = incident_message(Seen(waiting(), proposal, None, (), NOW, page="http://here"), "en")
    assert "a.memory=2Gi" in post.plain
    assert "--set PATH=VALUE" in post.plain
    assert "approve" not in post.plain
    assert "b.memory (f): not set -" in str(post.blocks)
