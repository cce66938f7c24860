"""Logs, metrics, traces and the backlog."""
