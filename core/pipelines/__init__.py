"""Pipelines: what fetches, trains, compares and promotes by itself, and the runs of it."""
