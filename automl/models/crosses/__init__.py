"""Feature crosses and target means, for the families that may use them."""
