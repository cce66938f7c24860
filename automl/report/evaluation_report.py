"""The report of an evaluation, for the reader who must decide whether the model still does on these rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from automl.report.charts import meter
from automl.report.formatting import decimals_for, format_fixed, format_share
from automl.report.performance import performance
from automl.report.rendering import render
from automl.wording import format_number

Json = Mapping[str, Any]

FIRST_SLICES, MAX_SLICES = 25, 200
"""Slices shown at once, and after expanding the list."""
MAX_GROUPS, MAX_DRIFT = 30, 25
RATES = {"selection_rate": "predicted positive", "tpr": "true positive rate", "fpr": "false positive rate"}
DIGITS = 4


def evaluation_report(found: Json, about: Json) -> str:
    """Render one HTML page.

    Args:
        found: what `automl.model_evaluation.evaluate` returns.
        about: what model and dataset are called: `{model, dataset, name?, endpoint?, version?}`.
    """
    evaluation = {**found, **found.get("curves", {})}
    classes = [str(each["class"]) for each in found.get("classes", ())]
    slices = [_slice(each, found["metric"]) for each in found["slices"][:MAX_SLICES]]
    return render(
        "evaluation.html",
        found=found,
        about={"name": "", "endpoint": None, "version": None, **about},
        **performance(evaluation, classes),
        metrics=_metrics(found),
        headline=found["metrics"].get(found["metric"]),
        promised=found["reported"].get(found["metric"]),
        first_slices=slices[:FIRST_SLICES],
        further_slices=slices[FIRST_SLICES:],
        n_more_slices=max(0, len(found["slices"]) - MAX_SLICES),
        fairness=_fairness(found["fairness"]),
        drift=_drift(found["drift"]),
        interval=interval,
    )


def interval(value: Json) -> str:
    """Return a 95 % interval as text, "–" where there is none."""
    if value["low"] is None or value["high"] is None:
        return "–"
    return f"{format_number(value['low'], DIGITS)} to {format_number(value['high'], DIGITS)}"


def _metrics(found: Json) -> list[dict[str, Any]]:
    """Return the table of metrics, the one that counts first."""
    rows = []
    for name, each in found["metrics"].items():
        promised = found["reported"].get(name)
        rows.append(
            {
                "metric": name,
                "value": format_number(each["value"], DIGITS),
                "interval": interval(each),
                "baseline": format_number(found["baseline"][name]["value"], DIGITS),
                "promised": format_number(promised["value"], DIGITS) if promised else "–",
                "z": format_fixed(promised["z"], 1) if promised else "–",
                "goal": name == found["metric"],
            }
        )
    return rows


def _slice(each: Json, metric: str) -> dict[str, Any]:
    value = each["metric"]
    return {
        **each,
        "shown": format_number(value["value"], DIGITS),
        "interval": interval(value),
        "away": _signed(each["difference"]),
        "p_shown": "–" if each["p_adjusted"] is None else _p(each["p_adjusted"]),
    }


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    decimals = min(decimals_for(abs(value), 3), 4)
    return f"{value:+.{decimals}f}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else format_fixed(value, 3)


def _drift(found: Json | None) -> dict[str, Any] | None:
    """Return the columns that differ most from the training rows, drifted ones first."""
    if found is None:
        return None
    columns = sorted(found["columns"], key=lambda each: (not each["drifted"], -(each["importance"] or 0.0)))
    rows = [
        {
            **each,
            "shown": format_fixed(each["effect"], 3),
            "p_shown": "–" if each["p_adjusted"] is None else _p(each["p_adjusted"]),
            "missing_now": format_share(each["missing"]["rate"]),
            "missing_was": format_share(each["missing"]["was"]),
        }
        for each in columns[:MAX_DRIFT]
    ]
    return {"why": found["inputs"]["why"], "rows": rows, "more": max(0, len(columns) - MAX_DRIFT)}


def _fairness(found: Json) -> list[dict[str, Any]]:
    """Return a table for each column: a row for each group, and the ratio of the least rate to the greatest."""
    tables = []
    for column, rates in found.items():
        groups = list(rates["selection_rate"]["groups"])[:MAX_GROUPS]
        tables.append(
            {
                "column": column,
                "titles": list(RATES.values()),
                "rows": [(group, [_rate(rates[name]["groups"].get(group)) for name in RATES]) for group in groups],
                "ratios": [format_number(rates[name]["ratio"], 2) for name in RATES],
            }
        )
    return tables


def _rate(rate: Json | None) -> Sequence[Any]:
    """Return a rate as text, its interval and rows, and a bar."""
    if rate is None:
        return "–", "", ""
    shown = f"{format_share(rate['low'])} to {format_share(rate['high'])}, {rate['rows']:,} rows"
    return format_share(rate["value"]), shown, meter(rate["value"])
