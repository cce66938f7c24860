"""A model of each table with its reference, fitted once and kept, and the requests that it answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split

from automl import AutoML
from automl.inference.bundle import load, save
from automl.inference.model import Model
from automl.monitoring import request_columns as columns
from automl.monitoring.window import WatchedVersion
from automl.reference.reference import Reference
from benchmarks.engine.tables import TEST_SHARE, Table


@dataclass(frozen=True)
class ServedModel:
    """A model and the rows of its table that it has not seen.

    Attributes:
        table: it was fitted on.
        split: 0 is the table's own cut, others are further ones of the same shares.
        model: fitted on the training part.
        reference: of it.
        test: the other rows, with the target.
        unseen: those of them whose inputs no training row has.
    """

    table: Table
    split: int
    model: Model
    reference: Reference
    test: pd.DataFrame
    unseen: pd.DataFrame

    @property
    def version(self) -> WatchedVersion:
        return WatchedVersion(self.reference, self.model.summary)

    def requests(self, rows: pd.DataFrame, *, labelled: bool = True) -> pa.Table:
        """Return these rows as requests that the model answered."""
        features = [feature["name"] for feature in self.model.features_]
        raw = self.model.predict_raw(rows)
        answers = self.model.to_prediction(raw)
        numbers = self.model.task == "regression"
        kind = pa.float64() if numbers else pa.string()
        # As labels are compared: what the target's cells say, not what they are.
        truth = rows[self.table.target].tolist() if labelled else [None] * len(rows)
        return pa.table(
            {
                columns.ID: [f"r{i}" for i in range(len(rows))],
                columns.VERSION: pa.array([1] * len(rows), pa.int32()),
                **{
                    columns.input_column(name): pa.array(rows[name], from_pandas=True)
                    for name in features
                    if name in rows
                },
                columns.PREDICTION: pa.array([_cell(answer, numbers) for answer in answers.tolist()], kind),
                columns.PROBABILITIES: pa.array(
                    [None] * len(rows) if numbers else raw.tolist(), pa.list_(pa.float64())
                ),
                columns.LABEL: pa.array([_cell(label, numbers) for label in truth], kind),
            }
        )


def _cell(value: Any, numbers: bool) -> Any:
    if value is None:
        return None
    return float(value) if numbers else str(value).strip()


def served_model(table: Table, split: int, seconds: float, folder: Path) -> ServedModel:
    """Return the model of a table, fitted unless it is there.

    Args:
        table: to fit on.
        split: which cut of it.
        seconds: budget of the fit.
        folder: that models are kept in.
    """
    train, test = table.train(), table.test()
    if split:
        whole = pd.concat([train, test], ignore_index=True)
        classes = None if table.task == "regression" else whole[table.target]
        train, test = train_test_split(whole, test_size=TEST_SHARE, random_state=split, stratify=classes)
    place = folder / f"{table.name}-{split}-{seconds:g}s"
    if not (place / "ready").exists():
        place.mkdir(parents=True, exist_ok=True)
        estimator = AutoML(time_budget=seconds, task=table.task, seed=split).fit(train, target=table.target)
        save(estimator.model_, place / "model.nb")
        estimator.reference_.save(place / "reference.parquet")
        (place / "ready").write_text(json.dumps(estimator.reported_score_))
    reference = Reference.load(place / "reference.parquet")
    model, test = load(place / "model.nb"), test.reset_index(drop=True)
    return ServedModel(table, split, model, reference, test, unseen_rows(test, train, table.target))


def unseen_rows(test: pd.DataFrame, train: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the test rows whose inputs no training row has: those a model remembers, which no estimate can know."""
    inputs = [name for name in train if name != target]
    seen = pd.MultiIndex.from_frame(test[inputs]).isin(pd.MultiIndex.from_frame(train[inputs]))
    return test[~seen].reset_index(drop=True)


def important_columns(served: ServedModel) -> list[str]:
    """Return the columns that help the model, the most important first."""
    return [each["feature"] for each in served.model.summary["importance"] if each["importance"] > 0]


def as_order(served: ServedModel, column: str) -> np.ndarray:
    """Return where each unseen row stands along a column: its number, date or code of label, or length of text."""
    feature = next(each for each in served.model.features_ if each["name"] == column)
    from automl.monitoring.columns.column_cells import readers
    from automl.monitoring.columns.feature_matrix import feature_matrix

    return feature_matrix(readers(served.reference.rows, [feature]), served.unseen).values[:, 0]
