"""Slack: webhooks, bot channels and message layout."""
