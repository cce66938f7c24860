"""The target: its task, its classes, and what to tell of it."""
