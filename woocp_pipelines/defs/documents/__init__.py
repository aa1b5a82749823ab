"""Documents: staged orders in Counterpoint's books."""
