"""The marshmallow schemas of requests and responses: one module a noun of the URL."""
