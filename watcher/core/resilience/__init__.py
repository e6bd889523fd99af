"""Pure parts of resilience: retry waits, breaker, retry budget, quota windows, plausibility."""
