"""A process that looks at one ONNX file of a stranger's, and may come to any harm by it.

Run as `python -m worker.child.model_sandbox` with the request, a line of JSON, on its standard input: it has no network
where the kernel allows that, little memory, and seconds to live. The result, JSON too, is all of its standard output.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from typing import Any

from automl.errors import AutoMLError
from core.process import die_with_parent

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Check the file and send the result."""
    die_with_parent()
    request = json.loads(sys.stdin.readline())
    with os.fdopen(os.dup(1), "w") as answer, open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)  # libraries may print what they like
        isolate(request["cpu_s"])
        json.dump(check(request), answer)


def isolate(cpu_s: int) -> None:
    """Give up the network, files to write, and all but this much time. Before there is a second thread."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Root may do the one, other users the other; a kernel or container that forbids both leaves the network there.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    for kind, limit in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (limit, limit))


def limit_memory(memory_bytes: int) -> None:
    """Give up all memory but this much more than is taken now: libraries alone take half a gigabyte of addresses."""
    with open("/proc/self/statm") as file:
        taken_bytes = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken_bytes + memory_bytes,) * 2)


def check(request: dict[str, Any]) -> dict[str, Any]:
    """Return {summary}, or {error: {reason, detail, hint}}."""
    from automl.onnx.uploaded.check import check_file, too_large
    from automl.onnx.uploaded.options import UploadOptions

    limit_memory(request["memory_bytes"])
    try:
        with open(request["file"], "rb") as file:
            content = file.read()
        said = UploadOptions.from_json(request["said"])
        background = {each["column"]: each["cells"] for each in request["background"]}
        return {"summary": check_file(content, said, background)}
    except AutoMLError as exc:
        return _refusal(exc)
    except MemoryError:
        return _refusal(too_large())


def _refusal(error: AutoMLError) -> dict[str, Any]:
    return {"error": {"reason": error.reason, "detail": error.detail, "hint": error.hint}}


if __name__ == "__main__":
    main()
