"""Pipelines and their runs over HTTP."""
