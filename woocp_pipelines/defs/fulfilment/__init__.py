"""Fulfilment: Counterpoint's shipments in the store."""
