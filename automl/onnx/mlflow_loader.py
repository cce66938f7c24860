"""Load a model of No Brains ML for MLflow: raw columns in, predictions out.

It needs NumPy, pandas and onnxruntime. `mlflow_model` puts this file and the readings that it imports into the model's
own folder, so that the engine is not needed where the model is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd

from automl.parsing.readings import cell_reader

DTYPES = {"float": np.float32, "double": np.float64, "string": np.object_}


class OnnxModel:
    """A graph, and how each of its inputs is read out of the cells of a column."""

    def __init__(self, path: str) -> None:
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        metadata = self._session.get_modelmeta().custom_metadata_map
        self._labels = json.loads(metadata["labels"])
        self._inputs = [
            (each["input"], each["column"], DTYPES[each["type"]], cell_reader(each["reading"]))
            for each in json.loads(metadata["inputs"])
        ]

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Return labels or numbers of n rows; a frame of probabilities where `params` has `probabilities`."""
        table = model_input if isinstance(model_input, pd.DataFrame) else pd.DataFrame(model_input)
        feed = {}
        for name, column, dtype, read in self._inputs:
            # An absent column is missing, as it is for the service.
            cells = table[column].tolist() if column in table.columns else [None] * len(table)
            feed[name] = np.array([read(cell) for cell in cells], dtype=dtype).reshape(len(table), 1)
        if not self._labels:
            return self._session.run(["prediction"], feed)[0]
        if (params or {}).get("probabilities"):
            [probabilities] = self._session.run(["probabilities"], feed)
            return pd.DataFrame(probabilities, index=table.index, columns=self._labels)
        return self._session.run(["label"], feed)[0]


def _load_pyfunc(path: str) -> OnnxModel:
    """Return the model; MLflow calls this with the path of the graph."""
    return OnnxModel(str(path))
