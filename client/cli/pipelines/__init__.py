"""Offer the commands about pipelines and their runs."""
