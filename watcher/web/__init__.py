"""The HTTP door: routes, tokens, and one shape for every failure. It knows no adapter."""
