"""Transport, bodies, downloads and server-sent events."""
