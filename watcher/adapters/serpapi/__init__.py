"""SerpAPI: the fallback for comps."""
