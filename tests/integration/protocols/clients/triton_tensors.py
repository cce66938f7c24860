"""Tensors of tritonclient, for both of its clients."""

from __future__ import annotations

from typing import Any

import numpy as np
from rows import COLUMNS, is_text
from tritonclient.http import InferInput, InferRequestedOutput


def tensors(*, binary: bool) -> list[Any]:
    made = []
    for name, cells in COLUMNS.items():
        if is_text(cells):
            array = np.array([(cell or "").encode() for cell in cells], dtype=object)
        else:
            array = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
        made.append(InferInput(name, list(array.shape), "BYTES" if is_text(cells) else "FP64"))
        made[-1].set_data_from_numpy(array, binary_data=binary)
    return made


def wanted(*, binary: bool) -> list[Any]:
    return [InferRequestedOutput(name, binary_data=binary) for name in ("label", "probabilities")]


def arrays(result: Any) -> dict[str, Any]:
    return {
        "label": result.as_numpy("label"),
        "probabilities": result.as_numpy("probabilities"),
        "version": result.get_response()["model_version"],
        "id": result.get_response()["id"],
    }
