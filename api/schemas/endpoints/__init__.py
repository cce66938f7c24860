"""The marshmallow schemas of endpoints, and of what lies below them."""
