"""User groups in the lists of approvers stand for their members, and for nobody when nobody can be asked."""

from langraph.catalogue import App, Catalogue
from langraph.policy_file import Policy
from langraph.rulebook import Rules
from langraph.slack_groups import groups_in, with_members

RULES = Rules(
    "abc",
    Policy(approvers=("slack:U1", "slack-group:S1", "api:alice"), stronger=("slack-group:S2",)),
    Catalogue((App("grafana", ("a.yaml",), approvers=("slack-group:S1",)), App("loki", ("b.yaml",)))),
)


def test_every_list_is_searched_for_groups() -> None:
    assert groups_in(RULES) == {"S1", "S2"}


def test_members_take_the_place_of_their_group() -> None:
    rules = with_members(RULES, {"S1": ["U2", "U1"], "S2": ["U9"]})
    assert rules.policy.approvers == ("slack:U1", "api:alice", "slack:U2")
    assert rules.policy.stronger == ("slack:U9",)
    assert [app.approvers for app in rules.catalogue.apps] == [("slack:U1", "slack:U2"), None]


def test_a_group_that_nobody_could_be_asked_about_stands_for_nobody() -> None:
    rules = with_members(RULES, {})
    assert rules.policy.approvers == ("slack:U1", "api:alice")
    assert rules.policy.stronger == ()
    assert rules.catalogue.apps[0].approvers == ()
