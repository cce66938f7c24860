"""Training jobs: their specification, their events, and the use cases around them."""
