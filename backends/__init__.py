"""Adapters of the ports in `core.ports`, one file per technology; `open` picks them by the settings."""
