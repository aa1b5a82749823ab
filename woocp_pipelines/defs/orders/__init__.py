"""Orders: the store's orders, staged."""
