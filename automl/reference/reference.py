"""The reference of a model: some of its training rows, with what it says of each when it has not seen it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from automl._typing import Array
from automl.evaluation.profit_curve import Gains, profit_curve
from automl.parsing.vectorized import TEXT
from automl.postprocessing import DecisionRule
from automl.reference.file_format import check_format, damaged

FORMAT = 1
"""Of the file: raised whenever a column, a name or a meaning in it changes."""
_METADATA = b"nobrains.reference"


@dataclass(frozen=True)
class Reference:
    """Rows that a model was fitted on, and its out-of-fold output for them.

    Attributes:
        rows: n training rows with the columns that the model reads, raw; long texts are cut.
        y: (n,) labels as text, spelled as in `labels`; or numbers.
        output: (n, k) calibrated probabilities by columns in the order of `labels`, each row's summing to 1; or (n,)
            numbers. Of models that have not seen the row, in the blend of the finished model.
        fold: (n,) the fold whose models have not seen the row.
        labels: of the k classes; [] for regression.
        task: binary, multiclass or regression.
        target: name of the target's column.
        class_multipliers: k factors of the probabilities when the model chooses a class; () for regression.
    """

    rows: pd.DataFrame
    y: Array
    output: npt.NDArray[np.float64]
    fold: npt.NDArray[np.int16]
    labels: list[str]
    task: str
    target: str
    class_multipliers: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    @property
    def codes(self) -> npt.NDArray[np.int64]:
        """The class (n,) of each row as its place in `labels`."""
        places = {label: code for code, label in enumerate(self.labels)}
        return np.array([places[label] for label in self.y], dtype=np.int64)

    @property
    def chosen(self) -> npt.NDArray[np.int64]:
        """The class (n,) that the model answers for each row, as its place in `labels`."""
        return np.asarray((self.output * (self.class_multipliers or 1.0)).argmax(axis=1), dtype=np.int64)

    def profit_curve(
        self, gains: Gains, positive: str | None = None, rule: DecisionRule | None = None, *, seed: int = 0
    ) -> dict[str, Any]:
        """Compute what each threshold earns on these rows, as `automl.evaluation.profit_curve.profit_curve`.

        Args:
            gains: what answers are worth.
            positive: the label that is called at and above a threshold; None for the model's positive class.
            rule: by which labels are answered at present; None for the model's own.
            seed: of the bootstrap.

        Raises:
            SpecError: `DECISION_NEEDS_TWO_CLASSES`, `UNKNOWN_POSITIVE_CLASS`.
        """
        named = positive if positive is not None else rule.positive if rule else self.labels[-1] if self.labels else ""
        DecisionRule(named, 0.5).class_multipliers(self.labels)  # It says what is wrong.
        code = self.labels.index(named)
        multipliers = rule.class_multipliers(self.labels) if rule else self.class_multipliers
        own = multipliers[1 - code] / sum(multipliers)
        # Without the hair's breadth that a rule's threshold is lowered by.
        own = rule.threshold if rule and rule.positive == named else own
        return profit_curve(self.codes == code, self.output[:, code], gains, own, seed=seed)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a Parquet file."""
        outputs = self.output.reshape(len(self), -1)
        columns = {
            **{f"x.{name}": pa.array(self.rows[name], from_pandas=True) for name in self.rows},
            "y": pa.array(self.y.tolist(), pa.string() if self.labels else pa.float64()),
            "fold": pa.array(self.fold, pa.int16()),
            **{f"output.{i}": pa.array(outputs[:, i], pa.float64()) for i in range(outputs.shape[1])},
        }
        about = {
            "format": FORMAT, "task": self.task, "target": self.target, "labels": self.labels,
            "class_multipliers": self.class_multipliers,
        }  # fmt: skip
        table = pa.table(columns).replace_schema_metadata({_METADATA: json.dumps(about)})
        pq.write_table(table, path, compression="zstd")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Reference:
        """Read what `save` wrote.

        Raises:
            OSError: the file cannot be read.
            BundleError: `REFERENCE_DAMAGED`, `REFERENCE_FORMAT`.
        """
        try:
            # As one file: told the path alone, it would read the names of the folders as columns.
            with open(path, "rb") as file:
                table = pq.read_table(file)
            about = json.loads(table.schema.metadata[_METADATA])
            check_format(about["format"], FORMAT)
            return _assemble(table, about)
        except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
            raise damaged(path, error) from error


def _assemble(table: pa.Table, about: dict[str, Any]) -> Reference:
    names = [name for name in table.column_names if name.startswith("x.")]
    rows = table.select(names).to_pandas(types_mapper=lambda kind: TEXT if pa.types.is_large_string(kind) else None)
    rows.columns = pd.Index([name.removeprefix("x.") for name in names])
    outputs = [table.column(name).to_numpy() for name in table.column_names if name.startswith("output.")]
    y = table.column("y")
    return Reference(
        rows,
        np.array(y.to_pylist(), dtype=object) if about["labels"] else y.to_numpy(),
        np.column_stack(outputs) if about["labels"] else outputs[0],
        table.column("fold").to_numpy(),
        list(about["labels"]),
        about["task"],
        about["target"],
        tuple(about["class_multipliers"]),
    )
