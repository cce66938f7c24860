"""A dataset put together of parts: rows, keys, what columns hold."""
