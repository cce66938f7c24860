"""One search on many workers: a leader and its helpers."""
