"""Prices: Counterpoint's price rules as one book."""
