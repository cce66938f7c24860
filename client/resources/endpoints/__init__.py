"""Offer the calls on endpoints: versions and traffic, predictions, the log of requests, the monitor."""
