"""OpenAI: the model that looks at pictures."""
