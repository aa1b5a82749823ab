"""Customers: the store's customers in Counterpoint."""
