"""Meters for StatsD and Prometheus, and one that sends to several."""
