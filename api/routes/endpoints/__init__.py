"""The HTTP routes of endpoints: themselves, and what lies below them."""
