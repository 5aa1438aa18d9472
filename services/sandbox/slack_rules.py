"""What Slack refuses: the limits of messages and views, from its reference of blocks and composition objects. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_BLOCKS, MOST_VIEW_BLOCKS = 50, 100
MOST_TEXT = 40_000  # characters of a message's `text`
MOST_BLOCKS_TEXT = 13_200  # characters of all blocks together; not documented, found by trying
MOST_METADATA = 3_000
LIMITS = {"section": 3_000, "header": 150, "button": 75, "option": 75, "label": 2_000, "hint": 2_000, "title": 24}
CONFIRM_LIMITS = {"title": 100, "text": 300, "confirm": 30, "deny": 30}

Json = Mapping[str, Any]


def message_error(text: object, blocks: object) -> str | None:
    """The error code of a message that Slack would refuse, None for a good one."""
    if text is not None and not isinstance(text, str):
        return "invalid_arguments"
    if not text and not blocks:
        return "no_text"
    if len(text or "") > MOST_TEXT:
        return "msg_too_long"
    if not blocks:
        return None
    if not isinstance(blocks, list) or next(_faults(blocks, MOST_BLOCKS, inputs=False), None) is not None:
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(map(len, _texts(blocks))) > MOST_BLOCKS_TEXT else None


def view_error(view: object) -> str | None:
    """What is wrong with a modal in one sentence, None for a good one."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return "type: must be modal"
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not blocks:
        return "blocks: missing"
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    faults = [
        *_text("title", view.get("title"), LIMITS["title"], plain=True),
        *(_text("submit", view["submit"], 24, plain=True) if "submit" in view else ()),
        *(_text("close", view["close"], 24, plain=True) if "close" in view else ()),
        *(["submit: missing beside an input"] if has_input and "submit" not in view else ()),
        *_length("private_metadata", view.get("private_metadata", ""), 3_000),
        *_length("callback_id", view.get("callback_id", ""), 255),
        *_faults(blocks, MOST_VIEW_BLOCKS, inputs=True),
    ]
    return faults[0] if faults else None


def block_faults(blocks: Sequence[Json]) -> list[str]:
    """Everything that is wrong with a message's blocks, in words; for tests that want to know why."""
    return list(_faults(blocks, MOST_BLOCKS, inputs=False))


def metadata_error(metadata: object) -> str | None:
    """As `message_error`, for a message's metadata."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        return "invalid_metadata_format"
    if not isinstance(metadata.get("event_payload"), dict):
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(metadata)) > MOST_METADATA else None


def _faults(blocks: Sequence[Any], most: int, *, inputs: bool) -> Iterator[str]:
    if len(blocks) > most:
        yield f"{len(blocks)} blocks, more than {most}"
    ids: list[str] = []
    for number, block in enumerate(blocks):
        if not isinstance(block, dict):
            yield f"block {number} is no object"
            continue
        yield from (f"block {number}: {fault}" for fault in _block(block, inputs))
        yield from _length("block_id", block.get("block_id", ""), 255)
        ids += [block["block_id"]] if "block_id" in block else []
    if len(set(ids)) < len(ids):
        yield "a block_id is there twice"


def _block(block: Json, inputs: bool) -> Iterator[str]:
    kind = block.get("type")
    if kind == "section":
        yield from _text("text", block.get("text"), LIMITS["section"])
    elif kind == "header":
        yield from _text("text", block.get("text"), LIMITS["header"], plain=True)
    elif kind == "divider":
        return
    elif kind == "context":
        yield from _some("elements", block.get("elements"), 10)
        for element in block.get("elements") or ():
            yield from _text("element", element, 3_000)
    elif kind == "actions":
        yield from _some("elements", block.get("elements"), 25)
        yield from _elements(block.get("elements") or ())
    elif kind == "rich_text":
        yield from _some("elements", block.get("elements"), 100)
        for element in block.get("elements") or ():
            yield from _rich(element)
    elif kind == "input" and inputs:
        yield from _input(block)
    else:
        yield f"unknown type {kind!r}"


def _rich(element: Json) -> Iterator[str]:
    if element.get("type") not in ("rich_text_section", "rich_text_preformatted", "rich_text_quote"):
        yield f"unknown rich text {element.get('type')!r}"
    parts: Sequence[Json] = element.get("elements") or ({},)
    for part in parts:
        if part.get("type") != "text" or not part.get("text"):
            yield "rich text: only texts that are not empty are known here"


def _elements(elements: Sequence[Json]) -> Iterator[str]:
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) < len(ids):
        yield "an action_id is there twice"
    for element in elements:
        yield from _length("action_id", element.get("action_id", ""), 255)
        if element.get("type") == "button":
            yield from _text("button", element.get("text"), LIMITS["button"], plain=True)
            yield from _length("value", element.get("value", ""), 2_000)
            if element.get("style", "primary") not in ("primary", "danger"):
                yield f"unknown style {element['style']!r}"
            yield from _confirm(element["confirm"]) if "confirm" in element else ()
        elif element.get("type") == "overflow":
            yield from _options(element, 5)
        else:
            yield f"unknown element {element.get('type')!r}"


def _confirm(dialog: Any) -> Iterator[str]:
    for name, most in CONFIRM_LIMITS.items():
        yield from _text(f"confirm {name}", (dialog or {}).get(name), most, plain=name != "text")


def _options(element: Json, most: int) -> Iterator[str]:
    yield from _some("options", element.get("options"), most)
    for option in element.get("options") or ():
        yield from _text("option", option.get("text"), LIMITS["option"])
        yield from _length("option value", option.get("value", ""), 75)
        yield from _text("description", option["description"], LIMITS["option"]) if "description" in option else ()


def _input(block: Json) -> Iterator[str]:
    yield from _text("label", block.get("label"), LIMITS["label"], plain=True)
    if "hint" in block:
        yield from _text("hint", block["hint"], LIMITS["hint"], plain=True)
    element = block.get("element") or {}
    yield from _length("action_id", element.get("action_id", ""), 255)
    if element.get("type") == "plain_text_input":
        yield from _length("initial_value", element.get("initial_value", ""), element.get("max_length", 3_000))
        if "placeholder" in element:
            yield from _text("placeholder", element["placeholder"], 150, plain=True)
        if not 1 <= element.get("max_length", 1) <= 3_000:
            yield "max_length must be 1 to 3,000"
    elif element.get("type") in ("checkboxes", "radio_buttons"):
        yield from _options(element, 10)
    else:
        yield f"unknown input {element.get('type')!r}"


def _text(name: str, found: Any, most: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(found, dict) or found.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{name}: no text object"
        return
    if plain and found["type"] != "plain_text":
        yield f"{name}: must be plain_text"
    text = found.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        yield f"{name}: must have 1 to {most} characters"


def _length(name: str, text: object, most: int) -> Iterator[str]:
    if not isinstance(text, str) or len(text) > most:
        yield f"{name}: more than {most} characters, or no text"


def _some(name: str, found: object, most: int) -> Iterator[str]:
    if not isinstance(found, list) or not 1 <= len(found) <= most:
        yield f"{name}: must have 1 to {most} entries"


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(found, list):
        for one in found:
            yield from _texts(one)
