"""Alertmanager asked for what is unresolved: its webhooks leave alerts out of long messages, and get lost."""

from collections.abc import Mapping

import httpx
import msgspec

from langraph.alertmanager import AlertSnapshot, parse_alert
from langraph.errors import BadInput, BadQuery, SourceUnavailable
from langraph.models.incident import Alert
from services.bounded_http import BoundedHttp, Endpoint


class AlertmanagerClient:
    """Reads `/api/v2/alerts`.

    Args:
        endpoint: where and how to ask (ALERTMANAGER_URL).
        transport: how bytes travel; None is the network.

    Raises:
        BadSetting: the URL makes no sense.
    """

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = BoundedHttp(endpoint, transport)
        self._where = f"{endpoint.setting}={endpoint.shown}"

    async def unresolved(self) -> tuple[Alert, ...]:
        """Every alert that is not resolved, silenced and inhibited ones included. Raises as `snapshot`."""
        now = await self.snapshot()
        return (*now.firing, *now.quiet)

    async def snapshot(self) -> AlertSnapshot:
        """The active alerts, and the silenced or inhibited ones as quiet: still firing, told to nobody.

        Raises:
            SourceUnavailable: not now.
            BadQuery: the address or the credentials are wrong.
        """
        answer = await self._http.ask("/api/v2/alerts", {})
        if 300 <= answer.status < 500 and answer.status not in (408, 425, 429):
            raise BadQuery(
                f"{self._where} refuses us ({answer.status}: {answer.sentence}); check address and credentials"
            )
        if answer.status != 200:
            said = f"{self._where} answered {answer.status}: {answer.sentence}"
            raise SourceUnavailable(said, retry_after=answer.retry_after)
        try:
            told = msgspec.json.decode(answer.body, type=list[dict[str, object]])
            states = [(_state(alert), _alert(alert, index)) for index, alert in enumerate(told)]
        except (msgspec.DecodeError, BadInput) as error:
            raise SourceUnavailable(f"{self._where} gave a broken list of alerts: {error}") from error
        active = tuple(alert for state, alert in states if state != "suppressed")
        return AlertSnapshot(active, tuple(alert for state, alert in states if state == "suppressed"))

    async def ready(self) -> None:
        """Ask for the alerts. Raises as `snapshot`."""
        await self.snapshot()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _state(alert: Mapping[str, object]) -> object:
    status = alert.get("status")
    return status.get("state") if isinstance(status, Mapping) else None


def _alert(alert: Mapping[str, object], index: int) -> Alert:
    return parse_alert(alert, f"[{index}]", firing=True, since="startsAt", source="alertmanager")
