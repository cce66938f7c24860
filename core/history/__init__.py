"""Permanent logs: the activity of each user, and the audit log."""
