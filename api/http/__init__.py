"""HTTP both ways: bodies of requests, downloads, pages of lists, server-sent events, connections."""
