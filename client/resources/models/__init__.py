"""Offer the calls on models: read, upload, decide, predict."""
