"""What is tried first: good defaults of every family, the cheap and strong ones before the others."""

from __future__ import annotations

from collections.abc import Sequence

from automl.candidates import candidate, choosable
from automl.candidates.base import Params, Problem
from automl.encode import Encoded
from automl.errors import SpecError

# (family, which of its defaults). The first lines give a valid model within seconds, whatever the table.
ORDER = (
    ("constant", 0),
    ("linear", 0),
    ("text", 0),
    ("lightgbm", 0),
    ("catboost", 0),
    ("extra_trees", 0),
    ("xgboost", 0),
    ("lightgbm", 1),
    ("neural", 0),
    ("random_forest", 0),
    ("neighbours", 0),
    ("catboost", 1),
    ("text", 1),
    ("xgboost", 1),
    ("linear", 1),
    ("lightgbm", 2),
    ("lightgbm", 3),
    ("extra_trees", 1),
    ("neural", 1),
    ("linear", 2),
    ("neighbours", 1),
    ("random_forest", 1),
    ("text", 2),
)

NEURAL_FROM_S = 120.0
"""Without being asked for, networks are tried from this budget on: importing TensorFlow alone takes seconds."""


def families(models: Sequence[str] | None, problem: Problem, table: Encoded, budget_s: float) -> list[str]:
    """The families of a search; the constant is always the first.

    Raises:
        SpecError: `UNKNOWN_MODEL`, `NO_MODELS`, or `MODELS_DO_NOT_SUIT` when none of those asked for can use the table.
    """
    if models is not None and not models:
        raise SpecError("NO_MODELS", "The list of models is empty.", f"Name some of {choosable()}, or leave it out.")
    asked = choosable() if models is None else list(dict.fromkeys(models))
    if models is None and budget_s < NEURAL_FROM_S:
        asked.remove("neural")
    unknown = [name for name in asked if name not in choosable()]
    if unknown:
        raise SpecError("UNKNOWN_MODEL", f"There is no model family {unknown[0]!r}.", f"Use some of {choosable()}.")
    suiting = [name for name in asked if candidate(name).suits(problem, table)]
    if not suiting:
        raise SpecError(
            "MODELS_DO_NOT_SUIT",
            f"None of {asked} can use this table: text needs a text column, neighbours a small table.",
            "Allow other models too.",
        )
    return ["constant", *suiting]


def first_trials(names: Sequence[str], problem: Problem) -> list[tuple[str, Params]]:
    """(family, parameters) in the order in which they are to be tried."""
    return [(name, candidate(name).defaults(problem)[i]) for name, i in ORDER if name in names]
