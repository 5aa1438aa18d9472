"""What the terminal says, and how often."""

from dataclasses import replace

import pytest

from langraph.models.incident import Incident, Outcome, Status
from langraph.models.text import Text
from langraph.ports import Message
from services.console_channel import ConsoleChannel
from tests.support.nouns import NOON, proposal
from tests.support.proposals import incident

LIVE = Message("incident:1", "1", "incident")


class Terminal:
    def __init__(self, locale: str = "en") -> None:
        self.lines: list[str] = []
        self._channel = ConsoleChannel(self.lines.append, locale=locale, page="http://127.0.0.1:8000")

    async def show(self, one: Incident, message: Message = LIVE) -> None:
        await self._channel.show(message, one, proposal(one.id))


def asking(**changes: object) -> Incident:
    return incident(status=Status.AWAITING_APPROVAL, proposal_digest="d", **changes)


async def test_a_question_says_what_to_type() -> None:
    terminal = Terminal()
    await terminal.show(asking())
    assert f"langraph incidents approve {incident().id}" in terminal.lines[0]
    assert "+    memory: 1Gi" in terminal.lines[0]


async def test_a_count_alone_is_not_said_again() -> None:
    terminal = Terminal()
    for count in (1, 2, 3):
        await terminal.show(asking(count=count))
    assert len(terminal.lines) == 1


async def test_each_step_is_one_line() -> None:
    terminal = Terminal()
    await terminal.show(asking())
    await terminal.show(replace(asking(), status=Status.APPLYING))
    await terminal.show(replace(asking(), status=Status.VERIFYING, commits=("abcdef1234567890",)))
    assert terminal.lines[1:] == [
        f"{incident().id}: ✅ approved - committing…",
        f"{incident().id}: ✅ committed; ⏳ verifying the recovery… (commit abcdef123456)",
    ]


async def test_a_fault_that_comes_back_is_said_each_time_it_has_doubled() -> None:
    terminal = Terminal()
    ended = incident(status=Status.NOT_RECOVERED, outcome=Outcome(Status.NOT_RECOVERED, NOON, Text("no", "아니오")))
    for refires in range(9):
        await terminal.show(replace(ended, refires=refires))
    assert ["4× more" in line for line in terminal.lines] == [False, False, False, True, False]


async def test_a_notice_is_said_as_it_is() -> None:
    terminal = Terminal("ko")
    await terminal.show(incident(), replace(LIVE, kind="notice", note=Text("wait", "기다리는 중")))
    assert terminal.lines == ["🔔 기다리는 중"]


@pytest.mark.parametrize("status", [Status.DETECTED, Status.DIAGNOSING])
async def test_what_passes_in_a_moment_is_not_said(status: Status) -> None:
    terminal = Terminal()
    await terminal.show(incident(status=status))
    assert terminal.lines == []


async def test_a_notice_about_langraph_itself_needs_no_incident() -> None:
    lines: list[str] = []
    channel = ConsoleChannel(lines.append, locale="en", page="")
    await channel.show(Message("gap:1", None, "notice", note=Text("lines lost", "로그 유실")), None, None)
    assert lines == ["🔔 lines lost"]
