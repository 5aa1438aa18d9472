"""The few kinds of block that our messages are made of. Built with Slack's own models, which refuse what Slack refuses.

Text from outside goes into `plain_text` (escaped) or into a preformatted rich text (literal), nowhere else.
"""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    ConfirmObject,
    HeaderBlock,
    InputBlock,
    InputInteractiveElement,
    Option,
    OverflowMenuElement,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from services.slack_client.escaping import clean, escaped, shortened

HEADER_CHARS = 150
SECTION_CHARS = 3_000
BUTTON_CHARS = 75
CONFIRM_TITLE_CHARS, CONFIRM_CHARS, CONFIRM_BUTTON_CHARS = 100, 300, 30
PLACEHOLDER_CHARS = 150
HINT_CHARS = 500  # Slack takes 2,000; nobody reads more below a field
LABEL_CHARS = 200
OPTION_CHARS = 75  # of its text, and of the smaller text below it
MOST_RADIOS = 10
INPUT_CHARS = 3_000


def plain(text: str, most: int) -> PlainTextObject:
    """Text in which Slack sees nothing but text: no mention, no link, no `:emoji:`."""
    return PlainTextObject(text=escaped(text, most) or " ", emoji=False)


def header(text: str) -> Block:
    """The large first line."""
    return HeaderBlock(text=plain(text, HEADER_CHARS))


def section(text: str, most: int = SECTION_CHARS) -> Block:
    """A paragraph."""
    return SectionBlock(text=plain(text, most))


def preformatted(text: str, most: int) -> Block:
    """Lines as they are, in a fixed width; rich text is literal, so nothing in it needs escaping."""
    literal = shortened(clean(text), most) or " "
    part = RichTextElementParts.Text(text=literal)
    return RichTextBlock(elements=[RichTextPreformattedElement(elements=[part])])


def button(
    label: str, action_id: str, value: str, style: str | None = None, confirm: ConfirmObject | None = None
) -> ButtonElement:
    """A button; its value is an opaque id."""
    text = plain(label, BUTTON_CHARS)
    return ButtonElement(text=text, action_id=action_id, value=value, style=style, confirm=confirm)


def confirmation(title: str, text: str, yes: str, no: str) -> ConfirmObject:
    """What Slack asks before a press counts."""
    return ConfirmObject(
        title=plain(title, CONFIRM_TITLE_CHARS),
        text=plain(text, CONFIRM_CHARS),
        confirm=plain(yes, CONFIRM_BUTTON_CHARS),
        deny=plain(no, CONFIRM_BUTTON_CHARS),
    )


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> OverflowMenuElement:
    """The menu behind the three dots: (label, value) each."""
    chosen = [Option(text=plain(label, BUTTON_CHARS), value=value) for label, value in options]
    return OverflowMenuElement(action_id=action_id, options=chosen)


def actions(block_id: str, elements: Sequence[ButtonElement | OverflowMenuElement]) -> Block:
    """A row of buttons."""
    return ActionsBlock(block_id=block_id, elements=list(elements))


def text_input(
    block_id: str,
    label: str,
    *,
    value: str | None = None,
    placeholder: str = "",
    hint: str = "",
    multiline: bool = False,
    optional: bool = False,
) -> Block:
    """A field to type into; what was typed comes back under `block_id`, action `value`."""
    element = PlainTextInputElement(
        action_id="value",
        initial_value=value,
        placeholder=plain(placeholder, PLACEHOLDER_CHARS) if placeholder else None,
        multiline=multiline,
        max_length=INPUT_CHARS,
    )
    return _input(block_id, label, element, hint, optional)


def checkbox(block_id: str, label: str, option: str) -> Block:
    """One box to tick; ticked, the option `yes` comes back."""
    element = CheckboxesElement(action_id="value", options=[Option(text=plain(option, BUTTON_CHARS), value="yes")])
    return _input(block_id, label, element, "", True)


def radios(block_id: str, label: str, options: Sequence[tuple[str, str]]) -> Block:
    """One of up to ten to choose, none chosen yet; the index of the chosen one comes back. (label, below it) each."""
    element = RadioButtonsElement(
        action_id="value",
        options=[
            Option(text=plain(name, OPTION_CHARS), value=str(number), description=plain(below, OPTION_CHARS))
            for number, (name, below) in enumerate(options[:MOST_RADIOS])
        ],
    )
    return _input(block_id, label, element, "", False)


def _input(block_id: str, label: str, element: InputInteractiveElement, hint: str, optional: bool) -> Block:
    return InputBlock(
        block_id=block_id,
        label=plain(label, LABEL_CHARS),
        element=element,
        hint=plain(hint, HINT_CHARS) if hint else None,
        optional=optional,
    )


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None,
    close: str,
    private_metadata: str = "",
) -> dict[str, Any]:
    """A window over Slack.

    Raises:
        SlackObjectFormationError: it breaks one of Slack's limits.
    """
    view = View(
        type="modal",
        callback_id=callback_id,
        title=PlainTextObject(text=title, emoji=False),
        submit=PlainTextObject(text=submit, emoji=False) if submit else None,
        close=PlainTextObject(text=close, emoji=False),
        blocks=list(blocks),
        private_metadata=private_metadata,
    )
    return dict(view.to_dict())


def as_json(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The blocks as Slack takes them.

    Raises:
        SlackObjectFormationError: one of them breaks one of Slack's limits.
    """
    return [dict(block.to_dict()) for block in blocks]
