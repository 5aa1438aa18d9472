"""Half of Slack is a mistake that is told at the start, with its cure and without its secrets."""

import subprocess
import sys
from typing import Any

import pytest

from langraph.config.settings import load
from langraph.errors import BadSetting
from tests.support.doc_blocks import ROOT

TOKEN, APP_TOKEN, SECRET, CHANNEL = "xoxb-1-2-abc", "xapp-1-A-2", "0123456789abcdef", "C012AB3CD"
WHOLE = {"slack_bot_token": TOKEN, "slack_channel": CHANNEL, "slack_signing_secret": SECRET}


@pytest.mark.parametrize(
    "given",
    [
        {},
        WHOLE,
        {"slack_bot_token": TOKEN, "slack_channel": CHANNEL, "slack_app_token": APP_TOKEN},
        {**WHOLE, "slack_app_token": APP_TOKEN, "slack_fallback_channel": "G012AB3CD"},
    ],
)
def test_all_of_slack_or_nothing_of_it_is_fine(given: dict[str, Any]) -> None:
    assert (load(**given).slack_bot_token is None) == (not given)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"slack_channel": CHANNEL}, "SLACK_CHANNEL set without SLACK_BOT_TOKEN"),
        ({"slack_bot_token": TOKEN, "slack_app_token": APP_TOKEN}, "SLACK_BOT_TOKEN is set without SLACK_CHANNEL"),
        ({"slack_bot_token": TOKEN, "slack_channel": CHANNEL}, "set SLACK_SIGNING_SECRET for HTTP, or SLACK_APP_TOKEN"),
        ({**WHOLE, "slack_channel": "#incidents"}, "SLACK_CHANNEL='#incidents': is no channel id"),
        ({**WHOLE, "slack_bot_token": "xoxp-1-2-abc"}, "SLACK_BOT_TOKEN=...: starts not with xoxb-"),
        ({**WHOLE, "slack_app_token": TOKEN}, "SLACK_APP_TOKEN=...: starts not with xapp-"),
        ({**WHOLE, "slack_signing_secret": "  "}, "SLACK_SIGNING_SECRET=...: is empty"),
    ],
)
def test_half_of_it_is_refused_with_the_setting_and_the_cure(given: dict[str, Any], names: str) -> None:
    with pytest.raises(BadSetting) as refused:
        load(**given)
    said = str(refused.value)
    assert names.replace("...", "***") in said
    for secret in (TOKEN, "xoxp-1-2-abc", APP_TOKEN, SECRET):
        assert secret not in said


def test_nothing_of_slacks_libraries_is_loaded_unless_it_is_set_up() -> None:
    theirs = "('slack_sdk', 'slack_bolt', 'aiohttp')"
    loaded = f"import sys, langraph.main; print([m for m in sys.modules if m.split('.')[0] in {theirs}])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
