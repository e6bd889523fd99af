"""How often searches are polled: what polls teach, how calls are shared, and the pace of a day."""
