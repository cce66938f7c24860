"""Logs that are kept: the activity of each user, and the audit log."""
