"""Adapters of the `Tables` port: SQLite and Bigtable."""
