"""eBay: the Browse and Marketplace Insights APIs and their tokens."""
