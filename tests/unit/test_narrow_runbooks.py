"""Runbooks of a few messages each, whose point is the setting that the message is about."""

from pathlib import Path

import pytest
import yaml

from langraph.models.incident import LogEvent
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load

KEY = b"k" * 16
CASES = yaml.safe_load((Path(__file__).parent / "narrow_runbooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load())


@pytest.mark.parametrize("runbook", CASES)
def test_the_message_is_the_settings_and_its_look_alikes_are_not(recogniser: Recogniser, runbook: str) -> None:
    def found(text: str) -> str | None:
        seen = recogniser.event(LogEvent(text, 1, "loki", {"app": "shop"}), KEY)
        return seen.runbook if seen else None

    meant, others = CASES[runbook]["yes"], CASES[runbook]["no"]
    assert [text for text in meant if found(text) != runbook] == []
    assert [text for text in others if found(text) == runbook] == []
