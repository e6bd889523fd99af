"""An event-driven price-watch and alerting daemon for eBay comps."""
