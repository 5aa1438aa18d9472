"""The methods of Slack's Web API that the simulated workspace knows; each refuses what Slack refuses."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from services.sandbox.slack_rules import message_error, metadata_error, view_error
from services.sandbox.slack_workspace import BOT, BOT_USER, TEAM, Ephemeral, OpenView, Posted, Workspace

Arguments = Mapping[str, Any]
Answer = dict[str, Any]

SCOPE_OF = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.info": "channels:read",
    "users.info": "users:read",
    "usergroups.users.list": "usergroups:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}


class Refused(Exception):
    """`ok: false` with this error code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.answer: Answer = {"ok": False, "error": code, **more}


class Methods:
    """Answers method calls out of a workspace.

    Args:
        workspace: what there is.
        url: where this server is, for upload and socket addresses.
    """

    def __init__(self, workspace: Workspace, url: Callable[[], str]) -> None:
        self._all = workspace
        self._url = url
        self._methods: dict[str, Callable[[Arguments], Answer]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._ephemeral,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.info": self._info,
            "views.open": self._open_view,
            "views.update": self._update_view,
            "users.info": self._user,
            "usergroups.users.list": self._group,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete_upload,
        }

    def answer(self, method: str, arguments: Arguments) -> Answer:
        """The answer to a call, `ok: false` included."""
        found = self._methods.get(method)
        if found is None:
            return {"ok": False, "error": "unknown_method"}
        scope = SCOPE_OF.get(method)
        if scope is not None and scope not in self._all.scopes.split(","):
            return {"ok": False, "error": "missing_scope", "needed": scope, "provided": self._all.scopes}
        try:
            return {"ok": True, **found(arguments)}
        except Refused as refused:
            return refused.answer

    def _auth_test(self, _: Arguments) -> Answer:
        grid = {"enterprise_id": self._all.enterprise_id} if self._all.enterprise_id else {}
        return {"url": self._url(), "team": "sandbox", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, **grid}

    # messages

    def _channel(self, arguments: Arguments, name: str = "channel") -> str:
        channel = str(arguments.get(name, ""))
        if channel not in self._all.channels:
            raise Refused("channel_not_found")
        if channel in self._all.not_in:
            raise Refused("not_in_channel")
        if channel in self._all.archived:
            raise Refused("is_archived")
        return channel

    @staticmethod
    def _content(arguments: Arguments) -> tuple[str, list[dict[str, Any]], dict[str, Any] | None]:
        text, blocks, metadata = arguments.get("text"), arguments.get("blocks"), arguments.get("metadata")
        error = message_error(text, blocks) or metadata_error(metadata)
        if error is not None:
            raise Refused(error)
        return text or "", blocks or [], metadata

    def _post(self, arguments: Arguments) -> Answer:
        channel = self._channel(arguments)
        text, blocks, metadata = self._content(arguments)
        thread = arguments.get("thread_ts")
        if thread is not None and self._all.message(channel, thread) is None:
            raise Refused("thread_not_found")
        posted = Posted(channel, self._all.ts(), text, _with_ids(blocks), metadata, thread)
        posted.broadcast = bool(thread and arguments.get("reply_broadcast"))
        self._all.messages.append(posted)
        return {"channel": channel, "ts": posted.ts, "message": posted.as_json(metadata=True)}

    def _update(self, arguments: Arguments) -> Answer:
        channel = self._channel(arguments)
        posted = self._all.message(channel, str(arguments.get("ts", "")))
        if posted is None:
            raise Refused("message_not_found")
        text, blocks, metadata = self._content(arguments)
        posted.text = text
        posted.blocks = _with_ids(blocks) if arguments.get("blocks") is not None else posted.blocks
        posted.metadata = metadata or posted.metadata
        posted.edits += 1
        return {"channel": channel, "ts": posted.ts, "text": text}

    def _ephemeral(self, arguments: Arguments) -> Answer:
        self._channel(arguments)
        text, blocks, _ = self._content(arguments)
        user = str(arguments.get("user", ""))
        if user not in self._all.users:
            raise Refused("user_not_in_channel")
        self._all.ephemerals.append(Ephemeral(user, text, blocks))
        return {"message_ts": self._all.ts()}

    def _history(self, arguments: Arguments) -> Answer:
        channel = self._channel(arguments)
        oldest = float(arguments.get("oldest") or 0)
        newest_first = [one for one in reversed(self._all.in_channel(channel)) if float(one.ts) >= oldest]
        return self._page(newest_first, arguments)

    def _replies(self, arguments: Arguments) -> Answer:
        channel = self._channel(arguments)
        parent = self._all.message(channel, str(arguments.get("ts", "")))
        if parent is None:
            raise Refused("thread_not_found")
        return self._page([parent, *self._all.in_thread(channel, parent.ts)], arguments)

    @staticmethod
    def _page(found: list[Posted], arguments: Arguments) -> Answer:
        limit = min(int(arguments.get("limit") or 100), 999)
        start = int(arguments.get("cursor") or 0)
        metadata = str(arguments.get("include_all_metadata", "")).lower() in ("true", "1")
        end = start + limit
        more = end < len(found)
        return {
            "messages": [one.as_json(metadata=metadata) for one in found[start:end]],
            "has_more": more,
            "response_metadata": {"next_cursor": str(end) if more else ""},
        }

    def _info(self, arguments: Arguments) -> Answer:
        channel = str(arguments.get("channel", ""))
        if channel not in self._all.channels:
            raise Refused("channel_not_found")
        member, archived = channel not in self._all.not_in, channel in self._all.archived
        name = self._all.channels[channel]
        return {"channel": {"id": channel, "name": name, "is_member": member, "is_archived": archived}}

    # modals

    def _open_view(self, arguments: Arguments) -> Answer:
        user, ends = self._all.triggers.pop(str(arguments.get("trigger_id", "")), ("", 0.0))
        if not user:
            raise Refused("invalid_trigger_id")
        if self._all.now() > ends:
            raise Refused("expired_trigger_id")
        view = self._view(arguments)
        opened = OpenView(f"V{self._all.number()}", user, view)
        self._all.views[opened.id] = opened
        return {"view": {**view, "id": opened.id}}

    def _update_view(self, arguments: Arguments) -> Answer:
        opened = self._all.views.get(str(arguments.get("view_id", "")))
        if opened is None:
            raise Refused("not_found")
        opened.view = self._view(arguments)
        return {"view": {**opened.view, "id": opened.id}}

    @staticmethod
    def _view(arguments: Arguments) -> dict[str, Any]:
        view = arguments.get("view")
        view = json.loads(view) if isinstance(view, str) else view
        error = view_error(view)
        if error is not None:
            raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {error}"]})
        assert isinstance(view, dict)
        return view

    # people, files

    def _user(self, arguments: Arguments) -> Answer:
        user = self._all.users.get(str(arguments.get("user", "")))
        if user is None:
            raise Refused("user_not_found")
        return {"user": user.as_json()}

    def _group(self, arguments: Arguments) -> Answer:
        group = self._all.groups.get(str(arguments.get("usergroup", "")))
        if group is None:
            raise Refused("no_such_subteam")
        return {"users": list(group)}

    def _upload_url(self, arguments: Arguments) -> Answer:
        name, length = arguments.get("filename"), int(arguments.get("length") or 0)
        if not name or length < 1:
            raise Refused("invalid_arguments")
        file_id = f"F{self._all.number()}"
        self._all.uploads[file_id] = {"id": file_id, "name": name, "size": length, "content": None}
        return {"file_id": file_id, "upload_url": f"{self._url()}/upload/{file_id}"}

    def _complete_upload(self, arguments: Arguments) -> Answer:
        files = arguments.get("files") or "[]"
        wanted = json.loads(files) if isinstance(files, str) else files
        found = [self._all.uploads.get(str(one.get("id"))) for one in wanted]
        complete = [one for one in found if one is not None and one["content"] is not None]
        if not wanted or len(complete) < len(wanted):
            raise Refused("file_not_found")
        if arguments.get("channel_id"):
            channel = self._channel(arguments, "channel_id")
            posted = Posted(channel, self._all.ts(), "", [], None, arguments.get("thread_ts"), files=complete)
            self._all.messages.append(posted)
        return {"files": [{"id": one["id"], "title": one["name"]} for one in complete]}


def _with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Slack gives a block without an id one."""
    return [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]
