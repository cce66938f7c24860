"""Have an uploaded model checked, in a process of its own: whatever becomes of that one is a verdict on the file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from automl.errors import ModelFileError
from automl.onnx.uploaded.check import too_large
from core.domain.records import Json
from worker.child.pipe import Pipe
from worker.messages.from_child import CheckModelResult
from worker.messages.to_child import CheckModelRequest

TIME_LIMIT_S = 60
MAX_MEMORY_BYTES = 4 << 30
SANDBOX = ["-m", "worker.child.model_sandbox"]
ROOT = Path(__file__).parents[2]


def model_check(request: CheckModelRequest, folder: Path, pipe: Pipe) -> CheckModelResult:
    """Return the summary of `model.onnx`."""
    memory_bytes = min(request.memory_limit_bytes, MAX_MEMORY_BYTES)
    answer = _ask(
        {
            "file": str(folder / "model.onnx"),
            "said": request.said,
            "background": request.background,
            "memory_bytes": memory_bytes,
            "cpu_s": TIME_LIMIT_S,
        }
    )
    if error := answer.get("error"):
        raise ModelFileError(error["reason"], error["detail"], error["hint"])
    return CheckModelResult(answer["summary"])


def _ask(request: Json) -> Json:
    try:
        process = subprocess.run(
            [sys.executable, *SANDBOX],
            input=json.dumps(request).encode() + b"\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            timeout=2 * TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise _too_slow() from exc
    if process.returncode == -signal.SIGXCPU:
        raise _too_slow()
    if process.returncode == -signal.SIGKILL:
        raise too_large()
    if process.returncode != 0:
        raise ModelFileError(
            "MODEL_CRASHED", "Computing it ended the process that tried it.",
            "Check that it runs under onnxruntime elsewhere, and export it again.",
        )  # fmt: skip
    answer: Json = json.loads(process.stdout)
    return answer


def _too_slow() -> ModelFileError:
    return ModelFileError(
        "MODEL_TOO_SLOW", f"Looking at it and predicting some rows took more than {TIME_LIMIT_S} s.",
        "Make the model smaller.",
    )  # fmt: skip
