"""Bodies and streams of HTTP: strict JSON, uploads, downloads, pages, server-sent events."""
