"""The Slack channel where people are told and asked: one message per op id, however often it is sent."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import structlog

from langraph.errors import ChannelUnavailable
from langraph.models.incident import Incident, Proposal, Status
from langraph.ports import Clock, Ledger, Message
from langraph.texts import slack as say
from services.slack_client.escaping import clean
from services.slack_client.message import Post, Seen, incident_message
from services.slack_client.thread import evidence_post, notice_post
from services.slack_client.web import BlocksRefused, MessageGone, NotPermitted, Web, WrongChannel

log = structlog.get_logger()

EVENT_TYPE = "langraph_message"
"""Under this name our op id stands in a message's metadata."""
PAGE = 200  # messages of one look into the history
MOST_PAGES = 25  # 5,000 messages since the fault began; a channel that busy is read no further
BEFORE = timedelta(minutes=15)  # clocks of log sources may be that much ahead of Slack's
LATE = timedelta(days=1)  # a notice about ourselves may have waited that long for Slack
KNOWN = 5_000  # places that are remembered; forgotten ones are looked up again


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is."""

    channel: str
    ts: str

    @classmethod
    def parse(cls, ref: str | None) -> Self | None:
        """A remote ref of ours; None for another channel's."""
        channel, _, ts = (ref or "").partition(":")
        return cls(channel, ts) if channel[:1] in "CGD" and ts.replace(".", "").isdigit() else None

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"


