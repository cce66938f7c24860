"""Models of single families on a small table of every kind of column, fitted in a moment."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from automl.inference.background_sample import draw_background_sample
from automl.inference.model import Member, Model
from automl.models import get_family
from automl.models.base import FitData, TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.text_encoder import TextEncoder

ROWS = 240
FIT_S = 20.0
ROUNDS = 30
TASKS = ("regression", "binary", "multiclass")


@cache
def table(with_text: bool = False) -> pd.DataFrame:
    """Numbers, categories few and many, an order, truth values, dates; every tenth cell of most is missing."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=ROWS).round(3),
            "wide": (rng.normal(size=ROWS) * 1e4).round(1),
            "colour": rng.choice(["red", "green", "blue", "grey"], ROWS),
            "grade": rng.choice(["<5", "5-10", "10+"], ROWS),
            "town": rng.choice([f"t{i}" for i in range(40)], ROWS),
            "member": rng.choice(["yes", "no"], ROWS),
            "when": pd.date_range("2021-01-05", periods=ROWS, freq="31h").astype(str),
        }
    )
    for column in ("x", "colour", "member", "when"):
        frame.loc[rng.choice(ROWS, ROWS // 10, replace=False), column] = None
    if with_text:
        words = ["good", "bad", "slow", "fast", "dear", "cheap"]
        frame["remark"] = [" ".join(rng.choice(words, 6)) + f" {i}." for i in range(ROWS)]
    return frame


def target(task: str) -> Any:
    """(n,) values, or codes 0, 1 (, 2), that depend on some of the columns."""
    frame = table()
    noise = np.random.default_rng(1).normal(size=ROWS) * 0.3
    score = frame["x"].fillna(0) + (frame["colour"] == "red") - 0.7 * (frame["grade"] == "10+") + noise
    if task == "regression":
        return score.to_numpy() * 50 + 7
    return (score > 0.2).to_numpy().astype(np.int64) if task == "binary" else np.digitize(score, [-0.5, 0.6])


@cache
def small_model(family: str, task: str, crosses: bool = False, with_text: bool = False) -> Model:
    """A model of two folds of one family.

    Args:
        family: by name.
        task: one of `TASKS`.
        crosses: whether a family that can is given made columns too.
        with_text: whether the table has a column of free text.
    """
    frame, y = table(with_text), target(task)
    plan, features = fit_preprocessor(frame, y, target="y")
    encoder = TextEncoder.fit(features)
    rows = encoder.encode(features)
    is_regression = task == "regression"
    scale = TargetScaler.fit(y, "rmse") if is_regression else TargetScaler()
    k = 0 if is_regression else int(y.max()) + 1
    problem = TaskSpec(task, k, "rmse" if is_regression else "log_loss", n_splits=2)  # type: ignore[arg-type]
    wanted = scale.transform(y) if is_regression else y
    fitted = []
    for part in range(2):
        inside, outside = (np.flatnonzero((np.arange(ROWS) % 2 == part) == side) for side in (True, False))
        deadline = time.monotonic() + FIT_S
        fold = FitData(rows.take(inside), wanted[inside], deadline, rows.take(outside), wanted[outside], ROUNDS)
        params = get_family(family).defaults(problem)[0]
        if "crosses" in params:
            params = {**params, "crosses": crosses}
        fitted.append(get_family(family).fit(params, problem, fold))
    return Model(
        task=task,
        preprocessor=plan,
        encoder=encoder,
        members=(Member(f"{family}-1", family, 1.0, tuple(fitted)),),
        scale=scale,
        labels=tuple(f"class {code}" for code in range(k)),
        temperature=1.0 if is_regression else 1.3,
        class_multipliers=tuple([1.0] * k),
        sample=draw_background_sample(frame, plan, seed=0),
    )


def blend(*models: Model) -> Model:
    """The ensemble of models of the same table and task, with equal weights."""
    first = models[0]
    members = tuple(replace(model.members[0], weight=1 / len(models)) for model in models)
    return replace(first, members=members)
