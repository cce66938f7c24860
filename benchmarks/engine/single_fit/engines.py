"""The engines, all called the same way.

`fit` on the whole training table, `predict` labels or values, `proba` a matrix of shape (n, k) with the labels of its
columns. Each imports its library when it fits: only its own is installed.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pandas as pd

THREADS = 2


class NoBrains:
    """The project itself."""

    def fit(self, train: pd.DataFrame, target: str, task: str, seconds: float, seed: int, work: str) -> None:
        began = time.perf_counter()
        from automl import AutoML
        from automl.search.callbacks import NullCallback
        from automl.search.trial import Trial

        engine = self

        class Count(NullCallback):
            def trial_finished(self, trial: Trial) -> None:
                if trial.state != "complete" or trial.model == "constant":
                    return
                engine.trials[trial.model] += 1
                if engine.first_model_s is None:
                    engine.first_model_s = time.perf_counter() - began

        self.first_model_s: float | None = None
        self.trials: Counter[str] = Counter()
        self.model = AutoML(time_budget=seconds, task=task, seed=seed, n_jobs=THREADS)
        self.model.fit(train, target=target, callback=Count())

    def predict(self, rows: pd.DataFrame) -> Any:
        return self.model.predict(rows)

    def proba(self, rows: pd.DataFrame) -> tuple[Any, list[Any]]:
        return self.model.predict_proba(rows), list(self.model.classes_)


class FLAML:
    def fit(self, train: pd.DataFrame, target: str, task: str, seconds: float, seed: int, work: str) -> None:
        from flaml import AutoML

        self.model = AutoML()
        self.model.fit(
            X_train=train.drop(columns=target),
            y_train=train[target],
            task="regression" if task == "regression" else "classification",
            metric={"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[task],
            time_budget=seconds,
            n_jobs=THREADS,
            seed=seed,
            verbose=0,
        )

    def predict(self, rows: pd.DataFrame) -> Any:
        return self.model.predict(rows)

    def proba(self, rows: pd.DataFrame) -> tuple[Any, list[Any]]:
        return self.model.predict_proba(rows), list(self.model.classes_)


class AutoGluon:
    preset = "best_quality"

    def fit(self, train: pd.DataFrame, target: str, task: str, seconds: float, seed: int, work: str) -> None:
        from autogluon.tabular import TabularPredictor

        metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[task]
        self.model = TabularPredictor(label=target, path=work, verbosity=0, problem_type=task, eval_metric=metric)
        self.model.fit(train, time_limit=seconds, presets=self.preset, num_cpus=THREADS, num_gpus=0)

    def predict(self, rows: pd.DataFrame) -> Any:
        return self.model.predict(rows)

    def proba(self, rows: pd.DataFrame) -> tuple[Any, list[Any]]:
        found = self.model.predict_proba(rows)
        return found.to_numpy(), list(found.columns)


class AutoGluonMedium(AutoGluon):
    preset = "medium_quality"


class MLJar:
    def fit(self, train: pd.DataFrame, target: str, task: str, seconds: float, seed: int, work: str) -> None:
        from supervised.automl import AutoML

        y = train[target] if task == "regression" else train[target].astype(str)
        self.model = AutoML(
            results_path=f"{work}/results",
            total_time_limit=int(seconds),
            mode="Compete",
            ml_task={"binary": "binary_classification", "multiclass": "multiclass_classification"}.get(task, task),
            eval_metric={"binary": "auc", "multiclass": "logloss", "regression": "rmse"}[task],
            n_jobs=THREADS,
            random_state=seed,
            verbose=0,
        )
        self.model.fit(train.drop(columns=target), y)

    def predict(self, rows: pd.DataFrame) -> Any:
        return self.model.predict(rows)

    def proba(self, rows: pd.DataFrame) -> tuple[Any, list[Any]]:
        names = self.model.predict_all(rows.head(2)).columns
        labels = [name.removeprefix("prediction_") for name in names if name.startswith("prediction_")]
        return self.model.predict_proba(rows), labels


class H2O:
    def fit(self, train: pd.DataFrame, target: str, task: str, seconds: float, seed: int, work: str) -> None:
        import h2o
        from h2o.automl import H2OAutoML

        port = 54321 + os.getpid() % 2000
        h2o.init(nthreads=THREADS, max_mem_size="8G", bind_to_localhost=True, verbose=False, port=port)
        h2o.no_progress()
        self.h2o, self.work = h2o, work
        train.to_csv(f"{work}/train.csv", index=False)
        frame = h2o.import_file(f"{work}/train.csv")
        if task != "regression":
            frame[target] = frame[target].asfactor()
        self.types = {name: kind for name, kind in frame.types.items() if name != target}
        metric = {"binary": "AUC", "multiclass": "logloss", "regression": "RMSE"}[task]
        self.model = H2OAutoML(max_runtime_secs=int(seconds), seed=seed + 1, sort_metric=metric)
        self.model.train(y=target, training_frame=frame)

    def _answer(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows.to_csv(f"{self.work}/rows.csv", index=False)
        frame = self.h2o.import_file(f"{self.work}/rows.csv", col_types=self.types)
        found: pd.DataFrame = self.model.leader.predict(frame).as_data_frame(use_multi_thread=False)
        return found

    def predict(self, rows: pd.DataFrame) -> Any:
        return self._answer(rows)["predict"].to_numpy()

    def proba(self, rows: pd.DataFrame) -> tuple[Any, list[Any]]:
        found = self._answer(rows).drop(columns="predict")
        # H2O puts a p before classes that are numbers.
        numeric = [name[1:] if name[1:].lstrip("-").replace(".", "", 1).isdigit() else name for name in found.columns]
        return found.to_numpy(), numeric

    def close(self) -> None:
        self.h2o.cluster().shutdown()


ENGINES: dict[str, Callable[[], Any]] = {
    "nobrains": NoBrains,
    "autogluon": AutoGluon,
    "autogluon_medium": AutoGluonMedium,
    "flaml": FLAML,
    "h2o": H2O,
    "mljar": MLJar,
}
