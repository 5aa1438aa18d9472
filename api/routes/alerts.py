"""Alertmanager's webhook."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import JsonValue

from api.counter import Asking, TheCounter
from api.schemas import AlertsAnswer
from api.strict_json import StrictRoute
from langraph.alertmanager import alerts_from_webhook

router = APIRouter(prefix="/api/alerts", tags=["alerts"], route_class=StrictRoute)

EXAMPLE = {
    "version": "4",
    "groupKey": '{}:{alertname="KubePodCrashLooping"}',
    "status": "firing",
    "receiver": "langraph",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": "cart-0", "severity": "warning"},
            "annotations": {"summary": "Pod is crash looping."},
            "startsAt": "2026-11-20T08:30:00.000Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
    ],
}


@router.post("", summary="Take an Alertmanager webhook (version 4)")
async def take_alerts(
    body: Annotated[dict[str, JsonValue], Body(examples=[EXAMPLE])], counter: TheCounter, _: Asking
) -> AlertsAnswer:
    """Firing and resolved alerts. Answered when they are durable; the same message again changes nothing."""
    alerts = alerts_from_webhook(body)
    done = await counter.reception.alerts(alerts)
    return AlertsAnswer(received=len(alerts), incidents=[*done.opened, *done.touched])
