"""Makes the golden bundles: `python -m tests.unit.automl.make_golden` in the checkout.

One small bundle a family. They are made anew only when the bundle's format changes, never to make a test pass: that
bundles of earlier versions load and answer the same is what the test is about.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from automl.inference.bundle import save
from automl.inference.model import Member
from automl.models import FAMILIES, get_family
from automl.models.base import FitData, Params, TaskSpec
from tests.unit.automl.small_models import small_model, table, target

FOLDER = Path(__file__).parent / "golden"
ROUNDS = 6
TASK = {"linear": "regression", "text": "binary", "xgboost": "multiclass", "random_forest": "regression"}
LEAST: dict[str, Params] = {
    "neural": {"width": 64, "depth": 1, "epochs": 8},
    "neighbours": {"k": 5},
    "catboost": {"depth": 4, "crosses": True},
    "lightgbm": {"num_leaves": 6},
    "xgboost": {"max_depth": 3},
}


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for family in FAMILIES:
        task, with_text = TASK.get(family, "binary"), family == "text"
        base = small_model("constant", task, with_text=with_text)
        features = base.encoder.encode(base.preprocessor.transform(table(with_text)))
        y = target(task)
        wanted = base.scale.transform(y) if task == "regression" else y
        problem = TaskSpec(task, len(base.labels), "rmse" if task == "regression" else "log_loss")  # type: ignore[arg-type]
        params = {**get_family(family).defaults(problem)[0], **LEAST.get(family, {})}
        rows = np.arange(0, len(features), 2)
        fold = FitData(features.take(rows), wanted[rows], time.monotonic() + 120, rounds=ROUNDS)
        fitted = get_family(family).fit(params, problem, fold)
        save(replace(base, members=(Member(f"{family}-1", family, 1.0, (fitted,)),)), FOLDER / f"{family}.nb")
        print(family, (FOLDER / f"{family}.nb").stat().st_size)


if __name__ == "__main__":
    main()
