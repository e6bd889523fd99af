"""Outgoing calls: the guard, the HTTP client, the heartbeat."""

import sys

# httpx imports its own command line if it can, and with it rich and Pygments: 4 MB that no daemon needs.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None means "cannot be imported"
