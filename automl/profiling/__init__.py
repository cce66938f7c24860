"""Profiles of tables, and the checks of a target before training."""
