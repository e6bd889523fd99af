"""The simulated outside: a market that speaks eBay's contract, with SerpAPI and a Slack sink beside it."""
