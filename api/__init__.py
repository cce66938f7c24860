"""Flask: HTTP in, JSON out; the web page."""
