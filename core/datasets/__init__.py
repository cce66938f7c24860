"""Datasets: uploads, profiles, corrections, and checks of a target."""
