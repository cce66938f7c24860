"""Offer the client as commands."""
