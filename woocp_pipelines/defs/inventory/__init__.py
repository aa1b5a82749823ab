"""Inventory: Counterpoint's quantities in the store."""
