"""Quotas, rate limits, and slots of concurrency."""
