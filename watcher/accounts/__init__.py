"""Users, people who sign in, their tokens, sessions and sign-in links."""
