"""Describe endpoints: what they serve, how they are watched, the requests that are kept of them."""
