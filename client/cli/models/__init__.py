"""Offer the commands about models: look at them, decide by them, predict."""
