"""`AutoML`: a table in, the best model for one of its columns out, within a time budget.

The way: prepare -> search (portfolio, then Optuna) -> ensemble -> refit -> explain. One `Budget` rules it all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl import bundle
from automl.budget import Budget
from automl.candidates.base import Array
from automl.columns import Table
from automl.errors import SpecError
from automl.explain import permutation_importance
from automl.features import Features
from automl.listener import Listener, Silence, polled
from automl.loop import run_search
from automl.memory import Memory
from automl.model import Model
from automl.pool import Pool
from automl.portfolio import families
from automl.preparation import Prepared, prepare
from automl.selection import Choice, choose, fit_members, honest_score
from automl.summary import leaderboard, summarise
from automl.trial import Trial

CHOOSE_SHARE = 0.25
SCORE_SHARE = 0.25
EXPLAIN_SHARE = 0.3
"""Of what is left when each begins; whatever they leave over goes to the refits."""


class AutoML:
    """Finds, fits and blends models, in scikit-learn's manner.

    Args:
        time_budget: seconds that `fit` may take.
        task: binary, multiclass, regression, or auto.
        metric: what to be good at; auto is auc, log_loss or rmse by task.
        seed: of everything random.
        n_jobs: threads.
        models: families to use; None is all that suit the table and the budget.
        types: column types to insist on, by column.
        exclude_columns: columns not to use.
        positive_class: label of the positive class in binary tasks.
        group_column: rows with the same value here never stand on both sides of a split; not used as a feature.
        time_column: models are validated on rows later than those they learned from.
        max_predict_ms: limit for the prediction of one row; None is about 10 ms.
        memory_limit_bytes: resident memory of the process beyond which no further models are kept or tried.

    Attributes:
        classes_: labels, in the order of the columns of `predict_proba`; empty for regression.
        leaderboard_: one entry a complete trial, best first.
        best_model_: name of the best single trial.
        reported_score_: `{metric, mean, standard_error, method}` of the ensemble, on rows it had not seen.
        baseline_score_: the same of the constant.
        importance_: `{feature, importance}`, greatest first.
        data_actions_: `{column, action, why}`: the fate of every column.
        features_: the columns that are used.
        warnings_: what a careful user should know.
        history_: all trials, by number.
        summary_: all of this as JSON values.
        model_: the finished `Model`.
    """

    def __init__(
        self,
        time_budget: float = 60.0,
        task: str = "auto",
        metric: str = "auto",
        seed: int = 0,
        n_jobs: int = 2,
        models: Sequence[str] | None = None,
        types: Mapping[str, str] | None = None,
        exclude_columns: Collection[str] = (),
        positive_class: object = None,
        group_column: str | None = None,
        time_column: str | None = None,
        max_predict_ms: float | None = None,
        memory_limit_bytes: int | None = None,
    ) -> None:
        self.time_budget = time_budget
        self.task = task
        self.metric = metric
        self.seed = seed
        self.n_jobs = n_jobs
        self.models = models
        self.types = types
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
        listener: Listener | None = None,
        history: Sequence[Trial] = (),
        folder: str | os.PathLike[str] | None = None,
    ) -> AutoML:
        """Find the best model for a column.

        Args:
            frame: n rows, as read from a CSV (all text) or with any dtypes.
            target: the column to predict; rows where it is missing are left out.
            listener: told what happens; may end the search.
            history: trials of an earlier run on the same table with the same settings, to continue after them.
            folder: where each complete trial's predictions are kept, and where those of `history` are found.

        Raises:
            SpecError: what was asked for makes no sense.
            DataError: the table cannot be used.
            OutOfTime: not even the constant could be scored.
        """
        budget = Budget(self.time_budget)
        ear = listener or Silence()
        should_stop = polled(ear.should_stop)
        ear.phase("cleaning")
        prepared = prepare(
            frame,
            target,
            task=self.task,
            metric_name=self.metric,
            positive_class=self.positive_class,
            types=self.types,
            exclude_columns=self.exclude_columns,
            group_column=self.group_column,
            time_column=self.time_column,
            budget_s=budget.total_s,
            n_jobs=self.n_jobs,
            seed=self.seed,
            should_stop=should_stop,
        )
        ear.prepared(prepared.training.problem.task, prepared.metric.name, prepared.metric.greater_is_better)
        ear.phase("searching")
        training = prepared.training
        names = families(self.models, training.problem, training.table, budget.total_s)
        place, memory = None if folder is None else Path(folder), Memory(self.memory_limit_bytes)
        pool, self.history_ = run_search(training, names, budget, memory, ear, history, place)
        ear.phase("ensembling")
        self._finish(prepared, pool, budget, ear)
        return self

    def predict(self, rows: Table) -> Array:
        """Labels or values of shape (n,)."""
        return self._fitted().predict(rows)

    def predict_proba(self, rows: Table) -> npt.NDArray[np.float64]:
        """Probabilities of shape (n, k), columns in the order of `classes_`."""
        return self._fitted().predict_proba(rows)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model as a bundle."""
        bundle.save(self._fitted(), path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Model:
        """The model of a bundle, ready to predict."""
        return bundle.load(path)

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise SpecError("NOT_FITTED", "The AutoML has no model yet.", "Call fit first.")
        return self.model_

    def _finish(self, prepared: Prepared, pool: Pool, budget: Budget, ear: Listener) -> None:
        training, metric = prepared.training, prepared.metric
        entries, y = pool.ranked(), training.y[pool.rows]
        settings: dict[str, Any] = {"max_row_ms": self.max_predict_ms, "seed": self.seed}
        choosing = time.monotonic() + CHOOSE_SHARE * budget.remaining_s
        choice = choose(entries, y, metric, deadline=choosing, **settings)
        scoring = time.monotonic() + SCORE_SHARE * budget.remaining_s
        self.reported_score_ = honest_score(entries, y, metric, len(training.splits), deadline=scoring, **settings)
        ear.phase("finishing")
        # Before the refits: models that have seen a row say nothing about how much a column helps on new ones.
        explaining = time.monotonic() + EXPLAIN_SHARE * budget.remaining_s
        self.importance_ = self._importance(prepared, choice, explaining)
        members, warnings = fit_members(choice, training, budget.deadline)
        if not members:
            fallback = [entry for entry in entries if entry.models] or entries
            choice = choose(fallback, y, metric, deadline=budget.deadline, **settings)
            members, warnings = fit_members(choice, training, budget.deadline + budget.total_s)
        self.warnings_ = [*prepared.warnings, *warnings, *self._doubts(prepared, choice)]
        self._describe(prepared, choice, tuple(members), pool)

    def _importance(self, prepared: Prepared, choice: Choice, deadline: float) -> list[dict[str, Any]]:
        """On the rows of fold 0, by models that have not seen them."""
        training = prepared.training
        present = [
            (entry, weight) for entry, weight in zip(choice.entries, choice.weights, strict=True) if entry.models
        ]
        if not present:
            return []
        known = Choice(
            [entry for entry, _ in present],
            np.array([weight for _, weight in present]) / sum(weight for _, weight in present),
            choice.temperature,
            choice.decision,
        )

        def predict(features: Features) -> Array:
            table = prepared.encoder.encode(features)
            raw = known.output([training.predict(entry.models[0], table) for entry in known.entries])
            return known.scored(raw, prepared.metric)

        rows = training.splits[0][1]
        return permutation_importance(
            predict,
            prepared.plan,
            prepared.features.take(rows),
            training.y[rows],
            prepared.metric,
            deadline=deadline,
            seed=self.seed,
        )

    def _doubts(self, prepared: Prepared, choice: Choice) -> list[str]:
        warnings = []
        if all(entry.trial.model == "constant" for entry in choice.entries):
            warnings.append("No model did better than always giving the same answer.")
        limit = self.max_predict_ms
        cost_ms = sum(entry.trial.row_ms for entry in choice.entries)
        if limit is not None and cost_ms > limit:
            warnings.append(
                f"The fastest model takes {cost_ms:.1f} ms for a row, more than the {limit:g} ms asked for."
            )
        missed = [column["name"] for column in prepared.plan.features]
        reached = {each["feature"] for each in self.importance_}
        if reached and len(reached) < len(missed):
            warnings.append(f"Importance was measured for {len(reached)} of {len(missed)} columns: time was up.")
        return warnings

    def _describe(self, prepared: Prepared, choice: Choice, members: tuple[Any, ...], pool: Pool) -> None:
        training, metric, plan = prepared.training, prepared.metric, prepared.plan
        constant = next(trial for trial in self.history_ if trial.model == "constant")
        self.baseline_score_ = {
            "metric": metric.name,
            "mean": constant.score,
            "standard_error": None,
            "method": "the same answer for every row, on the same splits",
        }
        self.leaderboard_ = leaderboard(self.history_, members, metric)
        self.best_model_ = str(pool.ranked()[0].trial.name)
        self.data_actions_ = list(plan.actions)
        self.features_ = list(plan.features)
        self.summary_ = summarise(
            task=training.problem.task,
            metric=metric,
            plan=plan,
            classes=prepared.target.classes,
            reported=self.reported_score_,
            baseline=self.baseline_score_,
            board=self.leaderboard_,
            importance=self.importance_,
            warnings=self.warnings_,
        )
        self.model_ = Model(
            task=training.problem.task,
            plan=plan,
            encoder=prepared.encoder,
            members=members,
            scale=training.scale,
            labels=prepared.target.labels,
            temperature=choice.temperature,
            decision=tuple(map(float, choice.decision)),
            summary=self.summary_,
        )
        self.classes_ = self.model_.classes_
