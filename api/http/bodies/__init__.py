"""Bodies of requests: strict JSON, forms, files and tables, packed or not, read as they come in."""
