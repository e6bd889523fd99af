"""Polling: claim due searches, fetch answers, evaluate watches, record the result."""
