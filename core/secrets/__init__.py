"""Secrets that users keep for their sources: passwords, keys, credentials of buckets."""
