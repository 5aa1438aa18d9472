"""The simulated Slack's channel as a page that one can press on, so that the demo needs no workspace. Pure."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from services.sandbox.slack_workspace import CHANNEL, Ephemeral, OpenView, Posted, User, Workspace

REFRESH_SECONDS = 2  # the page has no script; while a window is open it stays as it is
SHOWN_EPHEMERALS = 3

STYLE = """
body{font:15px/1.46 system-ui,sans-serif;margin:0;color:#1d1c1d;background:#f8f8f8}
header{background:#3f0e40;color:#fff;padding:10px 20px;font-weight:600}
main{max-width:820px;margin:16px auto;padding:0 16px}
.message{background:#fff;border:1px solid #ddd;border-radius:8px;padding:10px 16px;margin:0 0 14px}
.only{background:#fffbe6}.window{border:2px solid #1264a3}
h2{font-size:17px;margin:4px 0}p{margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:#f4f4f4;border:1px solid #ddd;border-radius:4px;padding:8px;
overflow-x:auto;font-size:12.5px;margin:6px 0}
.plus{color:#116329;background:#dafbe1}.minus{color:#82071e;background:#ffebe9}
form{display:inline}button{font:inherit;padding:4px 12px;margin:2px 6px 2px 0;border-radius:4px;border:1px solid #bbb;
background:#fff;cursor:pointer}button.primary{background:#007a5a;color:#fff;border-color:#007a5a}
button.danger{color:#e01e5a;border-color:#e01e5a}label{display:block;font-weight:600;margin:8px 0 2px}
fieldset{border:0;padding:0;margin:8px 0}legend{font-weight:600}fieldset label{font-weight:400}
input[type=text],textarea{width:100%;box-sizing:border-box;font:inherit;padding:5px}small{color:#616061}
.error{color:#e01e5a}details{margin-top:6px}
"""


def page(workspace: Workspace, user: User) -> str:
    """The channel as this person sees it, newest message last."""
    views = [view for view in workspace.views.values() if view.user == user.id]
    body = "".join(_message(workspace, one) for one in workspace.in_channel(CHANNEL))
    told = [one for one in workspace.ephemerals if one.user == user.id][-SHOWN_EPHEMERALS:]
    body += "".join(_ephemeral(number, one) for number, one in enumerate(told))
    body += "".join(_window(view) for view in views[-1:])
    refresh = "" if views else f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
    name = html.escape(workspace.channels[CHANNEL])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{refresh}<title>Slack (simulated)</title>'
        f"<style>{STYLE}</style></head><body><header># {name} &nbsp; (simulated Slack, you are "
        f"{html.escape(user.name)})</header><main>{body or '<p>No messages yet.</p>'}"
        '<form method="post" action="/command"><label for="command">Command</label>'
        '<input id="command" type="text" name="text" placeholder="/incidents list"> <button>Send</button></form>'
        "</main></body></html>"
    )


def _message(workspace: Workspace, one: Posted) -> str:
    thread = workspace.in_thread(one.channel, one.ts)
    replies = "".join(_reply(reply) for reply in thread)
    below = f"<details><summary>{len(thread)} in the thread</summary>{replies}</details>" if thread else ""
    hidden = f'<input type="hidden" name="ts" value="{html.escape(one.ts)}">'
    return f'<div class="message">{_content(one.text, one.blocks, "/act", hidden)}{below}</div>'


def _reply(one: Posted) -> str:
    files = "".join(
        f"<p>📎 {html.escape(str(file['name']))}</p>{_lines(str(file.get('content') or ''))}" for file in one.files
    )
    return _content(one.text, one.blocks, "", "") + files


def _ephemeral(number: int, one: Ephemeral) -> str:
    hidden = f'<input type="hidden" name="only" value="{number}">'
    shown = _content(one.text, one.blocks, "/act", hidden)
    return f'<div class="message only"><small>Only visible to you</small>{shown}</div>'


def _content(text: str, blocks: Sequence[Mapping[str, Any]], action: str, hidden: str) -> str:
    if not blocks:
        return f"<pre>{_shown(text)}</pre>" if text else ""
    return "".join(_block(block, action, hidden) for block in blocks)


def _block(block: Mapping[str, Any], action: str, hidden: str) -> str:
    match block.get("type"):
        case "header":
            return f"<h2>{_shown(block['text']['text'])}</h2>"
        case "section":
            return f"<p>{_shown(block['text']['text'])}</p>"
        case "rich_text":
            return "".join(_lines("".join(part["text"] for part in one["elements"])) for one in block["elements"])
        case "actions" if action:
            return "".join(_pressable(element, action, hidden) for element in block["elements"])
    return ""


def _lines(text: str) -> str:
    """Literal lines, those of a diff in colour."""
    kinds = {"+": "plus", "-": "minus"}
    marked = []
    for line in text.split("\n"):
        kind = kinds.get(line[:1])
        shown = html.escape(line)
        marked.append(f'<span class="{kind}">{shown}</span>' if kind else shown)
    return f"<pre>{chr(10).join(marked)}</pre>"


def _pressable(element: Mapping[str, Any], action: str, hidden: str) -> str:
    label = element["text"]["text"] if "text" in element else element["options"][0]["text"]["text"]
    style = html.escape(element.get("style", ""))
    # The page has no script that could ask first: what Slack would ask is told while the mouse is over the button.
    asks = f' title="{html.escape(element["confirm"]["text"]["text"])}"' if "confirm" in element else ""
    action_id = html.escape(element["action_id"])
    return (
        f'<form method="post" action="{action}">{hidden}'
        f'<button class="{style}"{asks} name="action_id" value="{action_id}">{_shown(label)}</button>'
        "</form>"
    )


def _window(opened: OpenView) -> str:
    view = opened.view
    fields = "".join(_field(block, opened.errors) for block in view["blocks"])
    send = f"<button class='primary'>{_shown(view['submit']['text'])}</button>" if "submit" in view else ""
    return (
        f'<div class="message window"><h2>{_shown(view["title"]["text"])}</h2>'
        f'<form method="post" action="/submit">{fields}{send}</form>'
        f'<form method="post" action="/close"><button>{_shown(view["close"]["text"])}</button></form></div>'
    )


def _field(block: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    if block.get("type") != "input":
        return _block(block, "", "")
    name, element = html.escape(block["block_id"]), block["element"]
    label = f'<label for="{name}">{_shown(block["label"]["text"])}</label>'
    value = html.escape(element.get("initial_value", ""))
    error = f'<p class="error">{html.escape(errors[block["block_id"]])}</p>' if block["block_id"] in errors else ""
    if element["type"] == "radio_buttons":
        return f"<fieldset><legend>{_shown(block['label']['text'])}</legend>{_radios(name, element)}{error}</fieldset>"
    if element["type"] == "checkboxes":
        option = element["options"][0]
        box = f'<input id="{name}" type="checkbox" name="{name}" value="{html.escape(option["value"])}">'
        return f"{label}{box} {_shown(option['text']['text'])}"
    if element.get("multiline"):
        field = f'<textarea id="{name}" name="{name}" rows="3">{value}</textarea>'
    else:
        field = f'<input id="{name}" type="text" name="{name}" value="{value}">'
    hint = f"<small>{_shown(block['hint']['text'])}</small>" if "hint" in block else ""
    return f"{label}{field}{hint}{error}"


def _radios(name: str, element: Mapping[str, Any]) -> str:
    return "".join(
        f'<label><input type="radio" name="{name}" value="{html.escape(option["value"])}" required> '
        f"{_shown(option['text']['text'])} <small>{_shown(option['description']['text'])}</small></label>"
        for option in element["options"]
    )


def _shown(text: str) -> str:
    """Slack's three entities are characters to the reader; to the browser they must be entities again."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return html.escape(plain)
