"""A stand-in for Stripe: its REST API, its hosted pages, and its signed webhooks."""
