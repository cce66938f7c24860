"""Columns that requests of endpoints lack, found by a key that they bring: rows of sources."""
