"""The HTTP API: routes, authentication, and one shape for every error."""
