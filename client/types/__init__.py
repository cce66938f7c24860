"""The records that calls return."""
