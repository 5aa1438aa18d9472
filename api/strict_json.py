"""Bodies read as JSON and as nothing else: valid UTF-8, no NaN, no lone surrogates, bounded depth."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.exceptions import HTTPException


class StrictRequest(Request):
    """A request whose JSON keeps to RFC 8259. The standard library's parser takes more than that."""

    async def json(self) -> Any:
        """Raises: JSONDecodeError, which FastAPI turns into a validation error."""
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "", 0) from error


class StrictRoute(APIRoute):
    """A route that reads bodies strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if self.body_field is not None and await strict.body() and not _is_json(request):
                raise HTTPException(415, "the body must be JSON; send it with `Content-Type: application/json`")
            return await handle(strict)

        return strictly


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
