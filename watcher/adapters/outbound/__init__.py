"""Outgoing calls: the guard, the HTTP client, the heartbeat."""
