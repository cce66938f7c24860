"""The model families, one file each; adding a family is adding its file, its line here and its name to `vocabulary`."""

from __future__ import annotations

from importlib import import_module

from automl.errors import SpecError
from automl.models.base import ModelFamily
from vocabulary import BASELINE

# Family -> module and class. Imported only when used: each costs up to seconds.
FAMILIES = {
    "constant": "constant:Constant",
    "linear": "linear.linear:Linear",
    "text": "linear.tfidf:TfidfLinear",
    "neighbours": "knn:KNearestNeighbors",
    "kernel": "kernel.kernel:Kernel",
    "random_forest": "forest.forest:RandomForest",
    "extra_trees": "forest.forest:ExtraTrees",
    "lightgbm": "boosting.lightgbm:LightGBM",
    "catboost": "boosting.catboost:CatBoost",
    "xgboost": "boosting.xgboost:XGBoost",
    "neural": "neural.mlp:MLP",
}

_loaded: dict[str, ModelFamily] = {}


def get_family(name: str) -> ModelFamily:
    """Return the family of a name.

    Raises:
        SpecError: `UNKNOWN_MODEL`.
    """
    if name not in FAMILIES:
        raise SpecError("UNKNOWN_MODEL", f"There is no model family {name!r}.", f"Use some of {available_families()}.")
    if name not in _loaded:
        module, class_name = FAMILIES[name].split(":")
        _loaded[name] = getattr(import_module(f"automl.models.{module}"), class_name)()
    return _loaded[name]


def available_families() -> list[str]:
    """Return the families a user may name: all but the constant, which is always there as the baseline."""
    return [name for name in FAMILIES if name != BASELINE]
