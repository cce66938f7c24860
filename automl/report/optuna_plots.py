"""Optuna's own plots of a search - history, parameter importance, slices - as one page to click about in.

Drawn with plotly, which nothing else of the engine needs: the page carries it along and opens offline.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from automl.errors import SpecError
from automl.search.studies import MIN_TRIALS, studies_of


def optuna_plots(review: Mapping[str, Any], *, metric: str, title: str) -> str:
    """Render one HTML page, 5 MB of which are plotly.

    Args:
        review: of a model.
        metric: that its trials were scored by.
        title: of the page.

    Raises:
        SpecError: `NO_PLOTLY`; `NO_TRIALS`, where the model keeps no parameters of its trials.
    """
    try:
        import plotly
    except ImportError as error:
        raise SpecError(
            "NO_PLOTLY", "Optuna draws with plotly, which is not installed here.", "Install it: pip install plotly."
        ) from error
    figures = [figure.update_layout(template="plotly_white") for figure in _figures(review, metric)]
    # Once is enough, however many figures there are.
    parts = [
        plotly.io.to_html(figure, full_html=False, include_plotlyjs=not i, default_height="520px")
        for i, figure in enumerate(figures)
    ]
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
    return f"{head}<body>{''.join(parts)}</body></html>"


def _figures(review: Mapping[str, Any], metric: str) -> list[Any]:
    """Draw the history of all families together, then importance and slices of each, the best one first."""
    from optuna.importance import PedAnovaImportanceEvaluator
    from optuna.visualization import plot_optimization_history, plot_param_importances, plot_slice

    studies = studies_of(review)
    if not studies:
        raise SpecError(
            "NO_TRIALS", "The model file holds no trials with parameters: there is nothing to plot.", "Train again."
        )
    found = [plot_optimization_history(studies, target_name=metric)]
    for study in studies:
        if len({trial.value for trial in study.trials}) < 2:
            continue
        if len(study.trials) >= MIN_TRIALS:
            shares = plot_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
            found.append(shares.update_layout(title=f"Parameter importance of {study.study_name}"))
        slices = plot_slice(study, target_name=metric)
        found.append(slices.update_layout(title=f"Slices of {study.study_name}"))
    return found
