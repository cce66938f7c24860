"""Transformers of single columns, frozen dataclasses of JSON values."""
