"""What is asked of a fit, held against the table before any work is spent on it."""

from __future__ import annotations

import pandas as pd

from automl.errors import SpecError
from automl.metrics import get_metric
from automl.preprocessing.columns.column_options import merge_column_options
from automl.preprocessing.columns.column_stats import compute_column_stats
from automl.preprocessing.columns.column_types import infer_type
from automl.preprocessing.preprocessor import check_names
from automl.search.portfolio import check_families, models_do_not_suit
from automl.spec import FitSpec


def check_request(frame: pd.DataFrame, spec: FitSpec) -> None:
    """Check the names of columns, of the metric and of the model families.

    Args:
        frame: the table, its columns named by text.
        spec: the settings of the fit.

    Raises:
        SpecError: a column that has a role is not there or not once; a metric or a family is unknown, or no family
            suits the columns.
        DataError: COLUMN_NAMED_TWICE.
    """
    _check_roles(frame, spec)
    check_names(frame, set(frame.columns) - set(spec.exclude_columns))
    if spec.metric != "auto":
        get_metric(spec.metric, None if spec.task == "auto" else spec.task)
    if spec.models is not None:
        check_families(spec.models)
        if set(spec.models) == {"text"} and not _has_text(frame, spec):
            raise models_do_not_suit(spec.models)


def _has_text(frame: pd.DataFrame, spec: FitSpec) -> bool:
    """Return whether a column that may be used holds free text."""
    options = merge_column_options(spec.types, spec.column_options)
    others = [name for name in frame.columns if name not in {spec.target, spec.group_column, *spec.exclude_columns}]
    set_by_user = {name: options[name].type for name in others if name in options}
    return any(
        (set_by_user.get(name) or infer_type(compute_column_stats(frame[name], name))) == "text" for name in others
    )


def _check_roles(frame: pd.DataFrame, spec: FitSpec) -> None:
    """Raise where a column that has a role is not there, or not once."""
    roles = ((spec.target, "target"), (spec.group_column, "group column"), (spec.time_column, "time column"))
    for name, role in roles:
        if name is not None and name not in frame.columns:
            raise SpecError(
                f"{role.upper().replace(' ', '_')}_NOT_FOUND",
                f"The dataset has no column {name!r} to be the {role}.",
                f"Its columns begin with {', '.join(map(repr, list(frame.columns)[:10]))}.",
            )
        if name is not None and list(frame.columns).count(name) > 1:
            raise SpecError(
                "COLUMN_NAMED_TWICE",
                f"Several columns are named {name!r}, so the {role} is ambiguous.",
                "Rename them.",
                column=name,
            )
