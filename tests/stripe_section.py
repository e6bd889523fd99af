"""The part of a configuration by which plans are sold at the stand-in for Stripe."""

# To be formatted with `stripe`, its address, `key` and `secret`. A failure is not repeated.
STRIPE_SECTION = """
[stripe]
base_url = "{stripe}"
api_key = "{key}"
webhook_secret = "{secret}"
[retry.stripe]
max_retries = 0
"""
