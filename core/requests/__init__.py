"""Requests of endpoints kept as data, and the labels that came for them."""
