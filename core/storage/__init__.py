"""Rows and blobs under the use cases: keys, codec, paging, write-ahead intents, idempotency."""
