"""Takes work off the queues, has a child process do it, and reports.

In the parent: `worker` takes and claims, `lease_keeper` keeps the claim alive, `handlers` says what is done for
which kind of task, under a `supervisor` that watches over a `child_process`. In the child, with a pipe and a folder and
nothing else: the package `child`. What goes over the pipe: the package `messages`.
"""
