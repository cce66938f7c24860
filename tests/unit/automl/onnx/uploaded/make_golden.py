"""Make the ONNX files that other libraries' usual converters write, and what those libraries predict, in `golden/`.

The converters are in no lock file: they are run in an environment of their own.

    python3.11 -m venv converters
    converters/bin/pip install skl2onnx onnxmltools onnxruntime scikit-learn lightgbm xgboost-cpu
    converters/bin/python tests/unit/automl/onnx/uploaded/make_golden.py [FOLDER]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent / "golden"
N_COLUMNS, N_ROWS, N_KEPT = 4, 300, 12
OPSETS = {"": 18, "ai.onnx.ml": 3}


def table(seed: int = 0) -> tuple[Any, Any, Any]:
    """Numbers (n, 4), which of three classes each row is of, and a number to predict."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N_ROWS, N_COLUMNS)).astype(np.float32)
    score = x[:, 0] + 0.5 * x[:, 1] ** 2 + rng.normal(scale=0.2, size=N_ROWS)
    return x, np.digitize(score, [0.0, 1.0]), 100 + 10 * score


def sklearn_models() -> dict[str, Callable[[], tuple[Any, Any]]]:
    """Each name with a function that returns a fitted estimator and its ONNX model."""
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, classes, value = table()
    words = np.array(["low", "middle", "high"])[classes]

    def converted(estimator: Any, target: Any, **options: Any) -> Callable[[], tuple[Any, Any]]:
        def convert() -> tuple[Any, Any]:
            from skl2onnx import to_onnx

            fitted = estimator.fit(x, target)
            chosen = {id(fitted): options} if options else None
            return fitted, to_onnx(fitted, x[:1], options=chosen, target_opset=OPSETS)

        return convert

    return {
        "sklearn_logistic": converted(make_pipeline(StandardScaler(), LogisticRegression()), classes > 0),
        "sklearn_forest": converted(RandomForestClassifier(5, max_depth=4, random_state=0), words, zipmap=False),
        "sklearn_boosting": converted(GradientBoostingClassifier(n_estimators=5, random_state=0), words),
        "sklearn_neighbours": converted(KNeighborsClassifier(3), classes),
        "sklearn_network": converted(MLPClassifier((8,), max_iter=50, random_state=0), classes),
        "sklearn_linear": converted(LinearRegression(), value),
        "sklearn_forest_regression": converted(RandomForestRegressor(5, max_depth=3, random_state=0), value),
    }


def mixed_pipeline() -> tuple[Any, Any, list[dict[str, Any]]]:
    """A pipeline of named columns, numbers and text, as a data frame has them."""
    import pandas as pd
    from skl2onnx import to_onnx
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    x, classes, _ = table()
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"age": x[:, 0], "income": x[:, 1], "town": rng.choice(["Rome", "Oslo", "Bern"], N_ROWS)})
    columns = make_column_transformer(
        (StandardScaler(), ["age", "income"]), (OneHotEncoder(handle_unknown="ignore"), ["town"])
    )
    fitted = make_pipeline(columns, LogisticRegression()).fit(frame, np.where(classes > 0, "yes", "no"))
    return fitted, to_onnx(fitted, frame[:1], target_opset=OPSETS), frame[:N_KEPT].to_dict("records")


def boosters() -> dict[str, Callable[[], tuple[Any, Any]]]:
    """LightGBM's and XGBoost's models, by onnxmltools."""
    import lightgbm
    import onnxmltools
    import xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    x, classes, value = table()
    types = [("input", FloatTensorType([None, N_COLUMNS]))]
    few: dict[str, Any] = {"n_estimators": 5, "max_depth": 3}

    def converted(estimator: Any, target: Any, convert: Callable[..., Any]) -> Callable[[], tuple[Any, Any]]:
        return lambda: (fitted := estimator.fit(x, target), convert(fitted, initial_types=types, target_opset=15))

    light = onnxmltools.convert_lightgbm
    xgb = onnxmltools.convert_xgboost
    return {
        "lightgbm_binary": converted(lightgbm.LGBMClassifier(**few, verbose=-1), (classes > 0).astype(int), light),
        "lightgbm_multiclass": converted(lightgbm.LGBMClassifier(**few, verbose=-1), classes, light),
        "lightgbm_regression": converted(lightgbm.LGBMRegressor(**few, verbose=-1), value, light),
        "xgboost_binary": converted(xgboost.XGBClassifier(**few), (classes > 0).astype(int), xgb),
        "xgboost_multiclass": converted(xgboost.XGBClassifier(**few), classes, xgb),
        "xgboost_regression": converted(xgboost.XGBRegressor(**few), value, xgb),
    }


def expected(estimator: Any, rows: Any) -> dict[str, Any]:
    """What the estimator itself predicts."""
    answer: dict[str, Any] = {"predictions": estimator.predict(rows).tolist()}
    if hasattr(estimator, "predict_proba"):
        answer["classes"] = estimator.classes_.tolist()
        answer["probabilities"] = estimator.predict_proba(rows).tolist()
    return answer


def main(folder: Path) -> None:
    """Write every file."""
    folder.mkdir(parents=True, exist_ok=True)
    x, _, _ = table()
    kept: dict[str, Any] = {}
    for name, make in {**sklearn_models(), **boosters()}.items():
        estimator, model = make()
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
        kept[name] = expected(estimator, x[:N_KEPT])
    estimator, model, records = mixed_pipeline()
    (folder / "sklearn_mixed.onnx").write_bytes(model.SerializeToString())
    import pandas as pd

    kept["sklearn_mixed"] = {"records": records, **expected(estimator, pd.DataFrame(records))}
    (folder / "expected.json").write_text(json.dumps({"rows": x[:N_KEPT].tolist(), "models": kept}, indent=None))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
