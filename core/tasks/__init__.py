"""The life of a task: queued, claimed, renewed, finished, taken over."""
