"""The worker: take work off the queues, have a child process do it, and report.

In the parent: `worker` takes and claims, `lease_keeper` keeps the claim alive, `handlers` names the handler of
each kind of task, under a `supervisor` that watches over a `child_process`. In the child, with a pipe and a folder and
nothing else: the package `child`. The messages on the pipe: the package `messages`.
"""
