"""The API's own description: OpenAPI with problems, keys, examples, and the table of endpoints made from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from api.auth import OPEN_PATHS
from api.problems import MEDIA_TYPE
from api.schemas import Problem

_REASONS = {
    400: "The body is not JSON",
    401: "An API key is needed",
    403: "Not allowed to this person, or from there",
    404: "There is no such incident",
    409: "Somebody decided first, or the proposal is expired, replaced or closed",
    413: "The body is too large",
    415: "The body is not sent as JSON",
    422: "The input does not fit, or a guardrail says no",
    500: "A bug in langraph; its log says more",
    503: "Something langraph depends on is away; try again after `Retry-After`",
}
_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for its `responses`."""
    content = {MEDIA_TYPE: {"schema": _SCHEMA}}
    return {status: {"description": _REASONS[status], "content": content} for status in statuses}


EVERYWHERE = problems(401, 403, 422, 500, 503)


class DescribedApp(FastAPI):
    """FastAPI whose description tells of problems and keys, too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi())
        return self.openapi_schema


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs", {}))
    schemas["Problem"] = made
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "The secret of an API key."},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same, for simple tools."},
    }
    for path, _, operation in _operations(document):
        operation["security"] = [] if path in OPEN_PATHS else [{"bearer": []}, {"header": []}]
        if "requestBody" in operation:
            operation["responses"] |= {str(status): one for status, one in problems(400, 413, 415).items()}
        for status in _never_answered(path, operation):
            operation["responses"].pop(status, None)
        operation["responses"] = dict(sorted(operation["responses"].items()))
    return document


def _never_answered(path: str, operation: Mapping[str, Any]) -> tuple[str, ...]:
    """What cannot happen where no key is asked for, or nothing is sent that might not fit."""
    asks_nothing = "requestBody" not in operation and not operation.get("parameters")
    return (("401", "403") if path in OPEN_PATHS else ()) + (("422",) if asks_nothing else ())


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the table of endpoints."""

    method: str
    path: str
    summary: str
    is_open: bool
    """Whether it is answered without a key."""
    statuses: tuple[str, ...]


def endpoints(document: Mapping[str, Any]) -> list[Endpoint]:
    """The table of endpoints, by path."""
    rows = [
        Endpoint(method, path, operation["summary"], path in OPEN_PATHS, tuple(operation["responses"]))
        for path, method, operation in _operations(document)
    ]
    return sorted(rows, key=lambda row: (row.path, row.method))
