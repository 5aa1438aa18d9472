"""What a form of ours sends: fields by name, read strictly, each once."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

from langraph.errors import BadInput

MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 200  # the largest form, a modify, has one for each of at most 50 values


def is_form(content_type: str | None) -> bool:
    """Whether a body of this type is a form that we read."""
    return (content_type or "").partition(";")[0].strip().lower() == MEDIA_TYPE


def parse_form(body: bytes) -> Mapping[str, str]:
    """The fields of a form.

    Raises:
        BadInput: not UTF-8, too many fields, or one of them twice.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise BadInput(f"the form cannot be read; send at most {MAX_FIELDS} fields, as UTF-8") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise BadInput("a field of the form is there twice; send each once")
    return fields


async def form_of(request: Request) -> Mapping[str, str]:
    """The form that the request brings; empty when it brings something else.

    Raises:
        BadInput: the form cannot be read.
    """
    return parse_form(await request.body()) if is_form(request.headers.get("content-type")) else {}
