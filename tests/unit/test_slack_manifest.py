"""The manifest and the guide that are shipped ask for what the code uses, no more, no less."""

import re
from typing import Any

import pytest
import yaml

from api.auth import SLACK_PATHS
from services.slack_client import NEEDED_SCOPES
from tests.support.doc_blocks import ROOT


@pytest.fixture
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "slack-manifest.yaml").read_text("utf-8"))
    return found


def test_it_asks_for_exactly_the_scopes_that_are_checked(manifest: dict[str, Any]) -> None:
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(NEEDED_SCOPES)


def test_its_commands_are_those_that_are_answered(manifest: dict[str, Any]) -> None:
    source = (ROOT / "services" / "slack_client" / "inbound.py").read_text("utf-8")
    answered = re.findall(r'app\.command\("([^"]+)"\)', source)
    assert sorted(one["command"] for one in manifest["features"]["slash_commands"]) == sorted(answered)


def test_its_addresses_are_those_that_are_open_for_slack(manifest: dict[str, Any]) -> None:
    urls = [one["url"] for one in manifest["features"]["slash_commands"]]
    urls.append(manifest["settings"]["interactivity"]["request_url"])
    assert {url.removeprefix("https://langraph.example.com") for url in urls} == SLACK_PATHS


def test_it_keeps_slacks_limits(manifest: dict[str, Any]) -> None:
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert all(len(one["description"]) <= 2_000 for one in manifest["features"]["slash_commands"])


def test_the_guide_says_what_each_scope_is_for() -> None:
    page = (ROOT / "docs" / "slack.md").read_text("utf-8")
    assert dict(re.findall(r"^\| `([a-z]+:[a-z]+|commands)` \| (.+) \|$", page, re.MULTILINE)) == dict(NEEDED_SCOPES)
