"""Where Slack's requests arrive: what people press, what they type. Slack signs them; the gate lets them pass."""

from fastapi import APIRouter, Request, Response

from api.counter import TheCounter
from langraph.errors import NotFound

router = APIRouter(tags=["slack"], include_in_schema=False)


@router.post("/slack/events")
async def events(request: Request, counter: TheCounter) -> Response:
    """Buttons, windows, events."""
    return await _through(request, counter)


@router.post("/slack/commands")
async def commands(request: Request, counter: TheCounter) -> Response:
    """Slash commands."""
    return await _through(request, counter)


async def _through(request: Request, counter: TheCounter) -> Response:
    if counter.slack is None:
        raise NotFound("Slack is not set up here; set SLACK_BOT_TOKEN, SLACK_CHANNEL and SLACK_SIGNING_SECRET")
    return await counter.slack(request)
