"""OpenAI: the model that looks at pictures and reads listings."""
