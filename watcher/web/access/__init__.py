"""Access: tokens, sessions, the rules without either, and the bound of requests."""
