"""ONNX sessions for serving: one thread each, since a server has many requests at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from automl.resources import usable_cpus

BLOCK_ROWS = 2_048
"""Rows that one thread predicts at a time, as in the engine."""

Feed = Mapping[str, npt.NDArray[Any]]


def open_session(content: bytes, *, foreign: bool = False) -> onnxruntime.InferenceSession:
    """Open an ONNX file's content, to run on the processor.

    Args:
        content: of the file.
        foreign: whether it comes from elsewhere: its failures are no news for the log, and memory is
            given back after each run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = not foreign
    options.log_severity_level = 4 if foreign else 3  # warnings are about graphs that a person has drawn
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_output(session: onnxruntime.InferenceSession, output: str, feed: Feed, n_rows: int) -> npt.NDArray[Any]:
    """Return an output (n_rows, …) of the session; many rows are shared out among the cores.

    Args:
        session: to run.
        output: its name.
        feed: inputs (n_rows, …) by name.
        n_rows: number of rows.
    """

    def run(start: int) -> Any:
        return session.run([output], {name: rows[start : start + BLOCK_ROWS] for name, rows in feed.items()})[0]

    if n_rows <= BLOCK_ROWS:
        return np.asarray(session.run([output], feed)[0])
    with ThreadPoolExecutor(usable_cpus()) as pool:
        return np.concatenate(list(pool.map(run, range(0, n_rows, BLOCK_ROWS))))
