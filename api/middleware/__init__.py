"""Stages that every request passes: authentication, scopes, limits, audit, problems, metrics, traces."""
