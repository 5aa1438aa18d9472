"""People in two places: the terminal always, Slack as well where it is set up."""

from collections import OrderedDict
from dataclasses import replace

from langraph.models.incident import Incident, Proposal
from langraph.ports import ApprovalChannel, Message

REMEMBERED = 5_000  # messages whose present revision has been shown beside; forgotten ones are shown again


class SeveralChannels:
    """`ports.ApprovalChannel` over a main channel, whose refs are kept, and one beside it.

    The one beside shows each revision once, also while the main channel does not answer.
    """

    def __init__(self, main: ApprovalChannel, beside: ApprovalChannel) -> None:
        self._main = main
        self._beside = beside
        self._shown: OrderedDict[str, tuple[int, str]] = OrderedDict()

    async def show(self, message: Message, incident: Incident | None, proposal: Proposal | None) -> str:
        revision, ref = self._shown.pop(message.op_id, (None, message.remote_ref))
        if revision != message.revision:
            ref = await self._beside.show(replace(message, remote_ref=ref), incident, proposal)
        assert ref is not None
        self._shown[message.op_id] = (message.revision, ref)
        if len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)
        return await self._main.show(message, incident, proposal)
