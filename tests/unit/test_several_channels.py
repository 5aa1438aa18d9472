"""People in two places: each revision once beside, whatever the main channel does."""

import pytest

from langraph.errors import ChannelUnavailable
from langraph.models.incident import Incident, Proposal
from langraph.ports import Message
from services.several_channels import SeveralChannels
from tests.support.proposals import incident


class Notes:
    """A channel that writes down what it is shown."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        self.seen: list[tuple[int, str | None]] = []
        self.is_down = False

    async def show(self, message: Message, incident: Incident, proposal: Proposal | None) -> str:
        if self.is_down:
            raise ChannelUnavailable("down")
        self.seen.append((message.revision, message.remote_ref))
        return self.ref


def message(revision: int, ref: str | None = None) -> Message:
    return Message("incident:a", "a", "incident", remote_ref=ref, revision=revision)


async def test_the_main_channels_place_is_the_one_that_is_kept() -> None:
    both = SeveralChannels(Notes("C1:1.1"), Notes("console"))
    assert await both.show(message(1), incident(), None) == "C1:1.1"


async def test_beside_each_revision_is_shown_once_while_the_main_channel_is_down() -> None:
    main, beside = Notes("C1:1.1"), Notes("console")
    both = SeveralChannels(main, beside)
    main.is_down = True
    for revision in (1, 1, 1, 2):
        with pytest.raises(ChannelUnavailable):
            await both.show(message(revision), incident(), None)
    assert beside.seen == [(1, None), (2, "console")]
    main.is_down = False
    await both.show(message(2), incident(), None)
    assert main.seen == [(2, None)]
    assert len(beside.seen) == 2
