"""The rules people keep beside the values: policy, catalogue of apps; read from the branch, held for the quick."""

from dataclasses import dataclass

from langraph.catalogue import Catalogue, parse_catalogue
from langraph.errors import GitUnavailable
from langraph.policy import Policy, parse_policy
from langraph.ports import GitStore


@dataclass(frozen=True, slots=True)
class Rules:
    """Policy and catalogue as one commit has them."""

    commit: str | None
    policy: Policy
    catalogue: Catalogue
    policy_text: str = ""
    apps_text: str = ""
    """As they stand in the repository, for the record."""


class Rulebook:
    """The present rules, or the last known ones while git is away.

    A decision must be answered at once, so it is judged by the last known rules; the commit judges
    again by those on the branch it is made on.
    """

    def __init__(self, git: GitStore, *, policy_file: str, apps_file: str) -> None:
        self._git = git
        self.policy_file = policy_file
        self.apps_file = apps_file
        self._last: Rules | None = None

    async def current(self) -> Rules:
        """The rules at the branch head.

        Raises:
            GitUnavailable: the branch cannot be read.
            BadInput: a rules file breaks its schema; nothing is allowed until it is mended.
        """
        head = await self._git.head()
        if self._last is None or self._last.commit != head:
            self._last = await self._read(head)
        return self._last

    async def known(self) -> Rules:
        """The last rules we saw; read from the branch when we have not seen any.

        Raises:
            GitUnavailable: we never saw the rules, the branch cannot be read.
            BadInput: a rules file breaks its schema.
        """
        return self._last if self._last is not None else await self.current()

    async def _read(self, head: str | None) -> Rules:
        if head is None:
            raise GitUnavailable("the GitOps branch has no commits yet, so there is no policy: push one first")
        policy = await self._git.read(self.policy_file, head)
        apps = await self._git.read(self.apps_file, head)
        policy_source, apps_source = (blob.data if blob else b"" for blob in (policy, apps))
        return Rules(
            head,
            parse_policy(policy_source),
            parse_catalogue(apps_source),
            policy_source.decode(errors="replace"),
            apps_source.decode(errors="replace"),
        )
