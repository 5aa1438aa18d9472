"""The two plain pages: what this is, what it offers. No script, nothing from elsewhere.

A page that loads scripts from another host would let that host decide in the reader's name.
"""

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.counter import Locale
from api.openapi import endpoints
from langraph.models.text import Text

router = APIRouter(include_in_schema=False)

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "td,th{text-align:left;padding:.2rem 1rem .2rem 0}pre{background:#8882;padding:.5rem;overflow:auto}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_WHAT = Text(
    "langraph watches logs and metrics, finds the cause of incidents, and proposes the smallest change "
    "to the Helm values. Nothing is committed unless a person approves it.",
    "langraph는 로그와 메트릭을 지켜보며 인시던트의 원인을 찾고, Helm values에 대한 최소한의 변경을 제안합니다. "
    "담당자가 승인하기 전에는 아무것도 커밋하지 않습니다.",
)
_LINKS = (
    ("/docs", Text("What the API offers", "API 안내")),
    ("/api/incidents", Text("Incidents, as JSON", "인시던트 목록 (JSON)")),
    ("/ready", Text("Whether everything it needs is there", "구동 준비 상태")),
    ("/metrics", Text("Metrics, for Prometheus", "Prometheus용 메트릭")),
)
_ENDPOINTS = Text("What the API offers", "API 안내")
_COLUMNS = (Text("Method", "메서드"), Text("Path", "경로"), Text("What it does", "설명"), Text("Key", "API 키"))
_OPEN, _NEEDED = Text("not needed", "불필요"), Text("needed", "필요")
_BODIES = Text("Bodies, by example", "요청 본문 예시")


@router.get("/")
async def front(locale: Locale) -> HTMLResponse:
    """What this is, where to go on."""
    links = "".join(
        f'<li><a href="{href}">{escape(text.in_locale(locale))}</a> <code>{href}</code></li>' for href, text in _LINKS
    )
    return _page("langraph", f"<p>{escape(_WHAT.in_locale(locale))}</p><ul>{links}</ul>", locale)


@router.get("/docs")
async def reference(request: Request, locale: Locale) -> HTMLResponse:
    """The OpenAPI document as a page."""
    document: dict[str, Any] = request.app.openapi()
    head = "".join(f"<th>{escape(column.in_locale(locale))}</th>" for column in _COLUMNS)
    rows = "".join(
        f"<tr><td>{row.method}</td><td><code>{escape(row.path)}</code></td><td>{escape(row.summary)}</td>"
        f"<td>{escape((_OPEN if row.is_open else _NEEDED).in_locale(locale))}</td></tr>"
        for row in endpoints(document)
    )
    table = f'<p><a href="/openapi.json">openapi.json</a></p><table><tr>{head}</tr>{rows}</table>'
    return _page(_ENDPOINTS.in_locale(locale), table + _examples(document, locale), locale)


def _examples(document: dict[str, Any], locale: str) -> str:
    shown = "".join(
        f"<h3>{escape(name.removesuffix('Asked'))}</h3>"
        + "".join(
            f"<pre>{escape(json.dumps(one, indent=2, ensure_ascii=False))}</pre>" for one in schema.get("examples", ())
        )
        for name, schema in document["components"]["schemas"].items()
        if name.endswith("Asked") and schema.get("examples")
    )
    return f"<h2>{escape(_BODIES.in_locale(locale))}</h2>{shown}"


def _page(title: str, body: str, locale: str) -> HTMLResponse:
    html = (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})
