"""Calls of pipelines and their runs."""
