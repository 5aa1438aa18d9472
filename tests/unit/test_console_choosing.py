"""What the terminal says where only a person can know which value is meant."""

from dataclasses import replace

import pytest

from langraph.asking import question
from langraph.models.incident import FileEdit, Status
from langraph.models.text import Text
from langraph.ports import Message
from services.console_channel import ConsoleChannel
from tests.support.nouns import proposal
from tests.support.proposals import incident
from tests.support.questions import INGESTER, QUERIER, TWO


@pytest.mark.parametrize(("locale", "how"), [("en", "--set PATH=VALUE"), ("ko", "--set 경로=값")])
async def test_each_value_is_listed_with_what_to_type_and_nothing_is_to_be_approved(locale: str, how: str) -> None:
    asked = incident(status=Status.AWAITING_APPROVAL, proposal_digest="d")
    one = proposal(asked.id)
    each = [
        replace(one, changes=(option,), edits=(FileEdit(option.file, "b" * 40, TWO, TWO),))
        for option in (INGESTER, QUERIER)
    ]
    lines: list[str] = []
    channel = ConsoleChannel(lines.append, locale=locale, page="http://127.0.0.1:8000")
    await channel.show(Message("incident:1", asked.id, "incident"), asked, question(Text("either", "둘 중 하나"), each))
    for said in ("ingester.resources.limits.memory=2Gi", "querier.resources.limits.memory=4Gi", how):
        assert said in lines[0]
    assert "incidents approve" not in lines[0]
    assert "📝" not in lines[0]
