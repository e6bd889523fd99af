"""Monitoring: API health, incidents, checks of watcher itself, status."""
