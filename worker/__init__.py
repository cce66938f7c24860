"""Takes work off the queues, has a child process do it, and reports.

In the parent: `loop` takes and claims, `lease` keeps the claim alive, `training` and `errands` conduct a child
(`child`). In the child, with a pipe and a folder and nothing else: `task` and what it runs, `train` and `errand`.
"""
