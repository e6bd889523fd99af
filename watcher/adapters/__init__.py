"""Adapters: one external system per file or folder; a library is named only here and in db."""
