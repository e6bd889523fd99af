"""Watches: registry, explanation, back-test."""