class SlackChannel:
    """`ports.ApprovalChannel` on Slack.

    Args:
        web: the open Web API.
        ledger, clock: read for what the message tells besides the incident.
        channel: id of the channel.
        fallback: id of the channel that is used while the first one cannot be posted in.
        locale: `en` or `ko`.
        page: where the API answers.
    """

    def __init__(
        self,
        web: Web,
        ledger: Ledger,
        clock: Clock,
        *,
        channel: str,
        fallback: str | None = None,
        locale: str,
        page: str = "",
    ) -> None:
        self._web = web
        self._ledger = ledger
        self._clock = clock
        self._channels = (channel, fallback) if fallback else (channel,)
        self._locale = locale
        self._page = page
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._in_thread: OrderedDict[str, set[str]] = OrderedDict()

    async def show(self, message: Message, incident: Incident | None, proposal: Proposal | None) -> str:
        """Key: `op_id`, which stands in the message's metadata."""
        if message.kind == "notice":
            return str(await self._notice(message, incident))
        assert incident is not None, "only a notice may come without an incident"
        post = incident_message(await self._seen(incident, proposal), self._locale)
        place = await self._put(message, post, incident.opened_at)
        await self._fill_thread(place, incident, proposal, post)
        return str(place)

    async def _seen(self, incident: Incident, proposal: Proposal | None) -> Seen:
        return Seen(
            incident,
            proposal,
            await self._ledger.decision(proposal.digest) if proposal is not None else None,
            await self._ledger.timeline(incident.id),
            self._clock.now(),
            await self._ledger.revert_request(proposal.digest) if proposal is not None else None,
            self._page,
        )

    # one message per op id

    async def _put(self, message: Message, post: Post, since: datetime, **where: Any) -> Place:
        place = Place.parse(message.remote_ref) or self._places.get(message.op_id)
        place = place or await self._find(message.op_id, since)
        if place is not None:
            try:
                return await self._send("chat.update", place.channel, message, post, ts=place.ts)
            except MessageGone as gone:
                log.warning("a message is posted anew", op_id=message.op_id, error=str(gone))
        return await self._post(message, post, **where)

    async def _post(self, message: Message, post: Post, **where: Any) -> Place:
        """Into the first channel that takes it. Raises: ChannelUnavailable."""
        refused: WrongChannel | None = None
        for channel in self._channels:
            try:
                return await self._send("chat.postMessage", channel, message, post, **where)
            except WrongChannel as error:
                log.warning("a channel does not take messages", channel=channel, error=str(error))
                refused = refused or error
        assert refused is not None
        raise refused

    async def _send(self, method: str, channel: str, message: Message, post: Post, **where: Any) -> Place:
        common: dict[str, Any] = {"metadata": _metadata(message.op_id, message.revision), **where}
        if method == "chat.postMessage":
            common |= {"unfurl_links": False, "unfurl_media": False}
        try:
            answer = await self._web.write(method, channel, text=post.text, blocks=post.blocks, **common)
        except BlocksRefused as error:
            log.error("Slack refuses our blocks; sent as plain text", op_id=message.op_id, error=str(error))
            answer = await self._web.write(method, channel, text=post.plain, blocks=[], **common)
        place = Place(str(answer["channel"]), str(answer["ts"]))
        self._remember(message.op_id, place)
        return place

    async def _find(self, op_id: str, since: datetime) -> Place | None:
        """Our message from before a crash or a lost answer, by its metadata.

        Raises: ChannelUnavailable; then nobody can tell, and nothing may be posted.
        """
        refused: WrongChannel | None = None
        looked = False
        oldest = min(since, self._clock.now()) - BEFORE
        for channel in self._channels:
            try:
                place = await self._find_in(channel, op_id, oldest)
            except WrongChannel as error:
                refused = refused or error
                continue
            looked = True
            if place is not None:
                return place
        if refused is not None and not looked:
            raise refused
        return None

    async def _find_in(self, channel: str, op_id: str, oldest: datetime) -> Place | None:
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self._web.ask(
                "conversations.history",
                channel=channel,
                oldest=f"{oldest.timestamp():.6f}",
                limit=PAGE,
                include_all_metadata="true",
                **({"cursor": cursor} if cursor else {}),
            )
            for found in answer.get("messages", ()):
                if _op_id(found) == op_id:
                    place = Place(channel, str(found["ts"]))
                    self._remember(op_id, place)
                    return place
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return None

    def _remember(self, op_id: str, place: Place) -> None:
        self._places[op_id] = place
        self._places.move_to_end(op_id)
        while len(self._places) > KNOWN:
            self._places.popitem(last=False)

    # notices, the thread

    async def _notice(self, message: Message, incident: Incident | None) -> Place:
        """In the incident's thread and in the channel; by itself where there is no thread, or no incident."""
        post = notice_post(message.note.in_locale(self._locale) if message.note else message.op_id)
        if incident is None:
            return await self._put(message, post, self._clock.now() - LATE)
        op_id = f"incident:{incident.id}"
        parent = self._places.get(op_id) or await self._find(op_id, incident.opened_at)
        where = {"thread_ts": parent.ts, "reply_broadcast": True} if parent is not None else {}
        return await self._put(message, post, incident.opened_at, **where)

    async def _fill_thread(self, place: Place, incident: Incident, proposal: Proposal | None, post: Post) -> None:
        """The evidence, a long diff. Keys: the incident, the proposal's digest."""
        if incident.status in (Status.DETECTED, Status.DIAGNOSING):
            return
        evidence = evidence_post(incident, self._locale)
        if evidence is not None:
            await self._once(place, f"evidence:{incident.id}", evidence)
        if post.whole_diff is not None and proposal is not None:
            await self._once(place, f"changes-{proposal.digest[:12]}.diff", post.whole_diff)

    async def _once(self, place: Place, key: str, content: Post | str) -> None:
        there = await self._thread_keys(place, key)
        if key in there:
            return
        try:
            await self._reply(place, key, content)
        except NotPermitted as error:  # the message itself is there; people decide without this
            log.warning("the thread stays without a part", key=key, error=str(error))
        there.add(key)

    async def _reply(self, place: Place, key: str, content: Post | str) -> None:
        if isinstance(content, str):
            title = say.WHOLE_DIFF.in_locale(self._locale)
            await self._web.upload(place.channel, place.ts, key, clean(content), title)
            return
        fields = {"thread_ts": place.ts, "metadata": _metadata(key, 0), "unfurl_links": False}
        try:
            await self._web.write("chat.postMessage", place.channel, text=content.text, blocks=content.blocks, **fields)
        except BlocksRefused:
            await self._web.write("chat.postMessage", place.channel, text=content.plain, **fields)

    async def _thread_keys(self, place: Place, key: str) -> set[str]:
        """What is in the thread already; asked of Slack when we do not know that it is there."""
        known = self._in_thread.get(str(place))
        if known is None or key not in known:
            known = (known or set()) | await self._look_into_thread(place)
            self._in_thread[str(place)] = known
            while len(self._in_thread) > KNOWN:
                self._in_thread.popitem(last=False)
        return known

    async def _look_into_thread(self, place: Place) -> set[str]:
        try:
            answer = await self._web.ask(
                "conversations.replies",
                channel=place.channel,
                ts=place.ts,
                limit=PAGE,
                include_all_metadata="true",
            )
        except (MessageGone, NotPermitted) as error:
            raise ChannelUnavailable(f"the thread of a message cannot be read: {error}", retry_after=60) from error
        found: set[str] = set()
        replies: Sequence[dict[str, Any]] = answer.get("messages", ())
        for reply in replies:
            found |= {str(file.get("name")) for file in reply.get("files", ())}
            found |= {op_id} if (op_id := _op_id(reply)) else set()
        return found


def _metadata(op_id: str, revision: int) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"op_id": op_id, "revision": revision}}


def _op_id(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    op_id = (metadata.get("event_payload") or {}).get("op_id")
    return op_id if isinstance(op_id, str) else None
