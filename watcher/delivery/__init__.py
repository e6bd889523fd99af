"""Delivery: take messages from the outbox and hand them to channels."""
