"""Slack: all that imports slack_sdk and slack_bolt."""
