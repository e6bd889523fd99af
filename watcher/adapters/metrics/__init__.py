"""Where metrics go: StatsD, Prometheus, or both."""
