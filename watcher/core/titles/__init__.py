"""Titles: whether a listing's title names the item that a query asks for."""
