"""Who somebody in Slack is, and which user groups they are in. What Slack does not tell is refused, never assumed."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langraph.errors import ChannelUnavailable, Forbidden
from langraph.models.incident import Person
from langraph.models.text import Text
from langraph.texts import slack as say
from services.slack_client.escaping import clean, shortened
from services.slack_client.web import Web

CACHED_SECONDS = 60.0  # somebody who leaves a group, or the company, may decide no longer than that
LOOK_SECONDS = 0.8  # a click is to be acknowledged within one second
NAME_CHARS = 80
MOST_KNOWN = 10_000


class Refused(Forbidden):
    """Nothing was done, and why, in the words of whoever asked."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are for Slack."""

    team_id: str
    bot_id: str
    user_id: str
    enterprise_id: str
    """Of the Enterprise Grid that our workspace belongs to; empty outside of one."""


class Directory:
    """Asks Slack about people and groups, remembers the answers for a minute.

    Args:
        web: the open Web API.
        look_seconds: how long one question may take.
        monotonic: seconds; tests turn it.
    """

    def __init__(
        self, web: Web, *, look_seconds: float = LOOK_SECONDS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._web = web
        self._look_seconds = look_seconds
        self._monotonic = monotonic
        self._us: Us | None = None
        self._users: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}

    async def us(self) -> Us:
        """Raises: ChannelUnavailable."""
        if self._us is None:
            told = await self._web.call("auth.test")
            grid = str(told.get("enterprise_id") or "")
            self._us = Us(str(told["team_id"]), str(told.get("bot_id", "")), str(told["user_id"]), grid)
        return self._us

    async def person(self, user_id: str, team_id: str, enterprise_id: str = "") -> Person:
        """Whoever clicked, when they are a full member of our workspace, or of our Enterprise Grid.

        Args:
            user_id: as the payload says.
            team_id, enterprise_id: where it comes from; an app that is installed in a whole grid gets payloads
                without a workspace.

        Raises:
            Refused: a guest, a bot, somebody from elsewhere; or Slack did not say.
        """
        try:
            async with asyncio.timeout(self._look_seconds):
                us, user = await asyncio.gather(self.us(), self._user(user_id))
        except (ChannelUnavailable, TimeoutError) as error:
            raise Refused(say.CANNOT_TELL_WHO) from error
        if not _is_ours(us, team_id, enterprise_id) or not _belongs(user, us, whole_grid=not team_id):
            raise Refused(say.OTHER_WORKSPACE)
        if user.get("deleted"):
            raise Refused(say.DEACTIVATED)
        if user.get("is_bot") or user_id in ("USLACKBOT", us.user_id):
            raise Refused(say.BOT)
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            raise Refused(say.GUEST)
        return Person(f"slack:{user_id}", _name(user, user_id))

    async def members(self, group_id: str) -> frozenset[str] | None:
        """The user ids in a group; None when Slack does not say."""
        known = self._groups.get(group_id)
        if known is not None and known[0] > self._monotonic():
            return known[1]
        try:
            async with asyncio.timeout(self._look_seconds):
                told = await self._web.ask("usergroups.users.list", usergroup=group_id)
        except (ChannelUnavailable, TimeoutError):
            return None
        members = frozenset(str(user) for user in told.get("users", ()))
        self._groups[group_id] = (self._monotonic() + CACHED_SECONDS, members)
        return members

    async def _user(self, user_id: str) -> Mapping[str, Any]:
        known = self._users.get(user_id)
        if known is not None and known[0] > self._monotonic():
            return known[1]
        told = await self._web.ask("users.info", user=user_id)
        user: Mapping[str, Any] = told["user"]
        if len(self._users) >= MOST_KNOWN:
            self._users.clear()
        self._users[user_id] = (self._monotonic() + CACHED_SECONDS, user)
        return user


def _is_ours(us: Us, team_id: str, enterprise_id: str) -> bool:
    """Whether a payload comes from our workspace, or from our grid as a whole."""
    return team_id == us.team_id if team_id else bool(us.enterprise_id) and enterprise_id == us.enterprise_id


def _belongs(user: Mapping[str, Any], us: Us, *, whole_grid: bool) -> bool:
    """Whether somebody is a member where the payload comes from, as Slack says and not the payload."""
    if user.get("is_stranger"):
        return False
    if user.get("team_id") == us.team_id:
        return True
    grid = (user.get("enterprise_user") or {}).get("enterprise_id")
    return whole_grid and bool(us.enterprise_id) and grid == us.enterprise_id


def _name(user: Mapping[str, Any], user_id: str) -> str:
    """As colleagues know them, on one line; it ends up in commit messages."""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), user.get("real_name"), user.get("name"))
    found = next((name for name in names if isinstance(name, str) and name.strip()), user_id)
    return shortened(" ".join(clean(found).split()), NAME_CHARS)
