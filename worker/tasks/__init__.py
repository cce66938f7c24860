"""The parent's side of each task: what a worker does around its child process."""
