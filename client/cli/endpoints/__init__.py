"""Offer the commands about endpoints: what they serve, what became of it, how they are."""
