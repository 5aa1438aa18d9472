"""The channel of last resort: the terminal the daemon runs in."""

from collections.abc import Callable

from langraph.models.incident import Incident, Proposal, Status
from langraph.ports import Message
from langraph.redact import printable
from langraph.texts import announcing

REF = "console"
BRIEF = frozenset({Status.DETECTED, Status.DIAGNOSING})
"""Statuses that pass by themselves in a moment: no line for them."""


class ConsoleChannel:
    """`ports.ApprovalChannel` that writes plain lines, when something changed that somebody should know.

    A terminal cannot be edited, so counts are not repeated here; re-fires are, each time they have doubled.

    Args:
        write: takes one message.
        locale: `en` or `ko`.
        page: base URL of the API, for the hint where to look.
        program: how this langraph is typed.
    """

    def __init__(self, write: Callable[[str], None], *, locale: str, page: str, program: str = "langraph") -> None:
        self._write = write
        self._locale = locale
        self._page = page
        self._program = program
        self._shown: dict[str, tuple[Status, str | None, int]] = {}

    async def show(self, message: Message, incident: Incident | None, proposal: Proposal | None) -> str:
        if message.kind == "notice" and message.note is not None:
            self._write(f"🔔 {message.note.in_locale(self._locale)}")
            return REF
        assert incident is not None, "only a notice may come without an incident"
        now = (incident.status, incident.proposal_digest, incident.refires.bit_length())
        if incident.status in BRIEF or self._shown.get(incident.id) == now:
            return REF
        is_first = incident.id not in self._shown
        self._shown[incident.id] = now
        asks = incident.status is Status.AWAITING_APPROVAL
        self._write(self._whole(incident, proposal) if asks or is_first else self._brief(incident))
        return REF

    def _whole(self, incident: Incident, proposal: Proposal | None) -> str:
        text = announcing.as_plain_text(incident, proposal, self._locale, printable)
        if incident.status is not Status.AWAITING_APPROVAL:
            return f"\n{text}\n"
        asks = proposal is not None and proposal.is_question
        how = (announcing.how_to_choose if asks else announcing.how_to_decide)(incident, self._page, self._program)
        return f"\n{text}\n\n{how.in_locale(self._locale)}\n"

    def _brief(self, incident: Incident) -> str:
        line = f"{incident.id}: {announcing.STATUSES[incident.status].in_locale(self._locale)}"
        if incident.commits and incident.status is Status.VERIFYING:
            line += f" (commit {incident.commits[-1][:12]})"
        if incident.refires:
            line += f" ({announcing.again(incident.refires).in_locale(self._locale)})"
        if incident.outcome is not None:
            line += f" {printable(incident.outcome.reason.in_locale(self._locale))}"
        return line
