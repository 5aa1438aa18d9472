"""Messages that widely used software documents are known by category, ordinary lines with their words are not."""

from pathlib import Path

import pytest
import yaml

from langraph.models.incident import Category, LogEvent
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load

CASES = yaml.safe_load((Path(__file__).parent / "runbook_cases_documented.yaml").read_text(encoding="utf-8"))
KEY = b"k" * 16


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load())


def seen(recogniser: Recogniser, text: str) -> str:
    found = recogniser.event(LogEvent(text, 1, "loki", {}), KEY)
    return found.category.value if found else "nothing"


def test_the_cases_name_known_categories() -> None:
    assert {Category(name) for name in CASES if name != "nothing"}


@pytest.mark.parametrize("category", CASES)
def test_documented_messages_show_their_category(recogniser: Recogniser, category: str) -> None:
    wrong = [(got, text) for text in CASES[category] if (got := seen(recogniser, text)) != category]
    assert wrong == []
