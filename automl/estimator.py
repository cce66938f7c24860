"""`AutoML`: a table in, the best model for one of its columns out, within a time budget.

The phases are: prepare -> search (portfolio, then Optuna) -> ensemble -> refit -> explain. One `TimeBudget` rules all.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from automl.fit.finalize import finalize
from automl.fit.prepare import PreparedData, prepare
from automl.fit.reference import digest_training_rows, draw_reference
from automl.fitted_estimator import FittedEstimator
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.resources import Memory
from automl.search.callbacks import Callback, NullCallback
from automl.search.coordination import Coordinator, SingleProcess
from automl.search.model_library import ModelLibrary
from automl.search.portfolio import select_families
from automl.search.run import run_search
from automl.search.run_context import RunContext
from automl.search.trial import Trial
from automl.spec import FitSpec
from automl.time_budget import TimeBudget
from vocabulary import DEFAULT_MAX_PREDICT_MS


class AutoML(FittedEstimator):
    """Find, fit and blend models for one column of a table, in scikit-learn's manner.

    The constructor only stores its arguments; `fit` checks them. Attributes that end with an underscore exist after
    `fit`.

    Args:
        time_budget: seconds of wall time that `fit` may take.
        task: `binary`, `multiclass`, `regression`, or `auto` to infer it from the target.
        metric: name of the metric to optimise; `auto` is `auc`, `log_loss` or `rmse`, by task.
        seed: random seed, an integer.
        n_jobs: number of threads.
        models: names of the families to use; None is all that suit the table and the budget.
        types: mapping from a column's name to the type that it must have, instead of the inferred one.
        column_options: mapping from a column's name to a `ColumnOptions`: type, decimal sign, date order and unit.
        exclude_columns: names of columns not to use as features.
        positive_class: label of the positive class in binary tasks; None for the affirmative word, else the rarer one.
        group_column: rows with the same value here never stand on both sides of a split; not used as a feature.
        time_column: models are validated on rows later than those they learned from.
        max_predict_ms: limit in milliseconds for what the ensemble's models take for one row together, measured warm;
            cleaning the row comes on top. None or 0 is no limit. The leaderboard says who had to stay out for it.
        memory_limit_bytes: resident bytes of the process beyond which no further models are kept or tried.

    Attributes:
        classes_: labels, in the order of the columns of `predict_proba`; empty for regression.
        leaderboard_: one entry a complete trial, best first.
        best_model_: name of the best single trial.
        reported_score_: `{metric, mean, standard_error, method}` of the ensemble, on rows it had not seen, in the
            unit of the metric.
        baseline_score_: the same of the constant prediction.
        importance_: `{feature, importance}`, greatest first.
        data_actions_: `{column, action, why}`: what was done with every column.
        features_: the columns that are used.
        warnings_: what a careful user should know.
        history_: all trials, by number.
        summary_: all of this as JSON values.
        reference_: training rows with the model's out-of-fold output, a `Reference`: what new rows are compared with.
        row_digests_: `RowDigests` of all training rows, by which rows that the model has seen are told.
        model_: the finished `Model`.

    Example:
        >>> import pandas as pd
        >>> from automl import AutoML
        >>> frame = pd.read_csv("examples/tips.csv", dtype=str)
        >>> estimator = AutoML(time_budget=2, models=["linear"]).fit(frame, target="smoker")
        >>> model = estimator.model_
        >>> guest = {"total_bill": [12.4], "tip": [2.0], "sex": ["Female"], "day": ["Thur"], "time": ["Lunch"],
        ...          "size": [2]}
        >>> model.predict(guest)[0] in ("No", "Yes")
        True

        The other examples go on with these variables.
    """

    def __init__(  # noqa: PLR0913 (scikit-learn: one keyword a setting)
        self,
        time_budget: float = 60.0,
        task: str = "auto",
        metric: str = "auto",
        seed: int = 0,
        n_jobs: int = 2,
        models: Sequence[str] | None = None,
        types: Mapping[str, str] | None = None,
        column_options: Mapping[str, ColumnOptions] | None = None,
        exclude_columns: Collection[str] = (),
        positive_class: object = None,
        group_column: str | None = None,
        time_column: str | None = None,
        max_predict_ms: float | None = DEFAULT_MAX_PREDICT_MS,
        memory_limit_bytes: int | None = None,
    ) -> None:
        self.time_budget = time_budget
        self.task = task
        self.metric = metric
        self.seed = seed
        self.n_jobs = n_jobs
        self.models = models
        self.types = types
        self.column_options = column_options
        self.exclude_columns = exclude_columns
        self.positive_class = positive_class
        self.group_column = group_column
        self.time_column = time_column
        self.max_predict_ms = max_predict_ms
        self.memory_limit_bytes = memory_limit_bytes

    def fit(
        self,
        frame: pd.DataFrame,
        target: str = "y",
        *,
        callback: Callback | None = None,
        history: Sequence[Trial] = (),
        folder: str | os.PathLike[str] | None = None,
        coordinator: Coordinator | None = None,
        remaining_s: float | None = None,
    ) -> AutoML:
        """Find the best model for a column.

        Args:
            frame: data frame of shape (n, columns), as read from a CSV (all text) or with any dtypes.
            target: name of the column to predict; rows where it is missing are left out.
            callback: receives the progress, and may end the search; None for neither.
            history: trials of an earlier run on the same table with the same settings, to continue after them.
            folder: where each complete trial's predictions are kept, and where those of `history` are found.
            coordinator: of the processes that search too, on the same table with the same settings; this one leads.
            remaining_s: seconds that are left of the time budget, if others have begun; None is all of it.

        Returns:
            The estimator itself, fitted.

        Raises:
            SpecError: a setting is unknown or does not fit the table; `reason` names the mistake.
            DataError: the table cannot be used; `reason`, `column` and `hint` say why and how to mend it.
            OutOfTime: the budget ended before even the constant was scored.

        Example:
            >>> estimator = AutoML(time_budget=2, models=["linear"], metric="mae").fit(frame, target="tip")
            >>> estimator.reported_score_["metric"], estimator.reported_score_["mean"] > 0
            ('mae', True)
        """
        spec = self._spec(target)
        run = RunContext(
            TimeBudget(self.time_budget, remaining_s),
            Memory(self.memory_limit_bytes),
            callback or NullCallback(),
            history,
            None if folder is None else Path(folder),
            coordinator or SingleProcess(),
        )
        prepared = _prepare(frame, spec, run)
        # Before the search, which takes the time that is left; after it there may be none.
        self.row_digests_ = digest_training_rows(frame, prepared)
        library, self.history_ = _search(prepared, spec, run)
        run.callback.phase("ensembling")
        result = finalize(prepared, library, self.history_, spec, run)
        self.model_, self.summary_, found = result.model, result.model.summary, result.findings
        self.classes_, self.features_ = result.model.classes_, list(prepared.preprocessor.input_schema)
        self.leaderboard_, self.best_model_ = found.leaderboard, found.leaderboard[0]["name"]
        self.reported_score_, self.baseline_score_ = found.reported, found.baseline
        self.importance_, self.warnings_ = found.importance, found.warnings
        self.data_actions_ = list(prepared.preprocessor.column_decisions)
        self.reference_ = draw_reference(frame, prepared, result.out_of_fold, spec.seed)
        return self

    def join(
        self,
        frame: pd.DataFrame,
        target: str,
        coordinator: Coordinator,
        *,
        callback: Callback | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        """Run trials of a search that another process leads, until its time or its ideas end. Makes no model.

        Args:
            frame: the table of the leader's `fit`, with the same settings.
            target: name of the column to predict, as in the leader's `fit`.
            coordinator: of the leader and the others; it knows how much time is left.
            callback: receives the progress, and may end this process's search; None for neither.
            folder: where each complete trial's predictions are put.

        Raises:
            SpecError: as in `fit`.
            DataError: as in `fit`.
        """
        budget, memory = TimeBudget(self.time_budget), Memory(self.memory_limit_bytes)
        place = None if folder is None else Path(folder)
        run = RunContext(budget, memory, callback or NullCallback(), folder=place, coordinator=coordinator)
        spec = self._spec(target)
        _search(_prepare(frame, spec, run), spec, run)

    def _spec(self, target: str) -> FitSpec:
        named = (field.name for field in fields(FitSpec) if field.name != "target")
        return FitSpec(target, **{name: getattr(self, name) for name in named})


def _prepare(frame: pd.DataFrame, spec: FitSpec, run: RunContext) -> PreparedData:
    run.callback.phase("cleaning")
    prepared = prepare(frame, spec, run)
    metric = prepared.metric
    run.callback.prepared(prepared.training.task_spec.task, metric.name, metric.greater_is_better)
    return prepared


def _search(prepared: PreparedData, spec: FitSpec, run: RunContext) -> tuple[ModelLibrary, list[Trial]]:
    run.callback.phase("searching")
    names = select_families(spec.models, prepared.training, run.budget.total_s)
    return run_search(prepared.training, names, run)
