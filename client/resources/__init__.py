"""Offer the calls of the API, one module a noun."""
