"""The settings of a fit, as one value: the parameters of `AutoML` that the phases read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from automl.errors import SpecError
from automl.preprocessing.columns.column_options import ColumnOptions
from vocabulary import DEFAULT_MAX_PREDICT_MS


@dataclass(frozen=True)
class FitSpec:
    """State what to predict and how; every field but `target` is the parameter of `AutoML` of the same name.

    Attributes:
        target: the column to predict.
        task: binary, multiclass, regression, or auto.
        metric: what to be good at; auto is auc, log_loss or rmse by task.
        seed: random seed.
        n_jobs: threads.
        models: families to use; None is all that suit the table and the budget.
        types: column types to insist on, by column.
        column_options: how columns are read, by column; `types` is the short form of their types.
        exclude_columns: columns not to use.
        positive_class: label of the positive class in binary tasks; None for the affirmative word, else the rarer one.
        group_column: rows with the same value here never stand on both sides of a split; not used as a feature.
        time_column: models are validated on rows later than those they learned from.
        max_predict_ms: limit for what the models take for one row together; None or 0 is none.
    """

    target: str
    task: str = "auto"
    metric: str = "auto"
    seed: int = 0
    n_jobs: int = 2
    models: Sequence[str] | None = None
    types: Mapping[str, str] | None = None
    column_options: Mapping[str, ColumnOptions] | None = None
    exclude_columns: Collection[str] = ()
    positive_class: object = None
    group_column: str | None = None
    time_column: str | None = None
    max_predict_ms: float | None = DEFAULT_MAX_PREDICT_MS

    def __post_init__(self) -> None:
        """Check the limit.

        Raises:
            SpecError: `BAD_MAX_PREDICT_MS`.
        """
        limit = self.max_predict_ms
        if limit is not None and not (isinstance(limit, int | float) and limit >= 0):
            raise SpecError(
                "BAD_MAX_PREDICT_MS",
                f"A limit of {limit!r} ms for one row is not possible.",
                "Give a number of milliseconds, or None for no limit.",
            )

    @property
    def max_row_ms(self) -> float:
        """The limit for one row as a number: infinity where there is none."""
        return float(self.max_predict_ms or "inf")
