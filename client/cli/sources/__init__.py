"""Offer the commands about sources."""
