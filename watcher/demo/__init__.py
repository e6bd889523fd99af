"""The simulated market of `watcher demo`: listings as eBay's API sends them, and a Slack webhook."""
