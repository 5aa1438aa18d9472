"""The style, the script, the icon: each under an address that changes with its content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
PREFIX = "/static"


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, small enough to be kept in memory."""

    data: bytes
    media_type: str
    digest: str
    """16 hex digits of its sha256."""


def _read() -> Mapping[str, Asset]:
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in TYPES:
            data = path.read_bytes()
            found[path.name] = Asset(data, TYPES[path.suffix], hashlib.sha256(data).hexdigest()[:16])
    return found


ASSETS = _read()
"""By file name; nothing else of the folder is served, so no path can lead out of it."""


def address(name: str) -> str:
    """Where a browser finds the file, for ever the same bytes."""
    return f"{PREFIX}/{name}?v={ASSETS[name].digest}"
