"""Slack: where people are told and asked; the only importer of slack_sdk and slack_bolt."""

from services.slack_client.checking import NEEDED_SCOPES, check_slack
from services.slack_client.client import Slack, SlackConfig, Wishes, open_slack
from services.slack_client.commands import Line
from services.slack_client.finding import Kept, fits

__all__ = ["NEEDED_SCOPES", "Kept", "Line", "Slack", "SlackConfig", "Wishes", "check_slack", "fits", "open_slack"]
