"""The way out: connections to servers that users name, guarded by `core.limits.outgoing`."""
