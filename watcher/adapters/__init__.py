"""Adapters: one outside thing per file or folder; a library is named only here and in db."""
