"""The child process's side of each task: it computes, and holds no credentials."""
