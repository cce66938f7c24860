"""The settings of a fit, as one value: the parameters of `AutoML` that the phases read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


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
        exclude_columns: columns not to use.
        positive_class: label of the positive class in binary tasks; None for the affirmative word, else the rarer one.
        group_column: rows with the same value here never stand on both sides of a split; not used as a feature.
        time_column: models are validated on rows later than those they learned from.
        max_predict_ms: limit for the prediction of one row; None is about 10 ms.
    """

    target: str
    task: str = "auto"
    metric: str = "auto"
    seed: int = 0
    n_jobs: int = 2
    models: Sequence[str] | None = None
    types: Mapping[str, str] | None = None
    exclude_columns: Collection[str] = ()
    positive_class: object = None
    group_column: str | None = None
    time_column: str | None = None
    max_predict_ms: float | None = None
