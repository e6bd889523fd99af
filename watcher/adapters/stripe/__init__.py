"""Stripe: checkouts, the customer portal, subscriptions, and its signed events."""
