"""Somebody with a browser and no script: opens pages, fills in their forms."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from tests.support.counter import CounterWorld, as_, counter_world

_TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"')
_DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


@dataclass(slots=True)
class Browser:
    """One person's browser."""

    world: CounterWorld
    client: httpx.AsyncClient

    async def opens(self, address: str, *, status: int = 200, **headers: str) -> str:
        """The page's HTML."""
        answer = await self.client.get(address, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text

    async def sends(self, address: str, page: str, **fields: str) -> httpx.Response:
        """A form of that page."""
        token = _TOKEN.search(page)
        assert token
        return await self.client.post(address, data={"csrf": token[1], **fields})

    async def decides(self, incident_id: str, action: str, **fields: str) -> httpx.Response:
        """Opens the incident, fills in a form of it."""
        page = await self.opens(f"/incidents/{incident_id}")
        digest = _DIGEST.search(page)
        assert digest, "the page asks for no decision"
        return await self.sends(f"/incidents/{incident_id}/decide", page, action=action, digest=digest[1], **fields)


@asynccontextmanager
async def browser(
    folder: Path, *, policy: bytes | None = None, key: str = "", keys: tuple[str, ...] = (), locale: str = "en"
) -> AsyncIterator[Browser]:
    """A world with a browser in it.

    Args:
        folder: for the ledger.
        policy: instead of the usual one, where local:operator may decide.
        key: the API key that the browser shows.
        keys: those that are known.
        locale: as configured.
    """
    async with counter_world(folder, keys=keys, locale=locale) as world:
        if policy is not None:
            world.git.person_pushes({"helm-values/policy.yaml": policy})
        async with world.client() as client:
            client.headers.update(as_(key) if key else {})
            yield Browser(world, client)


def said(html: str) -> str:
    """What a reader sees: no tags, no entities, single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def a_record(number: int, at: datetime, **other: Any) -> tuple[str, Mapping[str, object]]:
    """An incident as git remembers it: its id and its metadata."""
    incident_id = f"incident-{at:%Y%m%d%H%M%S}-{number:06x}"
    return incident_id, {
        "schema_version": 1,
        "id": incident_id,
        "status": "recovered",
        "severity": "high",
        "category": "oom",
        "app": "grafana",
        "namespace": "monitoring",
        "first_line": "java.lang.OutOfMemoryError",
        "count": 3,
        "opened_at": at.isoformat(),
        "closed_at": (at + timedelta(minutes=40)).isoformat(),
        "root_cause": {"en": "It ran out of memory.", "ko": "메모리 부족이 발생했습니다."},
        "decision": {
            "action": "approve",
            "by": "api:alice",
            "name": "alice",
            "at": (at + timedelta(minutes=5)).isoformat(),
        },
        "commits": ["a" * 40],
        **other,
    }


def pushed(world: CounterWorld, *records: tuple[str, Mapping[str, object]], **files: str) -> None:
    """Put records on the branch."""
    made = {f"examples/{name}/metadata.json": json.dumps(metadata).encode() for name, metadata in records}
    world.git.person_pushes({**made, **{path: text.encode() for path, text in files.items()}})
