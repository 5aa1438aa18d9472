"""User groups of Slack in the lists of approvers: `slack-group:S012AB` stands for each of its members. Pure.

Policy knows single people only. The surface that can ask who is in a group puts the members in the group's place
before a decision is judged; a group that nobody could be asked about stays, and stands for nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from langraph.rulebook import Rules

PREFIX = "slack-group:"


def groups_in(rules: Rules) -> frozenset[str]:
    """The ids of the groups that policy or catalogue name, without the prefix."""
    lists = [rules.policy.approvers, rules.policy.stronger]
    lists += [app.approvers for app in rules.catalogue.apps if app.approvers is not None]
    return frozenset(name.removeprefix(PREFIX) for names in lists for name in names if name.startswith(PREFIX))


def with_members(rules: Rules, members: Mapping[str, Iterable[str]]) -> Rules:
    """The same rules with people in the place of groups.

    Args:
        rules: as the branch has them.
        members: user ids by group id; a group that is left out stands for nobody.
    """

    def people(names: tuple[str, ...]) -> tuple[str, ...]:
        found = [name for name in names if not name.startswith(PREFIX)]
        groups = [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]
        found += [f"slack:{user}" for group in groups for user in sorted(members.get(group, ()))]
        return tuple(dict.fromkeys(found))

    policy = replace(rules.policy, approvers=people(rules.policy.approvers), stronger=people(rules.policy.stronger))
    apps = tuple(
        app if app.approvers is None else replace(app, approvers=people(app.approvers)) for app in rules.catalogue.apps
    )
    return replace(rules, policy=policy, catalogue=replace(rules.catalogue, apps=apps))
