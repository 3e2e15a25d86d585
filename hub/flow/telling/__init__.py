"""Telling others what happened: webhooks to subscribers, alerts to people."""
