"""The engine: a data frame in, the best model for one of its columns out. No network, no service.

    from automl import AutoML
    model = AutoML(time_budget=60).fit(frame, target="y")
    model.predict(rows); model.reported_score_; model.save("model.nb")

Names are imported on first use: loading a bundle brings in neither the search nor the libraries it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl.errors import AutoMLError, BundleError, DataError, OutOfTime, SpecError
    from automl.estimator import AutoML
    from automl.inference.bundle import load
    from automl.inference.model import Model
    from automl.inspection.shapley import Explanation, explain
    from automl.postprocessing import DecisionRule
    from automl.preprocessing.columns.column_options import ColumnOptions
    from automl.search.callbacks import Callback
    from automl.search.trial import Trial

__all__ = [
    "AutoML",
    "AutoMLError",
    "BundleError",
    "Callback",
    "ColumnOptions",
    "DataError",
    "DecisionRule",
    "Explanation",
    "Model",
    "OutOfTime",
    "SpecError",
    "Trial",
    "explain",
    "load",
]

_HOME = {
    "AutoML": "estimator",
    "Callback": "search.callbacks",
    "ColumnOptions": "preprocessing.columns.column_options",
    "DecisionRule": "postprocessing",
    "Explanation": "inspection.shapley",
    "Model": "inference.model",
    "Trial": "search.trial",
    "explain": "inspection.shapley",
    "load": "inference.bundle",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'automl' has no attribute {name!r}")
    return getattr(import_module(f"automl.{_HOME.get(name, 'errors')}"), name)
