"""What a simulated workspace holds: people, groups, channels, messages, open modals, files."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TEAM = "T0SANDBOX"
BOT_USER = "U0LANGRAPH"
BOT = "B0LANGRAPH"
APP = "A0LANGRAPH"
CHANNEL = "C0INCIDENTS"
FALLBACK = "C0FALLBACK"
BOT_TOKEN = "xoxb-sandbox"  # noqa: S105  # opens nothing but this simulation
APP_TOKEN = "xapp-sandbox"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105
SCOPES = "chat:write,commands,files:write,usergroups:read,users:read,channels:read,channels:history,groups:history"
TRIGGER_SECONDS = 3.0  # a trigger_id lives that long
RESPONSE_USES, RESPONSE_SECONDS = 5, 1_800.0  # of one response_url


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in the workspace, or from elsewhere."""

    id: str
    name: str
    team_id: str = TEAM
    is_bot: bool = False
    is_guest: bool = False
    deleted: bool = False
    enterprise_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """As users.info tells it."""
        grid = {"enterprise_user": {"id": self.id, "enterprise_id": self.enterprise_id}} if self.enterprise_id else {}
        return {
            **grid,
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.name.title(),
            "is_bot": self.is_bot,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "profile": {"real_name": self.name.title(), "display_name": self.name},
        }


@dataclass(slots=True)
class Posted:
    """One message in a channel."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    files: list[dict[str, Any]] = field(default_factory=list)
    edits: int = 0

    def as_json(self, *, metadata: bool) -> dict[str, Any]:
        """As conversations.history tells it."""
        told: dict[str, Any] = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "ts": self.ts,
            "text": self.text,
            "blocks": self.blocks,
        }
        if self.thread_ts is not None:
            told["thread_ts"] = self.thread_ts
        if self.broadcast:
            told["subtype"] = "thread_broadcast"
        if self.files:
            told["files"] = self.files
        if metadata and self.metadata is not None:
            told["metadata"] = self.metadata
        return told

    def actions(self) -> list[dict[str, Any]]:
        """Everything that can be pressed, with the `block_id` it is in."""
        return [
            {**element, "block_id": block.get("block_id", "")}
            for block in self.blocks
            if block.get("type") == "actions"
            for element in block.get("elements", ())
        ]


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """What only one person sees."""

    user: str
    text: str
    blocks: list[dict[str, Any]]


@dataclass(slots=True)
class OpenView:
    """A modal in front of somebody."""

    id: str
    user: str
    view: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Workspace:
    """Everything that there is. `now` is Unix time in seconds."""

    now: Callable[[], float]
    channels: dict[str, str] = field(default_factory=lambda: {CHANNEL: "incidents", FALLBACK: "fallback"})
    not_in: set[str] = field(default_factory=set)
    """Channels that the app is not in."""
    archived: set[str] = field(default_factory=set)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    scopes: str = SCOPES
    enterprise_id: str = ""
    """Of the Enterprise Grid it belongs to, if it does."""
    messages: list[Posted] = field(default_factory=list)
    ephemerals: list[Ephemeral] = field(default_factory=list)
    views: dict[str, OpenView] = field(default_factory=dict)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)
    """trigger_id to (user, when it ends)."""
    responses: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    """response_url id to (user, uses left, when it ends)."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        for user in (User("U0ALICE", "alice"), User("U0BOB", "bob"), User(BOT_USER, "langraph", is_bot=True)):
            self.users[user.id] = user

    def number(self) -> int:
        """The next of our own numbers."""
        return next(self._numbers)

    def ts(self) -> str:
        """A timestamp that no other message has, later than all before."""
        return f"{int(self.now())}.{self.number():06d}"

    def message(self, channel: str, ts: str) -> Posted | None:
        """The one with that timestamp."""
        return next((one for one in self.messages if (one.channel, one.ts) == (channel, ts)), None)

    def in_channel(self, channel: str) -> list[Posted]:
        """What everybody sees in a channel, oldest first; threads left out."""
        return [one for one in self.messages if one.channel == channel and (one.thread_ts is None or one.broadcast)]

    def in_thread(self, channel: str, ts: str) -> list[Posted]:
        """The replies to a message, oldest first."""
        return [one for one in self.messages if (one.channel, one.thread_ts) == (channel, ts)]

    def trigger(self, user: str) -> str:
        """A new trigger_id."""
        trigger_id = f"{self.number()}.{TEAM}.trigger"
        self.triggers[trigger_id] = (user, self.now() + TRIGGER_SECONDS)
        return trigger_id

    def response(self, user: str) -> str:
        """The id of a new response_url."""
        response_id = f"R{self.number()}"
        self.responses[response_id] = (user, RESPONSE_USES, self.now() + RESPONSE_SECONDS)
        return response_id

    def told(self, user: str) -> list[str]:
        """What only this person was told, oldest first."""
        return [one.text for one in self.ephemerals if one.user == user]
