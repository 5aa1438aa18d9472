"""Messages that widely used software documents are known by category, ordinary lines with their words are not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from langraph.models.incident import Alert, Category, LogEvent
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load


def cases(*names: str) -> list[tuple[str, list[str]]]:
    here = Path(__file__).parent
    return [
        (category, events)
        for name in names
        for category, events in yaml.safe_load((here / name).read_text(encoding="utf-8")).items()
    ]


CASES = cases("runbook_cases_documented.yaml", "runbook_cases_documented_2.yaml")
ALERTS = yaml.safe_load((Path(__file__).parent / "runbook_cases_alerts.yaml").read_text(encoding="utf-8"))
KEY = b"k" * 16


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load())


def seen(recogniser: Recogniser, text: str) -> str:
    found = recogniser.event(LogEvent(text, 1, "loki", {}), KEY)
    return found.category.value if found else "nothing"


def told(recogniser: Recogniser, name: str, **notes: str) -> str:
    alert = Alert(name, True, {"alertname": name}, notes, datetime(2025, 1, 2, tzinfo=UTC), "prometheus")
    found = recogniser.alert(alert, KEY)
    return found.category.value if found else "nothing"


def test_the_cases_name_known_categories() -> None:
    assert {Category(name) for name, _ in CASES if name != "nothing"}
    assert {Category(name) for name in ALERTS}


@pytest.mark.parametrize(("category", "events"), CASES)
def test_documented_messages_show_their_category(recogniser: Recogniser, category: str, events: list[str]) -> None:
    wrong = [(got, text) for text in events if (got := seen(recogniser, text)) != category]
    assert wrong == []


@pytest.mark.parametrize("category", ALERTS)
def test_alerts_in_peoples_own_words_show_their_category(recogniser: Recogniser, category: str) -> None:
    wrong = [(got, alert) for alert in ALERTS[category] if (got := told(recogniser, **alert)) != category]
    assert wrong == []
