"""Takes work off the queues, has a child process do it, and reports.

In the parent: `worker` takes and claims, `lease_keeper` keeps the claim alive, `handlers` says what conducts a child
(`child_process`) at which kind of task. In the child, with a pipe and a folder and nothing else: the package `child`.
"""
